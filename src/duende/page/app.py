"""The page, as Streamlit runs it: from top to bottom at every click.

A click in mid-poem runs the script again and ends the run that was writing. So the sheet lives in
the session, line by line; a run that finds it unfinished takes it up again with the same seed, and
only the button that stops it stops it. The connection to the API is closed with its run.
"""

from collections.abc import Sequence
from ipaddress import ip_address

import streamlit as st

from duende.page import markup
from duende.page.client import Ask, Choice, Client, Trouble
from duende.page.link import LANGUAGES, LENGTHS, MOODS, VERSIONS, Link, nearest, read
from duende.page.paper import begin, draw
from duende.page.sheet import Sheet
from duende.page.words import Words, interface_language, words
from duende.poem import Language
from duende.settings import Settings

MOOD_WIDTH = 330  # pixels: five moods, and room for one more thing beside them


def main() -> None:
    """Draw the page, and write what is left to write."""
    st.set_page_config(page_title="duende", page_icon="🌒", layout="wide")
    lang = interface_language(st.query_params.get("ui"), st.context.locale)
    said = words(lang)
    client = Client(Settings().api_address, reader=_reader())
    _open_link()
    st.html(markup.style())
    st.html(markup.script(lang), unsafe_allow_javascript=True)
    with st.container(key="top", gap=None):
        _top(said, lang)
    trouble = _meet(client)
    with st.container(key="desk"):
        _desk(said, lang)
    # What an earlier run drew stays until something is drawn in its very place. So every place is
    # filled at each run, if only with nothing, and each number of columns has a place of its own.
    places = {number: st.empty() for number in VERSIONS}
    with st.container(key="foot"):
        st.html(markup.small(said.footer, kind="foot"))
    sheet: Sheet | None = st.session_state.get("sheet")
    if sheet is not None:
        with places[len(sheet.versions)].container(key="paper"):
            draw(client, sheet, said)
    elif trouble is not None:
        with places[1].container(key="paper"):
            st.html(markup.notice(said.told(trouble)))
            st.button(said.retry, key="retry")


def _reader() -> str:
    """The address of who looks at the page, empty where that is this machine, or none is told."""
    try:
        return str(ip_address(st.context.ip_address or ""))
    except ValueError:
        return ""


# What happens between two runs.


def _open_link() -> None:
    """Fill in the form as the address says, and write its poem, unless it lies here already."""
    state = st.session_state
    link = read(st.query_params)
    sheet: Sheet | None = state.get("sheet")
    if link is not None and (sheet is None or link != sheet.link) and link != state.get("opened"):
        state.opened = link
        state.first_line = link.ask.first_line
        state.lang = link.ask.lang
        state.length = nearest(LENGTHS, link.ask.max_words)
        state.mood = nearest(MOODS, link.ask.temperature)
        state.versions = link.versions
        state.voice, state.form, state.era = link.ask.voice, link.ask.form, link.ask.era
        if link.ask.seed is not None:
            state.sheet = Sheet.of(link)
    usual: dict[str, object] = {
        "first_line": "",
        "lang": "auto",
        "length": "long",
        "mood": "free",
        "versions": 1,
        "voice": "default",
        "form": "free",
        "era": "",
    }
    for name, value in usual.items():
        state.setdefault(name, value)


def _write() -> None:
    state = st.session_state
    _, forms, _ = state.get("choices", ((), (), ()))
    one = {form.name: form.languages[0] for form in forms if len(form.languages) == 1}
    ask = Ask(
        state.first_line.strip(),
        lang=one.get(state.form, state.lang) if state.lang == "auto" else state.lang,
        form=state.form,
        era=state.era,
        max_words=LENGTHS[state.length],
        temperature=MOODS[state.mood],
        voice=state.voice,
    )
    begin(Link(ask, state.versions))


def _fill(line: str) -> None:
    st.session_state.first_line = line


def _switch(lang: Language) -> None:
    st.query_params["ui"] = lang
    # The browser knows these choices by their words, which are about to change.
    for name in ("lang", "length", "mood", "era"):
        st.session_state[name] = st.session_state[name]


