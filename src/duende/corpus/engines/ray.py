"""Runs the per-poem steps on a Ray cluster, as a Ray Data pipeline over the same shards.

The folder of the corpus must be on a disk that every machine sees. Knows nothing of the steps.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from duende.corpus import tables
from duende.corpus.engines.shards import Steps
from duende.errors import CorpusError

BATCH = tables.SHARD
AT_ONCE = 64
"""Shards a pipeline: what a kill may cost, against the second that a pipeline takes to begin."""


def run(shards: Iterable[Path], prepared: Path, steps: Steps) -> Iterator[Path]:
    """Prepare shards on the cluster that `RAY_ADDRESS` names, or on one of this machine.

    Yields the prepared shards in the order of the shards; those that are there already are not made
    again. Raises `CorpusError` where Ray is not installed or no cluster answers.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise CorpusError("Ray is not installed: pip install 'duende[corpus,ray]'.") from error
    ours = not ray.is_initialized()
    if ours:
        try:
            ray.init(log_to_driver=False, include_dashboard=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise CorpusError(f"No Ray cluster answers: {error}.") from error
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        coming = iter(shards)
        while some := list(islice(coming, AT_ONCE)):
            missing = [shard for shard in some if not tables.there(prepared / shard.name)]
            if missing:
                _prepare(missing, prepared, steps)
            yield from (prepared / shard.name for shard in some)
    finally:
        if ours:
            ray.shutdown()


def _prepare(shards: list[Path], prepared: Path, steps: Steps) -> None:
    """One Ray Data pipeline: read, run the steps over batches, write each shard back whole."""
    import ray

    rows: Any = ray.data.read_parquet(
        [str(shard.resolve()) for shard in shards], include_paths=True
    )
    ready = rows.map_batches(
        _with_place, fn_kwargs={"steps": steps}, batch_format="pyarrow", batch_size=None
    )
    # Blocks come back in any order and any size: rows are put in order by shard and number.
    waiting: dict[str, list[pa.Table]] = {shard.name: [] for shard in shards}
    sizes = {shard.name: pq.read_metadata(shard).num_rows for shard in shards}
    for batch in ready.iter_batches(batch_format="pyarrow", batch_size=BATCH):
        for name in batch["shard"].unique().to_pylist():
            mine = batch.filter(pc.equal(batch["shard"], name))
            waiting[name].append(mine)
            if sum(table.num_rows for table in waiting[name]) == sizes[name]:
                table = pa.concat_tables(waiting.pop(name)).sort_by("number")
                tables.write(
                    table.select(tables.PREPARED.names).cast(tables.PREPARED), prepared / name
                )
    if waiting:
        raise CorpusError(
            f"Ray gave back {len(waiting)} shards in part: run the same command again."
        )


def _with_place(table: pa.Table, *, steps: Steps) -> pa.Table:
    """The steps over a batch; each row keeps its shard and its number there."""
    ready = steps(table.select(tables.ENTRY.names).cast(tables.ENTRY))
    names = [Path(path).name for path in table["path"].to_pylist()]
    return ready.append_column("shard", [names]).append_column("number", table["number"])
