"""A dataset of the Hugging Face hub in, by id or from a local folder; entries out, one by one.

It is streamed, so that nothing but the row at hand is in memory. A dataset's own code is never run.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from duende.corpus.entry import Complain, Entry, Problem
from duende.corpus.readers.columns import entry, guess
from duende.errors import SourceError


def read(path: str | Path, complain: Complain) -> Iterator[Entry]:
    """Yield the poems of a dataset, split after split; `path` is its id ("owner/name") or a folder.

    Raises `SourceError` where `datasets` is not installed, the hub is out of reach, or there is no
    such dataset. In a test or on a train, set HF_HUB_OFFLINE=1 to ask the hub for nothing.

    >>> list(read("no/such/dataset", print))
    Traceback (most recent call last):
    duende.errors.SourceError: no/such/dataset is no dataset's id: write owner/name, or a folder.
    """
    name = str(path)
    local = Path(path).exists()
    if not local and (name.count("/") > 1 or name.startswith((".", "/", "~")) or not name.strip()):
        raise SourceError(f"{name} is no dataset's id: write owner/name, or a folder.")
    splits = _open(name)
    for split, rows in splits.items():
        names = rows.column_names or list(next(iter(islice(rows, 1)), {}))
        columns = guess(names)
        labels = _labels(rows, columns.lang)
        label = f"{Path(name).name if local else name}:{split}"
        number = 0
        try:
            for number, row in enumerate(rows, 1):
                if columns.lang and labels and isinstance(row[columns.lang], int):
                    row = {**row, columns.lang: labels[row[columns.lang]]}
                yield entry(row, columns, place=f"{label}:{number}")
        except SourceError:
            raise
        except Exception as error:  # whatever the library, the network or a damaged file raises
            why = f"reading stopped here, and what came before is kept: {_said(error)}"
            complain(Problem(label, number + 1, why))


def _open(name: str) -> dict[str, Any]:
    """The dataset's splits by name, nothing of them read yet."""
    try:
        import datasets
    except ImportError as error:
        raise SourceError("datasets is not installed: pip install 'duende[train]'") from error
    datasets.disable_progress_bars()
    try:
        # Since datasets 4 there is no way to run a dataset's own code; older ones are told not to.
        options = (
            {} if int(datasets.__version__.split(".")[0]) >= 4 else {"trust_remote_code": False}
        )
        return dict(datasets.load_dataset(name, streaming=True, **options))
    except Exception as error:  # a dozen kinds, of four libraries
        raise SourceError(
            f"The dataset {name} cannot be read: {_said(error)}. Look at its name, and whether the "
            "network and huggingface.co can be reached; `hf auth login` for one that is not public."
        ) from error


def _labels(rows: Any, column: str | None) -> list[str]:
    """The names of a language column's classes, where it holds their numbers."""
    feature = (rows.features or {}).get(column) if column else None
    return list(getattr(feature, "names", None) or [])


def _said(error: Exception) -> str:
    """What an error says, in one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:300].rstrip(".")
