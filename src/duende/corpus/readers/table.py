"""Poems out of CSV tables: the first version's two, and any with a column for the text.

A quote that is opened and never closed costs its own poem, not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers import columns, jsonl
from duende.corpus.readers.files import lines
from duende.errors import SourceError

SUFFIXES = (".csv", ".tsv")
LONGEST_RECORD = 200_000
"""Characters. The longest poem that is kept has 600 words, some 4,000 characters."""


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    """Read the poems of a CSV file, plain, gzipped, or in a zip as it was downloaded.

    The columns are found by their names. Line breaks are left as they are: the repair step knows
    the two conventions of the first version's tables. A table where no column is known to hold a
    poem is complained of. JSON lines that lie in the same zip are read too.
    """
    trouble = False

    def tell(problem: Problem) -> None:
        nonlocal trouble
        trouble = True
        complain(problem)

    for name, numbered in lines(path, tell, suffixes=(*SUFFIXES, *jsonl.SUFFIXES)):
        if name != path.name and name.casefold().endswith(jsonl.SUFFIXES):
            yield from jsonl.entries(numbered, name, tell)
            continue
        trouble = False
        rows = records(numbered, name, tell)
        header = next(rows, (0, None))[1]
        if header is None:
            continue  # it was complained of as empty or damaged
        try:
            known = columns.guess(header)
        except SourceError as error:
            tell(Problem(name, 0, str(error)))
            continue
        number = 0
        for number, row in rows:
            # The first of two columns of one name wins, as it does where they are guessed.
            cells = dict(zip(reversed(header), reversed(row), strict=True))
            yield columns.entry(cells, known, place=f"{name}:{number}")
        if not number and not trouble:
            complain(Problem(name, 0, "the table has no rows"))


def records(
    numbered: Iterator[tuple[int, str]], name: str, complain: Complain
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV text, each with the line it begins at; the header comes first.

    Every record has as many cells as the header. One that cannot be read is complained of, and
    reading goes on at the line after the one it began with.

    >>> text = [(1, "Title,Poem\\n"), (2, 'A,"never closed\\n'), (3, 'B,"two\\n'), (4, 'lines"\\n')]
    >>> problems = []
    >>> list(records(iter(text), "poems.csv", problems.append))
    [(1, ['Title', 'Poem']), (3, ['B', 'two\\nlines'])]
    >>> str(problems[0])
    'poems.csv, line 2: a quote is opened and never closed, or is not doubled; skipped'
    """
    waiting: deque[tuple[int, str]] = deque()
    width, delimiter, lost_from = 0, ",", 0
    while True:
        taken: list[tuple[int, str]] = []

        def feed(taken: list[tuple[int, str]] = taken) -> Iterator[str]:
            length = 0
            while length <= LONGEST_RECORD:
                following = waiting.popleft() if waiting else next(numbered, None)
                if following is None:
                    return
                taken.append(following)
                length += len(following[1])
                yield following[1]

        source = feed()
        first = next(source, None)
        if first is None:
            break
        if not width:
            delimiter = max(",;\t|", key=first.count)
        row = _parse(first, source, delimiter)
        number = taken[0][0]
        if row == []:
            continue
        if row is not None and len(row) == (width or len(row)):
            width, lost_from = len(row), 0
            yield number, row
            continue
        waiting.extendleft(reversed(taken[1:]))
        if not lost_from:  # what follows a broken record is usually the rest of it
            lost_from = number
            if row is None:
                why = "a quote is opened and never closed, or is not doubled"
            elif len(taken) == 1:
                why = f"{len(row)} cells where the table has {width}"
            else:
                why = f"{len(row)} cells over {len(taken)} lines where the table has {width}"
                why += " (is a quote not doubled?)"
            complain(Problem(name, number, f"{why}; skipped"))


def _parse(first: str, rest: Iterator[str], delimiter: str) -> list[str] | None:
    """One record that begins with the line `first`, or None if it cannot be read."""
    try:
        return next(csv.reader(chain([first], rest), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