def _meet(client: Client) -> Trouble | None:
    """Ask the API, once a visit, what can be chosen; what is wrong, if it does not answer."""
    state = st.session_state
    if "choices" in state:
        return None
    try:
        choices = client.voices(), client.forms(), client.eras()
        client.check_ready()
    except Trouble as trouble:
        return trouble
    state.choices = choices
    return None


# What is drawn.


def _top(said: Words, lang: Language) -> None:
    name, switch = st.columns([4, 1], wrap=False)
    name.html(markup.heading())
    with switch.container(key="switch", horizontal=True, horizontal_alignment="right"):
        other: Language = "en" if lang == "es" else "es"
        st.button(said.other, key="ui", type="tertiary", on_click=_switch, args=(other,))
    st.html(markup.small(said.tagline, kind="tagline"))


def _desk(said: Words, lang: Language) -> None:
    """The form, and first lines to begin with while there is no poem."""
    with st.form("poem", border=False):
        entry, button = st.columns([5, 1], vertical_alignment="bottom")
        entry.text_input(said.first_line, key="first_line", placeholder=said.placeholder)
        button.form_submit_button(
            said.write, key="write", type="primary", on_click=_write, width="stretch"
        )
        with st.container(horizontal=True, gap="medium", key="settings"):
            names = {"auto": said.auto, "en": words("en").name, "es": words("es").name}
            st.segmented_control(
                said.language, LANGUAGES, format_func=names.__getitem__, key="lang", required=True
            )
            st.segmented_control(
                said.length,
                list(LENGTHS),
                format_func=said.lengths.__getitem__,
                key="length",
                required=True,
            )
            st.segmented_control(said.versions, VERSIONS, key="versions", required=True)
        with st.container(
            horizontal=True, gap="medium", vertical_alignment="center", key="mood-and-more"
        ):
            st.select_slider(
                said.mood,
                list(MOODS),
                format_func=said.moods.__getitem__,
                key="mood",
                width=MOOD_WIDTH,
            )
            _more(said, lang)
    _form(said, lang)
    examples = st.empty()
    if "sheet" not in st.session_state:
        with examples.container(key="examples", gap=None):
            st.html(markup.small(said.examples_label, kind="label"))
            for number, line in enumerate(said.examples):
                st.button(
                    line, key=f"example-{number}", type="tertiary", on_click=_fill, args=(line,)
                )


def _more(said: Words, lang: Language) -> None:
    """Voice and era, where there is more than one to choose from."""
    voices, _, eras = st.session_state.get("choices", ((), (), ()))
    times = eras if any(voice.trained for voice in voices) else ()
    if len(voices) < 2 and not times:
        return
    with st.popover(said.more, type="tertiary"):
        if len(voices) > 1:
            _choose(said.voice, voices, lang, key="voice")
        if times:
            names = {"": said.own_era} | {era.name: era.told.get(lang, era.name) for era in times}
            if st.session_state.era not in names:
                st.session_state.era = ""
            st.selectbox(said.era, list(names), format_func=names.__getitem__, key="era")


def _form(said: Words, lang: Language) -> None:
    """The form, with a sentence on it and an example; forms of the reader's language come first."""
    _, forms, _ = st.session_state.get("choices", ((), (), ()))
    known = {form.name: form for form in sorted(forms, key=lambda form: lang not in form.languages)}
    if len(known) < 2:
        return
    if st.session_state.form not in known:
        st.session_state.form = next(iter(known))
    with st.container(
        horizontal=True, gap="medium", vertical_alignment="bottom", key="form-and-how"
    ):
        st.selectbox(
            said.form,
            list(known),
            format_func=lambda name: known[name].told.get(lang, name),
            key="form",
            width=MOOD_WIDTH,
        )
        chosen = known[st.session_state.form]
        example = chosen.example.get(lang) or next(iter(chosen.example.values()), "")
        with st.popover(said.how, type="tertiary"):
            st.html(markup.small(chosen.about.get(lang, ""), kind="about"))
            st.html(markup.example(example))


def _choose(label: str, choices: Sequence[Choice], lang: Language, *, key: str) -> None:
    names = [choice.name for choice in choices]
    if st.session_state[key] not in names:
        st.session_state[key] = names[0]
    st.radio(label, names, captions=[choice.told.get(lang, "") for choice in choices], key=key)


if __name__ == "__main__":
    main()
