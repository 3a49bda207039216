"""The sheet of paper as the page draws it: the versions, what is being written, and their tools.

A run that finds the sheet unfinished writes on, and is ended by the next click.
"""

import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from duende.page import files, markup
from duende.page.client import Client, Trouble
from duende.page.link import SEEDS, Link
from duende.page.sheet import Sheet, Version
from duende.page.words import Words
from duende.poem import Poem

# Troubles that come back however often the same is asked.
BEYOND_RETRY = {
    "first-line-error",
    "length-error",
    "context-full",
    "sampling-error",
    "unknown-language",
    "unknown-form",
    "unknown-era",
    "unknown-voice",
    "malformed-request",
}


def begin(link: Link) -> None:
    """Lay out a blank sheet for `link`, with a seed of our own, and put it into the address."""
    drawn = Link(replace(link.ask, seed=secrets.randbelow(SEEDS)), link.versions)
    st.session_state.sheet = Sheet.of(drawn)
    ui = st.query_params.get("ui")
    parameters = drawn.parameters() if drawn.ask.first_line else {}
    st.query_params.from_dict(parameters | ({"ui": ui} if ui else {}))


def _stop(sheet: Sheet) -> None:
    sheet.stopped = True


def draw(client: Client, sheet: Sheet, said: Words) -> None:
    """The versions side by side, each with what can be done with it."""
    above = st.empty()
    places, under = [], []
    for column in st.columns(len(sheet.versions), gap="large"):
        with column:
            places.append(st.empty())
            under.append(st.empty())
    below = st.empty()
    for number, (version, place) in enumerate(zip(sheet.versions, places, strict=True)):
        if version.poem is not None and st.session_state.get(f"work-{number}"):
            with place.container(key=f"work-{number}-lines", gap=None):
                _work(client, version, version.poem, said, number)
        else:
            _draw(place, version, said, number, writing=sheet.writing)
        if version.poem is not None or (version.lines and not sheet.writing):
            with under[number].container():
                _tools(version, said, number, stopped=sheet.stopped)
    if sheet.writing:
        above.button(said.stop, key="stop", on_click=_stop, args=(sheet,))
        _write_on(client, sheet, places, said)
        st.rerun()
    with below.container():
        _after(sheet, said)


def _after(sheet: Sheet, said: Words) -> None:
    """What went wrong, if anything, and what to do next."""
    if sheet.trouble is not None:
        st.html(markup.notice(said.told(sheet.trouble)))
    with st.container(horizontal=True):
        if sheet.trouble is not None and sheet.trouble.kind not in BEYOND_RETRY:
            st.button(said.retry, key="retry", on_click=sheet.resume)
        if sheet.stopped and sheet.unwritten:
            st.button(said.go_on, key="go_on", on_click=sheet.resume)
        if any(version.lines for version in sheet.versions):
            st.button(
                said.another,
                key="another",
                help=said.another_help,
                on_click=begin,
                args=(sheet.link,),
            )


def _write_on(client: Client, sheet: Sheet, places: Sequence[DeltaGenerator], said: Words) -> None:
    """Write what is left, one version after the other: only a poem written alone can be repeated.

    Drawing, ten times a second even where there is no news, is what lets a click end this run.
    """
    for number, (version, place) in enumerate(zip(sheet.versions, places, strict=True)):
        if version.poem is not None:
            continue
        lines: list[str] = []
        try:
            with closing(client.write(version.ask, version.going_on)) as items:
                for item in items:
                    if isinstance(item, Poem):
                        version.finish(item)
                    elif item is not None:
                        lines.append(item)
                        # A poem that is taken up again catches up with what stands.
                        version.lines = max(version.lines, [*lines], key=len)
                    _draw(place, version, said, number, writing=version.poem is None)
        except Trouble as trouble:
            sheet.trouble = trouble
            if version.going_on:
                version.undo()
            return


def _draw(
    place: DeltaGenerator, version: Version, said: Words, number: int, *, writing: bool
) -> None:
    writing = writing and version.poem is None
    measured = bool(st.session_state.get(f"measure-{number}")) and version.measured
    place.html(
        markup.poem(version, said, name=f"poem-{number + 1}", writing=writing, measured=measured)
    )


def _work(client: Client, version: Version, poem: Poem, said: Words, number: int) -> None:
    """The poem as buttons: a click on a line brings others, a click on one puts it there."""
    line = 0
    for at, text in enumerate(poem.lines):
        if not text:
            st.html("<br>")
            continue
        line += 1
        st.button(
            markup.as_label(text),
            key=f"line-{number}-{at}",
            type="tertiary",
            on_click=version.open,
            args=(line,),
        )
        if version.open_line != line:
            continue
        if version.others is None:
            with st.spinner(said.looking):
                try:
                    version.others = client.rewrite(poem, line, version.ask)
                except Trouble as trouble:
                    st.html(markup.notice(said.told(trouble)))
        for choice, other in enumerate(version.others or ()):
            st.button(
                f"↳ {markup.as_label(other.text)}",
                key=f"other-{number}-{choice}",
                type="tertiary",
                on_click=version.take,
                args=(other,),
            )


def _tools(version: Version, said: Words, number: int, *, stopped: bool) -> None:
    """The colophon, and ways to keep the poem."""
    st.html(markup.colophon(version, said, stopped=stopped))
    if version.poem is not None:
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            st.toggle(said.work, key=f"work-{number}", help=said.work_help)
            if version.measured:
                st.toggle(said.measure, key=f"measure-{number}", help=said.measure_help)
            if version.has_room:
                st.button(
                    said.more_lines,
                    key=f"more-{number}",
                    type="tertiary",
                    help=said.more_lines_help,
                    on_click=version.go_on,
                )
            if version.past:
                st.button(said.undo, key=f"undo-{number}", type="tertiary", on_click=version.undo)
    ask, text = version.ask, version.text
    markdown = files.as_markdown(text, ask, label=said.first_line, seed=said.seed, voice=said.voice)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        name, ui = f"poem-{number + 1}", st.query_params.get("ui", "")
        st.html(markup.copy_and_link(version, said, name=name, ui=ui), width="content")
        for ending, content in (("txt", files.as_text(text)), ("md", markdown)):
            st.download_button(
                f"{said.download} .{ending}",
                content,
                file_name=files.file_name(ask.first_line, ending),
                mime="text/markdown" if ending == "md" else "text/plain",
                key=f"{ending}-{number}",
                on_click="ignore",
                type="tertiary",
            )
