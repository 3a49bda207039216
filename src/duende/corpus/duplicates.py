"""Finds copies: poems of the same words, and poems that share most of their word triples.

Signatures (MinHash, Broder 1997) are made batch by batch; whoever shares a band of one is compared
(locality-sensitive hashing); the most complete copy stays. Only a few numbers a poem are held, the
signatures stay on disk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

PERMUTATIONS = 128
BANDS = 32
"""Of four numbers each: two poems that share half of their triples meet with a chance of 87 %,
those that share 0.6 with 99 %."""
SEED = 20
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
SHINGLE = 3
NEAR = 0.5
"""Share of word triples in common from which two poems are copies of one."""
LARGEST_COMPARED = 64
"""Copies of one poem that are all compared; of more, each is compared with the fullest alone."""


def signatures(texts: Sequence[str]) -> list[bytes]:
    """Give each text's MinHash signature over its word triples: 128 numbers of 32 bits.

    >>> whole, cut = signatures(["canta el agua en la noche del rio", "canta el agua en la noche"])
    >>> share_in_common(whole, cut) > 0.4
    True
    """
    sets = []
    for text in texts:
        words = text.split()
        sets.append(
            {" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}
        )
    # Tokens in a fixed order, so that the bytes do not depend on Python's hashing of text.
    rows = RMinHash.digests_from_token_sets([sorted(each) for each in sets], PERMUTATIONS, SEED)
    return [np.asarray(row, dtype="<u4").tobytes() for row in rows]


def share_in_common(first: bytes, second: bytes) -> float:
    """Estimate the share of triples that two texts have in common (Jaccard), within some 0.04."""
    one, other = np.frombuffer(first, "<u4"), np.frombuffer(second, "<u4")
    return float(np.mean(one == other))


@dataclass(frozen=True)
class Copies:
    """For each poem by its number: the number of the copy that stays, or its own; and the kind."""

    stays: NDArray[np.int64]
    exact: NDArray[np.bool_]

    def of(self, number: int) -> tuple[int, str]:
        """The number of the poem that stays in place of `number`, and why ("" if it stays)."""
        stays = int(self.stays[number])
        if stays == number:
            return stays, ""
        return stays, "exact duplicate" if self.exact[number] else "near duplicate"


class Marks:
    """The marks of all poems that are still in: files of signatures, and a few numbers a poem.

    A band has a file of its own, so that one band at a time is read.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._signed = folder / "signatures"
        self._banded = [folder / f"band-{band:02}" for band in range(BANDS)]
        self._files = [path.open("wb") for path in (self._signed, *self._banded)]
        self._same: list[NDArray[Any]] = []
        self._fullness: list[NDArray[np.int64]] = []
        self._groups: list[NDArray[np.int64]] = []
        self._numbers: list[NDArray[np.int64]] = []

    def add(
        self,
        numbers: Sequence[int],
        same_words: Sequence[bytes],
        fullness: Sequence[int],
        groups: Sequence[int],
        signatures: Sequence[bytes],
    ) -> None:
        """Add poems: their numbers, hash of words, completeness, language and signature."""
        self._numbers.append(np.asarray(numbers, dtype=np.int64))
        self._same.append(np.frombuffer(b"".join(each[:8] for each in same_words), dtype="<u8"))
        self._fullness.append(np.asarray(fullness, dtype=np.int64))
        self._groups.append(np.asarray(groups, dtype=np.int64))
        joined = b"".join(signatures)
        self._files[0].write(joined)
        bands = np.frombuffer(joined, "<u4").reshape(-1, BANDS, PERMUTATIONS // BANDS)
        # Multiply and add is hash enough: what meets by chance is compared whole.
        key = np.repeat(self._groups[-1].astype(np.uint64)[:, None], BANDS, axis=1)
        for column in range(PERMUTATIONS // BANDS):
            key = key * MULTIPLIER + bands[:, :, column]
        for file, column_of_keys in zip(self._files[1:], key.T, strict=True):
            file.write(column_of_keys.astype("<u8").tobytes())

    def find(self, total: int) -> Copies:
        """Find the copies among the poems added, of `total` in all."""
        for file in self._files:
            file.close()
        stays = np.arange(total, dtype=np.int64)
        exact = np.zeros(total, dtype=bool)
        if not sum(map(len, self._numbers)):
            return Copies(stays, exact)
        numbers = np.concatenate(self._numbers)
        same = np.concatenate(self._same)
        fullness = np.concatenate(self._fullness)
        group = np.concatenate(self._groups)
        signed = np.memmap(self._signed, dtype="<u4", mode="r", shape=(len(numbers), PERMUTATIONS))
        # The fullest first, of equals the first read: whoever comes first in this order stays.
        rank = np.empty(len(numbers), dtype=np.int64)
        rank[np.lexsort((numbers, -fullness))] = np.arange(len(numbers))
        owner = np.arange(len(numbers))
        for run in _runs(np.lexsort((rank, same, group)), same, group):
            owner[run[1:]] = run[0]
            exact[numbers[run[1:]]] = True
        left = np.flatnonzero(owner == np.arange(len(numbers)))
        pairs = _alike(signed, left, self._banded)
        for cluster in _clusters(pairs):
            _settle(sorted(cluster, key=lambda row: rank[row]), signed, owner)
        for row in np.flatnonzero(owner != np.arange(len(numbers))):
            last = owner[row]
            while owner[last] != last:
                last = owner[last]
            stays[numbers[row]] = numbers[last]
        del signed
        return Copies(stays, exact)


def _runs(order: NDArray[np.int64], *keys: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """The runs of two or more rows that are equal in every key, of rows in sorted order."""
    if len(order) < 2:
        return
    differs = np.zeros(len(order) - 1, dtype=bool)
    for key in keys:
        differs |= key[order[1:]] != key[order[:-1]]
    edges = np.concatenate(([0], np.flatnonzero(differs) + 1, [len(order)]))
    for start in np.flatnonzero(np.diff(edges) > 1):
        yield order[edges[start] : edges[start + 1]]


def _alike(signed: Any, rows: NDArray[np.int64], banded: list[Path]) -> NDArray[np.int64]:
    """Pairs of rows that share a band and, compared whole, are near enough."""
    found = np.empty((0, 2), dtype=np.int64)
    for path in banded:
        key = np.fromfile(path, dtype="<u8")[rows]
        order = np.argsort(key, kind="stable")
        meeting = np.flatnonzero(key[order[1:]] == key[order[:-1]])
        pairs = [np.stack([order[meeting], order[meeting + 1]], axis=1)]
        pairs.extend(
            np.stack([np.repeat(run[0], len(run) - 1), run[1:]], axis=1)
            for run in _runs(order, key)
            if len(run) > 2
        )
        met = np.sort(rows[np.concatenate(pairs)], axis=1)
        found = np.unique(np.concatenate([found, met]), axis=0)
    near = [
        np.mean(signed[some[:, 0]] == signed[some[:, 1]], axis=1) >= NEAR
        for some in np.array_split(found, len(found) // 10_000 + 1)
    ]
    alike: NDArray[np.int64] = found[np.concatenate(near)]
    return alike


def _clusters(pairs: NDArray[np.int64]) -> Iterator[list[int]]:
    """The connected parts of a graph of pairs."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for first, second in pairs.tolist():
        one, other = root(first), root(second)
        parent[max(one, other)] = min(one, other)
    clusters: dict[int, list[int]] = {}
    for row in sorted(parent):
        clusters.setdefault(root(row), []).append(row)
    yield from clusters.values()


def _settle(cluster: list[int], signed: Any, owner: NDArray[np.int64]) -> None:
    """Within a cluster, fullest first: who is near to one that stays is its copy."""
    stay = [cluster[0]]
    for row in cluster[1:]:
        compared = stay if len(cluster) <= LARGEST_COMPARED else stay[:1]
        likeness = [float(np.mean(signed[row] == signed[other])) for other in compared]
        best = int(np.argmax(likeness))
        if likeness[best] >= NEAR:
            owner[row] = compared[best]
        else:
            stay.append(row)
