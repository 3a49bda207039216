"""A Project Gutenberg book in, its poems out: plain text, HTML, or either in a zip.

The frame is cut in gutenberg_frame, notes and numbers in gutenberg_text, tags in gutenberg_html;
what is verse and where a poem begins is found in verse_or_prose and sections.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers.files import Decompressed, encoding_of, streams
from duende.corpus.readers.gutenberg_frame import frame
from duende.corpus.readers.gutenberg_text import blocks
from duende.corpus.readers.sections import poems
from duende.errors import SourceError

SUFFIXES = (".txt", ".htm", ".html")
# A whole Shakespeare has under 6 MB as plain text; markup may double that.
LARGEST = 30_000_000
LONGEST_LINE = 100_000


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    r"""Yield the poems of a book, or of each book in a folder.

    >>> import tempfile
    >>> book = Path(tempfile.mkdtemp(), "mill.txt")
    >>> _ = book.write_text("Author: Ada Loam\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n\n"
    ...     "THE MILL\n\nThe mill is still,\nThe miller gone,\nThe river runs alone.\n")
    >>> [(poem.title, poem.author, poem.place) for poem in read(book, print)]
    [('THE MILL', 'Ada Loam', 'mill.txt:7')]
    """
    if path.is_dir():
        books = [
            each for each in sorted(path.rglob("*")) if each.suffix.lower() in (*SUFFIXES, ".zip")
        ]
        if not books:
            raise SourceError(f"{path} holds no book: no .txt, .htm, .html or .zip file.")
        for book in books:
            try:
                if book.is_file() and not book.name.startswith("."):
                    yield from read(book, complain)
            except SourceError as error:
                complain(Problem(book.name, 0, str(error)))
            except OSError as error:
                complain(Problem(book.name, 0, f"it cannot be read: {error.strerror or error}"))
        return
    for name, stream in streams(path, complain, suffixes=SUFFIXES):
        if text := _text(name, stream, complain):
            yield from _book(name, text, complain)


def _text(name: str, stream: BinaryIO, complain: Complain) -> str:
    """The whole text of a book, "" with a complaint where it cannot be had."""
    content = stream.read(LARGEST + 1)
    damaged = isinstance(stream, Decompressed) and stream.damaged
    if damaged:
        what = "what came before is kept" if content else "fetch it again"
        complain(Problem(name, 0, f"the file is cut short or damaged; {what}"))
    if len(content) <= LARGEST and not content.strip():
        if not damaged:
            complain(Problem(name, 0, "the file is empty"))
        return ""
    if len(content) > LARGEST:
        complain(
            Problem(name, 0, f"it is larger than {LARGEST // 1_000_000} MB: no book of verse is")
        )
        return ""
    encoding = encoding_of(content)
    if encoding is None:
        complain(Problem(name, 0, "it is no text"))
        return ""
    return content.decode(encoding, errors="replace")


def _book(name: str, text: str, complain: Complain) -> Iterator[Entry]:
    from duende.corpus.readers import gutenberg_html

    found = 0
    if gutenberg_html.is_html(text):
        try:
            book, body = gutenberg_html.parse(text)
        except SourceError as error:
            complain(Problem(name, 0, str(error)))
            return
    else:
        lines = re.split(r"\r\n?|\n", text)
        for index, line in enumerate(lines):
            if len(line) > LONGEST_LINE:
                complain(
                    Problem(name, index + 1, f"a line of {len(line):,} characters was skipped")
                )
                lines[index] = ""
        book = frame(lines)
        body = blocks(lines[book.begin : book.end], number=book.begin + 1)
    for poem in poems(body):
        found += 1
        own = not poem.author or poem.author.casefold() == book.author.casefold()
        yield Entry(
            "\n".join(poem.lines),
            lang=book.lang,
            title=poem.title,
            author=book.author if own else poem.author,
            author_death_year=book.author_death_year if own else None,
            source=book.source,
            place=f"{name}:{poem.number}",
            repairs=poem.repairs,
            removed=poem.removed,
        )
    if not found:
        complain(Problem(name, 0, "no verse was found in it"))
