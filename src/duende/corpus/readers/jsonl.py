"""Poems out of JSON lines, plain or gzipped: one poem a line, under any of the usual names.

A file that is one JSON list, or one object, is read too, if it is no larger than a list may be.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers import columns
from duende.corpus.readers.files import LONGEST_LINE, lines
from duende.errors import SourceError

SUFFIXES = (".jsonl", ".ndjson", ".json")
LARGEST_LIST = 50_000_000
"""Characters. A list is held whole, unlike lines: some ten times this in memory."""
_BETWEEN = re.compile(r"[\s,]*")


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    """Read the poems of a JSONL file; a line that is no JSON object is complained of."""
    # A list is often one line.
    longest = LARGEST_LIST if _is_json(path) else LONGEST_LINE
    for name, numbered in lines(path, complain, suffixes=SUFFIXES, longest=longest):
        yield from entries(numbered, name, complain)


def _is_json(path: Path) -> bool:
    return path.name.casefold().removesuffix(".gz").endswith(".json")


def entries(numbered: Iterator[tuple[int, str]], name: str, complain: Complain) -> Iterator[Entry]:
    """Make entries of numbered lines of JSON, or of a list over all of them.

    >>> text = [(1, '[{"text": "Bajo el sol"},\\n'), (2, '{"text": "Y calla"}]\\n')]
    >>> [(each.text, each.place) for each in entries(iter(text), "a.json", print)]
    [('Bajo el sol', 'a.json:1#1'), ('Y calla', 'a.json:2#2')]
    """
    known: dict[tuple[str, ...], columns.Columns] = {}  # the names may differ between lines
    for number, place, row in _rows(numbered, name, complain):
        if not isinstance(row, dict):
            complain(Problem(name, number, "the line is no JSON object; skipped"))
            continue
        names = tuple(row)
        if names not in known:
            try:
                known[names] = columns.guess(names)
            except SourceError as error:
                complain(Problem(name, number, str(error)))
                continue
        try:
            made = columns.entry(row, known[names], place=place)
        except RecursionError:
            complain(Problem(name, number, "its lists lie too deep in each other; skipped"))
            continue
        yield made


def _rows(
    numbered: Iterator[tuple[int, str]], name: str, complain: Complain
) -> Iterator[tuple[int, str, object]]:
    """The values of a file with their lines and places; None for a line that is no JSON."""
    first = next(((number, line) for number, line in numbered if line.strip()), None)
    if first is None:
        return
    begins = first[1].lstrip()
    if begins[0] == "[" or begins.strip() == "{":
        held, size = [first], len(first[1])
        for each in numbered:
            held.append(each)
            size += len(each[1])
            if size > LARGEST_LIST:
                why = "the file is one JSON list, too large to be read: make it JSON lines"
                complain(Problem(name, first[0], f"{why}, with `jq -c '.[]'`"))
                return
        several = any(line.strip() for _, line in held[1:])
        if not several or _value(first[1]) is None:
            yield from _listed(held, name, complain)
            return
        numbered = iter(held[1:])  # each line is a list: they are complained of one by one
    for number, line in chain([first], numbered):
        if line.strip():
            yield number, f"{name}:{number}", _value(line)


def _value(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _listed(
    held: list[tuple[int, str]], name: str, complain: Complain
) -> Iterator[tuple[int, str, object]]:
    """The values of one list, or the one object, in lines; what comes before an error is kept."""
    text, number = "".join(line for _, line in held), held[0][0]
    read = json.JSONDecoder().raw_decode
    alone = text.lstrip()[0] == "{"
    before = 0
    at = text.index("{" if alone else "[") + (not alone)
    for count in range(1, len(text) + 1):
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        number += text.count("\n", before, at)
        before = at
        if text.startswith("]", at):
            return
        try:
            value, at = read(text, at)
        except (ValueError, RecursionError):
            what = "object" if alone else "list"
            why = f"the JSON {what} is broken or cut short here; what came before is kept"
            complain(Problem(name, number, why))
            return
        yield number, f"{name}:{number}#{count}", value
        if alone:
            return
