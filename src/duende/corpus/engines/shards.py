"""One shard through the per-poem steps, for every engine."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from duende.corpus import tables
from duende.corpus.prepare import prepare


@dataclass(frozen=True)
class Steps:
    """The settings of the per-poem steps, the same for every shard."""

    public_domain_in: int | None = None

    def __call__(self, table: pa.Table) -> pa.Table:
        """Prepare a table of entries."""
        return prepare(table, public_domain_in=self.public_domain_in)


def prepare_shard(shard: Path, prepared: Path, steps: Steps) -> Path:
    """Prepare the shard at `shard` into the folder `prepared`, unless it is there and whole."""
    out = prepared / shard.name
    if not tables.there(out):
        tables.write(steps(pq.read_table(shard)), out)
    return out
