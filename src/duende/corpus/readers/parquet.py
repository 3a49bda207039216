"""A Parquet file, or a folder of them, in; entries out, a few thousand rows at a time.

Columns are guessed by their names; only those that are known are read.
"""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pyarrow
from pyarrow import parquet

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers.columns import Columns, entry, guess
from duende.errors import SourceError

# Rows held at once: poems of 1 kB, some three times that in Python, make 6 MB.
BATCH = 2_000
# A damaged page shows as any of these, by what it is that was damaged.
_DAMAGES = (pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError)


def read(path: Path, complain: Complain) -> Iterator[Entry]:
    """Yield a row after the other; a file that is damaged is complained of, and the next one read.

    >>> import pyarrow, pyarrow.parquet, tempfile
    >>> file = Path(tempfile.mkdtemp(), "poems.parquet")
    >>> table = pyarrow.table({"Poema": ["Canta el agua."], "Autor": ["Nadie"]})
    >>> pyarrow.parquet.write_table(table, file)
    >>> [(poem.text, poem.author, poem.place) for poem in read(file, print)]
    [('Canta el agua.', 'Nadie', 'poems.parquet:1')]
    """
    if not path.exists():
        raise SourceError(f"{path} does not exist: give a Parquet file, or a folder of them.")
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    files = [each for each in files if each.is_file() and not each.name.startswith(".")]
    if not files:
        raise SourceError(f"{path} holds no .parquet file.")
    for file in files:
        name = file.relative_to(path).as_posix() if path.is_dir() else file.name
        yield from _rows(file, name, complain, alone=not path.is_dir())


def _rows(file: Path, name: str, complain: Complain, *, alone: bool) -> Iterator[Entry]:
    begin = 0
    try:
        with parquet.ParquetFile(file) as table:
            columns = guess(table.schema_arrow.names)
            wanted = _wanted(columns)
            for group in range(table.num_row_groups):
                end = begin + table.metadata.row_group(group).num_rows
                number = begin
                try:
                    for batch in table.iter_batches(BATCH, row_groups=[group], columns=wanted):
                        names = batch.schema.names  # the first of two alike is taken
                        for row in batch.select([names.index(each) for each in wanted]).to_pylist():
                            number += 1
                            yield entry(row, columns, place=f"{name}:{number}")
                except _DAMAGES as error:
                    why = f"rows {number + 1:,} to {end:,} are damaged; the others are kept"
                    complain(Problem(name, number + 1, f"{why}: {_said(error)}"))
                begin = end
            if not begin:
                complain(Problem(name, 0, "the table has no rows"))
    except SourceError as error:
        if alone:
            raise
        complain(Problem(name, 0, str(error)))
    except _DAMAGES as error:
        if isinstance(error, OSError) and error.errno:
            complain(Problem(name, 0, f"it cannot be read: {error.strerror or error}"))
        else:
            complain(Problem(name, 0, f"it is no Parquet, or was cut short: {_said(error)}"))


def _said(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _wanted(columns: Columns) -> list[str]:
    """The columns that mean something to us, each once."""
    named = (getattr(columns, field.name) for field in fields(columns))
    return list(dict.fromkeys(name for name in named if name is not None))
