"""Writes the corpus: three splits by author, what was left out and why, a manifest and a card.

Everything is written beside its place and moved there when it is whole; the manifest comes last, so
that a folder with a manifest is a whole corpus.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from duende.corpus import card, tables
from duende.corpus.authors import identity
from duende.corpus.disk import file_sha256, replace_file
from duende.corpus.duplicates import Copies
from duende.language import LANGUAGES

SPLITS = ("train", "validation", "test")
SHARES = {"test": 0.08, "validation": 0.08}
HEAVY = 0.01
"""An author of more than this share of a language's poems is for training: Lope de Vega alone is
9 % of the Spanish ones, and a split that he fills says little of anybody else."""
FEWEST_AUTHORS = 10
"""Below this many authors in a language all its poems are for training: a hash of so few names
would leave a split empty, or take half of the corpus away."""
VERSION = 1


def publish(
    shards: Sequence[Path],
    copies: Copies,
    out: Path,
    *,
    inputs: str,
    public_domain_in: int | None,
    sources: list[dict[str, Any]],
    problems: dict[str, Any],
    progress: bool = False,
) -> dict[str, Any]:
    """Write the tables of prepared `shards` into `out`, and return the manifest.

    A poem that is no copy goes to its author's split; every other one to `dropped.parquet`, with
    its reason.
    """
    survey = _survey(shards, copies)
    work = out / ".work"
    schemas = {**dict.fromkeys(SPLITS, tables.POEMS), "dropped": tables.DROPPED}
    writers = {
        name: pq.ParquetWriter(work / f"{name}.parquet", schema, compression="zstd")
        for name, schema in schemas.items()
    }
    count = _Count(sources)
    number = 0
    waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in schemas}
    try:
        for shard in tqdm(shards, desc="published", unit=" thousand", disable=not progress):
            for row in pq.read_table(shard).to_pylist():
                stays, why = copies.of(number)
                if why:
                    row |= {"reason": why, "copy_of": survey.ids[stays]}
                part = "dropped" if row["reason"] else split_of(row, survey.training)
                waiting[part].append(row)
                count.add(row, part, number)
                number += 1
            for part, rows in waiting.items():
                if len(rows) >= tables.SHARD:
                    writers[part].write_table(pa.Table.from_pylist(rows, schema=schemas[part]))
                    rows.clear()
        for part, rows in waiting.items():
            if rows:
                writers[part].write_table(pa.Table.from_pylist(rows, schema=schemas[part]))
    finally:
        for writer in writers.values():
            writer.close()
    manifest = {
        "version": VERSION,
        "inputs": inputs,
        "poems": {lang: count.poems[lang] for lang in LANGUAGES},
        "splits": {part: {lang: count.splits[part, lang] for lang in LANGUAGES} for part in SPLITS},
        "authors": survey.authors,
        "read": dict(sorted(count.read.items())),
        "dropped": {
            reason: dict(sorted(langs.items())) for reason, langs in sorted(count.dropped.items())
        },
        "repairs": dict(sorted(count.repairs.items())),
        "public_domain_in": public_domain_in,
        "problems": problems,
        "sources": count.sources(),
        "origins": [
            {"name": name, "licence": licence, "kept": kept}
            for (name, licence), kept in sorted(count.origins.items())
        ],
        "files": {f"{name}.parquet": _facts(work / f"{name}.parquet") for name in schemas},
    }
    (out / "manifest.json").unlink(missing_ok=True)  # of an older corpus: this one is not whole yet
    for name in schemas:
        (work / f"{name}.parquet").replace(out / f"{name}.parquet")
    replace_file(out / "README.md", card.card(manifest).encode())
    told = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    replace_file(out / "manifest.json", told.encode())
    return manifest


def split_of(row: dict[str, Any], training: frozenset[int] = frozenset()) -> str:
    """The split of a poem, by a hash of its author; where the author is not known, of the poem.

    `training` are the hashes that are for training whatever they are.

    >>> split_of({"author": "Rosalía de Castro", "id": "1"})
    'train'
    >>> split_of({"author": "CASTRO, Rosalía de", "id": "2"})
    'train'
    """
    number = _author(row["author"], row["id"])
    if number not in training:
        place = number / 2**64
        for part, share in SHARES.items():
            if place < share:
                return part
            place -= share
    return "train"


def _author(name: str, poem: str) -> int:
    """A hash of the author, or of the poem where there is none, evenly spread over 64 bits."""
    key = identity(name) or poem
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())


@dataclass(frozen=True)
class _Survey:
    """What must be known of all poems before the first is published."""

    training: frozenset[int]
    authors: dict[str, int]
    ids: dict[int, str]


def _survey(shards: Sequence[Path], copies: Copies) -> _Survey:
    copied = set(copies.stays[copies.stays != range(len(copies.stays))].tolist())
    ids: dict[int, str] = {}
    hashes: dict[str, list[NDArray[np.uint64]]] = {lang: [] for lang in LANGUAGES}
    named: dict[str, list[NDArray[np.bool_]]] = {lang: [] for lang in LANGUAGES}
    number = 0
    for shard in shards:
        rows = pq.read_table(shard, columns=["reason", "lang", "author", "id"]).to_pylist()
        for lang in LANGUAGES:
            kept = [row for row in rows if row["lang"] == lang and not row["reason"]]
            numbers = [_author(row["author"], row["id"]) for row in kept]
            hashes[lang].append(np.array(numbers, dtype=np.uint64))
            named[lang].append(np.array([bool(row["author"]) for row in kept], dtype=bool))
        ids |= {n: row["id"] for n, row in enumerate(rows, number) if n in copied}
        number += len(rows)
    training: set[int] = set()
    authors: dict[str, int] = {}
    for lang in LANGUAGES:
        all_hashes, all_named = np.concatenate(hashes[lang]), np.concatenate(named[lang])
        found, counts = np.unique(all_hashes, return_counts=True)
        too_few = len(found) < FEWEST_AUTHORS
        training.update(found[too_few | (counts > HEAVY * len(all_hashes))].tolist())
        authors[lang] = len(np.unique(all_hashes[all_named]))
    return _Survey(frozenset(training), authors, ids)


class _Count:
    """Counts what goes where, while it goes."""

    def __init__(self, sources: list[dict[str, Any]]) -> None:
        self._sources = sources
        self._ends = [sum(each["read"] for each in sources[: at + 1]) for at in range(len(sources))]
        self._kept = [0] * len(sources)
        self._source = 0
        self.poems: Counter[str] = Counter()
        self.splits: Counter[tuple[str, str]] = Counter()
        self.read: Counter[str] = Counter()
        self.dropped: dict[str, Counter[str]] = defaultdict(Counter)
        self.repairs: Counter[str] = Counter()
        self.origins: Counter[tuple[str, str]] = Counter()

    def add(self, row: dict[str, Any], part: str, number: int) -> None:
        while number >= self._ends[self._source]:
            self._source += 1
        self.read[row["lang"]] += 1
        if part == "dropped":
            self.dropped[row["reason"]][row["lang"]] += 1
            return
        self._kept[self._source] += 1
        self.poems[row["lang"]] += 1
        self.splits[part, row["lang"]] += 1
        self.origins[row["source"], row["licence"][:300]] += 1
        self.repairs.update({name.split(":")[0] for name in row["repairs"]})

    def sources(self) -> list[dict[str, Any]]:
        pairs = zip(self._sources, self._kept, strict=True)
        return [source | {"kept": kept} for source, kept in pairs]


def built_from(out: Path, inputs: str) -> dict[str, Any] | None:
    """The manifest of the corpus in `out`, if it was built from these inputs and is whole."""
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        same = manifest["version"] == VERSION and manifest["inputs"] == inputs
        if same and all(
            file_sha256(out / name) == facts["sha256"] for name, facts in manifest["files"].items()
        ):
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none there, or not one of ours: it is built
    return None


def _facts(path: Path) -> dict[str, Any]:
    rows = pq.read_metadata(path).num_rows
    return {"rows": rows, "bytes": path.stat().st_size, "sha256": file_sha256(path)}
