"""Entries as Arrow tables and back: the schemas of what is read, prepared and published."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from duende.corpus.entry import Entry

SHARD = 1_000
"""Entries a shard: some 1 MB, a second or two of work, so that little is lost by a kill."""
_TEXTS = pa.list_(pa.string())
ENTRY = pa.schema(
    [
        ("text", pa.string()),
        ("lang", pa.string()),
        ("title", pa.string()),
        ("author", pa.string()),
        ("author_death_year", pa.int32()),
        ("form", pa.string()),
        ("tags", _TEXTS),
        ("source", pa.string()),
        ("place", pa.string()),
        ("licence", pa.string()),
        ("repairs", _TEXTS),
        ("removed", _TEXTS),
    ]
)
PREPARED = pa.schema(
    [
        *ENTRY,
        ("id", pa.string()),
        ("period", pa.string()),
        ("words", pa.int32()),
        ("lines", pa.int32()),
        ("words_read", pa.int32()),
        ("lines_read", pa.int32()),
        ("foreign_lines", pa.int32()),
        ("reason", pa.string()),
        ("same_words", pa.binary(16)),
        ("signature", pa.binary()),
    ]
)
POEMS = pa.schema(
    [
        PREPARED.field(name)
        for name in [
            "id", "lang", "title", "author", "author_death_year", "period", "text", "form", "tags",
            "source", "place", "licence", "repairs", "removed", "words", "lines", "words_read",
            "lines_read", "foreign_lines",
        ]
    ]
)  # fmt: skip
DROPPED = pa.schema([*POEMS, ("reason", pa.string()), ("copy_of", pa.string())])


def to_table(entries: Iterable[Entry]) -> pa.Table:
    """Make a table of entries.

    >>> to_table([Entry("Bajo el sol", lang="es")]).num_rows
    1
    """
    columns = list(zip(*map(astuple, entries), strict=True)) or [()] * len(ENTRY)
    arrays = [pa.array(column, type=kind.type) for column, kind in zip(columns, ENTRY, strict=True)]
    return pa.Table.from_arrays(arrays, schema=ENTRY)


def to_entries(table: pa.Table) -> Iterator[Entry]:
    """Make the entries of a table again.

    >>> list(to_entries(to_table([Entry("Bajo el sol", tags=("mar",))])))[0].tags
    ('mar',)
    """
    rows: list[dict[str, Any]] = table.select(ENTRY.names).to_pylist()
    for row in rows:
        for name in ("tags", "repairs", "removed"):
            row[name] = tuple(row[name])
        yield Entry(**row)


def write(table: pa.Table, path: Path) -> None:
    """Write a table whole or not at all."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")  # a killed build may still write
    pq.write_table(table, waiting, compression="zstd")
    with waiting.open("rb") as file:  # a power cut must not leave a name without its bytes
        os.fsync(file.fileno())
    waiting.replace(path)


def there(path: Path) -> bool:
    """Whether a table was written and can be read; one that a power cut tore is taken away.

    >>> there(Path("nowhere.parquet"))
    False
    """
    if not path.exists():
        return False
    try:
        pq.read_table(path)
    except (pa.ArrowException, OSError, ValueError):
        path.unlink(missing_ok=True)
        return False
    return True
