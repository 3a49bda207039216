"""The frame of a Project Gutenberg book: where the book begins and ends, and what its header says.

Three generations of frames are known: `*** START OF THE PROJECT GUTENBERG EBOOK … ***`, the same
with THIS, and the "small print" of the years before 2003.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duende.corpus.readers.columns import language

_START = re.compile(r"^\s*\*{3}\s*START OF TH(?:E|IS) PROJECT GUTENBERG", re.IGNORECASE)
_SMALL_PRINT = re.compile(r"\*END[* ]*THE SMALL PRINT", re.IGNORECASE)
_END = re.compile(
    r"^\s*(?:\*{3}\s*END OF TH(?:E|IS) PROJECT GUTENBERG"
    r"|\**\s*End of (?:the |this )?Project Gutenberg(?:'s|’s)?\b"
    r"|\*{3}\s*START[* ]*THE SMALL PRINT)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^\s*(Title|Author|Language|Título|Autor|Idioma|Editor|Translator)\s*:\s*(\S.*)$",
    re.IGNORECASE,
)
_FIRST_LINE = re.compile(
    r"^\W*(?:The\s+)?Project Gutenberg(?:'s|’s)?\s*(?:E-?Book|Etext)?\s*(?:of|:|,)?\s+"
    r"(?P<title>.+?)(?:,?\s+by\s+(?P<author>[^,(]+?))?\s*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\[?\s*(?:eBook|E-?text)\s*#\s*(\d{1,6})\]?", re.IGNORECASE)
# Where no START stands, the header is looked for in so many lines (small print: about 300).
HEADER = 400
# No marker or field is wider; past this a line is not looked at.
WIDEST = 500
# A marker may run over so many lines when the title is long.
MARKER = 4
NOBODY = ("various", "anonymous", "unknown", "anónimo", "varios", "anon", "desconocido", "n/a")


@dataclass(frozen=True, slots=True)
class Book:
    """What a book says of itself, and where in its lines it begins and ends.

    >>> Book(title="Prairie Songs").author
    ''
    """

    title: str = ""
    author: str = ""
    author_death_year: int | None = None
    lang: str = ""
    number: str = ""
    begin: int = 0
    end: int = 0

    @property
    def source(self) -> str:
        """Where its poems come from.

        >>> Book(number="14765").source
        'Project Gutenberg #14765'
        """
        return f"Project Gutenberg #{self.number}" if self.number else "Project Gutenberg"


def frame(lines: Sequence[str]) -> Book:
    """Find a book within its frame, and read its header.

    >>> book = frame([
    ...     "Title: Songs of the Mill", "Author: Loam, Ada, 1790-1851", "Language: English",
    ...     "*** START OF THE PROJECT GUTENBERG EBOOK SONGS OF THE MILL ***", "A song.",
    ...     "*** END OF THE PROJECT GUTENBERG EBOOK SONGS OF THE MILL ***",
    ... ])
    >>> book.author, book.author_death_year, book.lang, book.begin, book.end
    ('Ada Loam', 1851, 'en', 4, 5)
    """
    lines = [line[:WIDEST] for line in lines]
    begin, middle = 0, max(len(lines) // 2, min(len(lines), HEADER))
    for index, line in enumerate(lines[:middle]):
        if _START.match(line):
            begin = _after(lines, index)
        elif _SMALL_PRINT.search(line):
            begin = index + 1
    ends = (index for index in range(begin, len(lines)) if _END.match(lines[index]))
    end = next(ends, len(lines))
    return replace(_header(lines[: begin or HEADER]), begin=begin, end=end)


def person(said: str) -> tuple[str, int | None]:
    """A name as a catalogue writes it, turned round, and the year of death if it is there.

    >>> person("Keats, John, 1795-1821"), person("Cruz, Juana Inés de la, Sister, 1651-1695")
    (('John Keats', 1821), ('Juana Inés de la Cruz', 1695))
    >>> person("José Hernández"), person("Various")
    (('José Hernández', None), ('', None))
    """
    said = " ".join(said.split())
    dates = re.search(r",?\s*\(?(?:\d{3,4}\??)?\s*[-–]\s*(\d{3,4})\??\)?\s*$", said)
    year = int(dates[1]) if dates else None
    plain = re.sub(r",?\s*\(?\b\d{3,4}\??\s*[-–]?\s*(?:\d{3,4}\??)?\)?\s*$", "", said)
    plain = re.sub(r"\s*[\[(][^\])]*[\])]", "", plain).strip(" ,.;")
    if plain.casefold() in NOBODY:
        return "", None
    parts = [part.strip() for part in plain.split(",") if part.strip()]
    if 2 <= len(parts) <= 3 and " and " not in plain and len(parts[0].split()) <= 3:
        plain = f"{parts[1]} {parts[0]}"
    return plain, year


def _after(lines: Sequence[str], index: int) -> int:
    """The line after a marker, which may run over several lines until its closing stars."""
    for offset in range(min(MARKER, len(lines) - index)):
        if lines[index + offset].rstrip().endswith("***") and (
            offset or lines[index].count("***") > 1
        ):
            return index + offset + 1
    return index + 1


def _header(lines: Sequence[str]) -> Book:
    book, authors = Book(), []
    for index, line in enumerate(lines):
        if number := (None if book.number else _NUMBER.search(line)):
            book = replace(book, number=number[1])
        found = _FIELD.match(line)
        if found:
            name = found[1].casefold()
            value = " ".join([found[2].strip(), *_indented(lines[index + 1 :])])
            if name in ("title", "título") and not book.title:
                book = replace(book, title=value)
            elif name in ("author", "autor"):
                authors.append(person(value))
            elif name in ("language", "idioma") and not book.lang:
                book = replace(book, lang=language(value))
    first = next((match for line in lines[:5] if (match := _FIRST_LINE.match(line))), None)
    if first and not book.title:
        book = replace(book, title=first["title"].strip(" ,"))
        if first["author"] and not authors:
            authors.append(person(first["author"]))
    names = [name for name, _ in authors if name]
    year = authors[0][1] if len(authors) == 1 else None
    return replace(book, author=", ".join(names), author_death_year=year)


def _indented(lines: Sequence[str]) -> list[str]:
    """The lines that continue a field: indented, until the next empty one."""
    out = []
    for line in lines[:MARKER]:
        if not line.startswith("  ") or not line.strip() or _FIELD.match(line):
            break
        out.append(line.strip())
    return out
