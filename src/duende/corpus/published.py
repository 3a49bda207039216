"""What `duende build` published, opened for reading: the manifest, and tables batch by batch.

It checks that the files are there and have the columns that are asked for; it writes nothing.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duende.errors import SourceError

SPLITS = ("train", "validation", "test")
TABLES = (*SPLITS, "dropped")

# Poems of up to 600 words: some 8 MB a batch, however many poems there are.
ROWS_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class Published:
    """A built corpus: where it is, and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[Any]:
        """The rows of one table, some thousands at a time, as Arrow record batches."""
        with self._open(table) as file:
            missing = [name for name in columns if name not in file.schema_arrow.names]
            if missing:
                raise SourceError(
                    f"{self._path(table)} has no column {missing[0]}: it was made by another "
                    "version of duende, so build the corpus again"
                )
            yield from file.iter_batches(batch_size=ROWS_AT_A_TIME, columns=list(columns))

    def row(self, table: str, position: int) -> dict[str, Any]:
        """One row of a table, counted from 0, with every column."""
        with self._open(table) as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if position < rows:
                    for batch in file.iter_batches(ROWS_AT_A_TIME, row_groups=[group]):
                        if position < batch.num_rows:
                            found: dict[str, Any] = batch.slice(position, 1).to_pylist()[0]
                            return found
                        position -= batch.num_rows
                position -= rows
        raise IndexError(position)

    def _path(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    @contextmanager
    def _open(self, table: str) -> Iterator[Any]:
        import pyarrow
        from pyarrow.parquet import ParquetFile

        try:
            # With a buffer before it, a table would lie in memory whole after a while.
            with ParquetFile(self._path(table), pre_buffer=False) as file:
                yield file
        except (OSError, pyarrow.ArrowException) as error:
            why = str(error).splitlines()[0]
            raise SourceError(
                f"{self._path(table)} cannot be read ({why}): build the corpus again"
            ) from error


def open_corpus(folder: Path) -> Published:
    """The corpus in a folder; a `SourceError` says what is missing.

    >>> open_corpus(Path("nowhere"))
    Traceback (most recent call last):
    duende.errors.SourceError: nowhere is no corpus: it has no manifest.json; build one there with \
`duende build`
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(
            f"{folder} is no corpus: it has no manifest.json; build one there with `duende build`"
        ) from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read ({error}): build the corpus again") from error
    if not isinstance(manifest, dict) or "poems" not in manifest:
        raise SourceError(f"{path} is not the manifest of a corpus: build the corpus again")
    for table in TABLES:
        if not (folder / f"{table}.parquet").is_file():
            raise SourceError(f"{folder} has no {table}.parquet: build the corpus again")
    return Published(folder, manifest)
