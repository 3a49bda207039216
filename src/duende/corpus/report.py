"""Writes what a corpus is like, for people: one page of HTML, the same in Markdown, and pictures.

A built corpus comes in; `report/` in its folder comes out, always the same for the same corpus.
"""

import errno
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from duende.corpus import account, portrait
from duende.corpus.chapter import Cell, Chapter, Picture, Table
from duende.corpus.disk import replace_file
from duende.corpus.pictures import DARK, LIGHT, draw
from duende.corpus.published import Published, open_corpus
from duende.corpus.tally import count
from duende.errors import CorpusError, DiskFull

TITLE = "The corpus"
NOTHING = "—"  # in a cell: a number that there is not


def report(folder: Path) -> Path:
    """Write the report of a built corpus beside its tables, and say where its page is."""
    corpus = open_corpus(folder)
    return write(chapters(corpus), corpus.folder / "report")


def write(told: list[Chapter], out: Path, *, title: str = TITLE) -> Path:
    """Write chapters as a page, as Markdown and as pictures into a folder of their own.

    Gives the place of the page. Pictures that were in the folder before are deleted. Raises
    `CorpusError` where the folder cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        drawn = {
            picture.name: (draw(picture.chart, LIGHT), draw(picture.chart, DARK))
            for picture in (chapter.picture for chapter in told)
            if picture
        }
        for name, (light, _) in drawn.items():
            replace_file(out / f"{name}.png", light)
        # Pictures of an earlier corpus in the same folder are not of this one.
        for old in out.glob("*.png"):
            if old.stem not in drawn:
                old.unlink()
        replace_file(out / "report.md", markdown(told, title=title).encode())
        replace_file(out / "report.html", html(told, drawn, title=title).encode())
    except OSError as error:
        kind = DiskFull if error.errno == errno.ENOSPC else CorpusError
        raise kind(
            f"the report cannot be written to {out} ({error.strerror}): make room or give leave "
            "there, then ask for the report again"
        ) from error
    return out / "report.html"


def chapters(corpus: Published) -> list[Chapter]:
    """All of the report, in its order; a chapter that has nothing to tell says so."""
    tally, manifest = count(corpus), corpus.manifest
    return [
        account.contents(tally),
        account.kept_and_dropped(tally, manifest),
        account.reasons(tally),
        portrait.lengths(tally),
        portrait.line_counts(tally),
        portrait.shapes(tally),
        portrait.forms(tally),
        portrait.periods(tally),
        portrait.authors(tally),
        account.repairs(tally),
        account.duplicates(tally),
        account.foreign_lines(tally),
        account.sources(manifest),
        account.problems(manifest),
    ]


def html(told: list[Chapter], drawn: dict[str, tuple[bytes, bytes]], *, title: str = TITLE) -> str:
    """The page: one file with its pictures in it, light or dark as the reader's system is.

    `drawn` holds each picture twice, for light and for dark.
    """
    page = (files("duende.corpus") / "report.html").read_text(encoding="utf-8")
    links = "".join(
        f'<li><a href="#{_anchor(each)}">{_text(each.heading)}</a></li>' for each in told
    )
    return Template(page).substitute(
        title=_text(title), links=links, chapters="\n".join(_chapter(each, drawn) for each in told)
    )


def markdown(told: list[Chapter], *, title: str = TITLE) -> str:
    """The same as Markdown, with its pictures in files beside it.

    >>> print(markdown([Chapter("What *is* in it", ("2 poems.",))]))
    # The corpus
    <BLANKLINE>
    ## What \\*is\\* in it
    <BLANKLINE>
    2 poems.
    <BLANKLINE>
    """
    blocks = [f"# {_plain(title)}"]
    for chapter in told:
        blocks.append(f"## {_plain(chapter.heading)}")
        blocks += map(_plain, chapter.told)
        if chapter.picture:
            picture = chapter.picture
            blocks.append(f"![{_plain(picture.alt)}]({picture.name}.png)")
            blocks.append(f"*{_plain(picture.caption)}*")
        blocks += ["\n".join(_rows(table)) for table in chapter.tables if table.rows]
        blocks += ["\n".join(f"- {_plain(each)}" for each in chapter.listed)][: len(chapter.listed)]
        for heading, text in chapter.quoted:
            lines = (f"> {_plain(line)}\\" for line in text.split("\n"))
            blocks += [f"**{_plain(heading)}**", "\n".join(lines).removesuffix("\\")]
    return "\n\n".join(blocks) + "\n"


def _chapter(chapter: Chapter, drawn: dict[str, tuple[bytes, bytes]]) -> str:
    parts = [f'<section id="{_anchor(chapter)}"><h2>{_text(chapter.heading)}</h2>']
    parts += [f"<p>{_text(sentence)}</p>" for sentence in chapter.told]
    if chapter.picture:
        parts.append(_figure(chapter.picture, *drawn[chapter.picture.name]))
    parts += [_table(table) for table in chapter.tables if table.rows]
    if chapter.listed:
        parts.append(f"<ul>{''.join(f'<li>{_text(each)}</li>' for each in chapter.listed)}</ul>")
    parts += [
        f"<h3>{_text(heading)}</h3><blockquote>{'<br>'.join(map(_text, text.split(chr(10))))}"
        "</blockquote>"
        for heading, text in chapter.quoted
    ]
    return "\n".join([*parts, "</section>"])


def _figure(picture: Picture, *drawn: bytes) -> str:
    light, dark = (
        f"data:image/png;base64,{b64encode(picture_of).decode()}" for picture_of in drawn
    )
    return (
        f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{_text(picture.alt)}"></picture>'
        f"<figcaption>{_text(picture.caption)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_number(column)}>{_text(head)}</th>'
        for head, column in zip(table.heads, zip(*table.rows, strict=True), strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td{_kind(cell)}>{_cell(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    # It can be scrolled by keyboard too, where it is wider than a phone.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{_text(table.heads[0])}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _number(cells: tuple[Cell, ...]) -> str:
    return ' class="number"' if all(map(_is_number, cells)) else ""


def _kind(cell: Cell) -> str:
    long = isinstance(cell, str) and len(cell) > 40 and " " in cell
    return ' class="long"' if long else _number((cell,))


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str) or cell == NOTHING or cell.endswith("\xa0%")


def _cell(cell: Cell) -> str:
    if not isinstance(cell, str):
        return f"{cell:,}"
    if re.fullmatch(r"https?://\S+", cell):
        return f'<a href="{_text(cell)}" rel="noopener noreferrer">{_text(cell)}</a>'
    if re.fullmatch(r"[0-9a-f]{64}", cell):
        return f'<code title="{cell}">{cell[:12]}…</code>'
    return _text(cell)


def _text(text: str) -> str:
    return escape(_visible(text))


def _anchor(chapter: Chapter) -> str:
    return re.sub(r"\W+", "-", chapter.heading.lower()).strip("-")


def _rows(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, table.heads))} |"
    columns = zip(*table.rows, strict=True)
    yield "|" + "|".join(" ---: " if _number(column) else " --- " for column in columns) + "|"
    for row in table.rows:
        cells = (_plain(cell) if isinstance(cell, str) else f"{cell:,}" for cell in row)
        yield f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is.

    >>> print(_plain("<b> | *a*\\nb"))
    &lt;b> \\| \\*a\\* b
    """
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", _visible(text).replace("&", "&amp;")).replace(
        "<", "&lt;"
    )


def _visible(text: str) -> str:
    """Text without what no one sees: in one line, control characters as boxes."""
    text = re.sub(r"[\t\n\r ]+", " ", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "□", text)
