"""Poems out of JSON lines, plain or gzipped: one poem a line, under any of the usual names."""

import json
from collections.abc import Iterator
from pathlib import Path

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers import columns
from duende.corpus.readers.files import lines
from duende.errors import SourceError

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    """Read the poems of a JSONL file; a line that is no JSON object is complained of."""
    for name, numbered in lines(path, complain, suffixes=SUFFIXES):
        known: dict[tuple[str, ...], columns.Columns] = {}  # the names may differ between lines
        for number, line in numbered:
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("no object")
            except (ValueError, RecursionError):
                complain(Problem(name, number, "the line is no JSON object; skipped"))
                continue
            names = tuple(row)
            if names not in known:
                try:
                    known[names] = columns.guess(names)
                except SourceError as error:
                    complain(Problem(name, number, str(error)))
                    continue
            yield columns.entry(row, known[names], place=f"{name}:{number}")
