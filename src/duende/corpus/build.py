"""Poems in from any source, a corpus out: this is the list of steps.

    read       sources → shards of entries as they were found          sources, readers/
    prepare    repair, cut the paratext, judge by rules and language   prepare (pure, any engine)
    compare    copies are found over all of them                       duplicates
    publish    split by author; tables, manifest, card                 publish

Between read and publish everything lies in OUT/.work, in shards that are written whole or not at
all and named after what is in them: a build that was killed goes on from there when run again.
"""

import errno
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from tqdm import tqdm

from duende.corpus import publish, tables
from duende.corpus.duplicates import Copies, Marks
from duende.corpus.engines.shards import Steps
from duende.corpus.entry import Entry, Problem
from duende.corpus.readers.columns import whole
from duende.corpus.sources import Source
from duende.errors import CorpusError, DiskFull, SourceError
from duende.language import LANGUAGES

ENGINES = ("local", "ray")
PROBLEMS_TOLD = 100
"""Problems that the manifest names; the others are counted."""


@dataclass
class Reading:
    """What was read: problems, and for each source how many entries."""

    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    counts: list[int] = field(default_factory=list)

    def complain(self, problem: Problem) -> None:
        """Note a problem; the first hundred are kept word for word."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_TOLD:
            # The names of files and columns need not be text.
            self.problems.append(Problem(whole(problem.file), problem.line, whole(problem.why)))


@dataclass(frozen=True)
class Built:
    """A corpus that was built: its folder, its manifest, and whether it was there already."""

    folder: Path
    manifest: dict[str, Any]
    already: bool = False

    @property
    def whole(self) -> bool:
        """Whether all of the input could be read."""
        return not self.manifest["problems"]["count"]


def build(
    sources: Sequence[Source],
    out: Path,
    *,
    engine: str = "local",
    workers: int = 2,
    public_domain_only: bool = False,
    progress: bool = False,
) -> Built:
    """Build a corpus from `sources` into the folder `out`.

    The same sources give the same bytes, with any engine and any number of workers. A folder that
    holds just this corpus is left as it is.

    Where the rules leave no poem, the corpus says why of each. Raises `SourceError` where no poem
    can be read at all or `out` lies within a source, `DiskFull`, and `CorpusError` where `out`
    cannot be written to or the engine is not known.
    """
    if engine not in ENGINES:
        raise CorpusError(f"There is no engine {engine!r}: say one of {', '.join(ENGINES)}.")
    year = date.today().year if public_domain_only else None
    steps = Steps(public_domain_in=year)
    sources = _told_apart(sources)
    _outside(out, sources)
    with _room_left(out), _alone(out):
        held = [source.files() for source in sources]
        inputs = _inputs(sources, held, steps)
        if manifest := publish.built_from(out, inputs):
            return Built(out, manifest, already=True)
        work = out / ".work"
        found, prepared = work / "read", work / f"prepared-{inputs[:16]}"
        for folder in (found, prepared):
            folder.mkdir(parents=True, exist_ok=True)
        reading = Reading()
        shards = _read(sources, found, reading)
        ready = []
        with tqdm(desc="read and prepared", unit=" poems", disable=not progress) as bar:
            for shard in _run(engine, shards, prepared, steps, workers):
                ready.append(shard)
                bar.update(pq.read_metadata(shard).num_rows)
        if not ready:
            why = f" {reading.problems[0]}" if reading.problems else ""
            raise SourceError(f"No poem could be read.{why}")
        copies = _compare(ready, work / "marks")
        manifest = publish.publish(
            ready,
            copies,
            out,
            inputs=inputs,
            public_domain_in=year,
            sources=[
                {"name": source.name, "address": source.address, "licence": source.licence}
                | {"files": [_file(*each) for each in files], "read": count}
                for source, files, count in zip(sources, held, reading.counts, strict=True)
            ],
            problems={
                "count": reading.problem_count,
                "first": [str(problem) for problem in reading.problems],
            },
            progress=progress,
        )
        shutil.rmtree(work)
    return Built(out, manifest)


def _read(sources: Sequence[Source], folder: Path, reading: Reading) -> Iterator[Path]:
    """Write what the sources hold as shards, and yield each; what is there already stays."""
    number = 0
    waiting: list[Entry] = []

    def shard() -> Path:
        nonlocal number
        # An engine may give the rows back in any order: each carries its number.
        order = pa.array(range(len(waiting)), pa.int32())
        table = tables.to_table(waiting).append_column("number", order)
        digest = sha256(repr(waiting).encode("utf-8", "surrogatepass")).hexdigest()
        path = folder / f"{number:06}-{digest[:16]}.parquet"
        if not tables.there(path):
            for stale in folder.glob(f"{number:06}-*.parquet"):
                stale.unlink()
            tables.write(table, path)
        number += 1
        waiting.clear()
        return path

    for source in sources:
        reading.counts.append(0)
        try:
            for entry in source.read(reading.complain):
                reading.counts[-1] += 1
                waiting.append(entry)
                if len(waiting) == tables.SHARD:
                    yield shard()
        except SourceError as error:
            reading.complain(Problem(source.name, 0, str(error)))
    if waiting:
        yield shard()


def _run(
    engine: str, shards: Iterator[Path], prepared: Path, steps: Steps, workers: int
) -> Iterator[Path]:
    if engine == "ray":
        from duende.corpus.engines import ray

        return ray.run(shards, prepared, steps)
    from duende.corpus.engines import local

    return local.run(shards, prepared, steps, workers=workers)


def _compare(shards: Sequence[Path], folder: Path) -> Copies:
    """Find the copies among the poems that the rules left in."""
    marks = Marks(folder)
    total = 0
    columns = ["reason", "lang", "words", "text", "author", "same_words", "signature"]
    for shard in shards:
        table = pq.read_table(shard, columns=columns)
        left = [number for number, reason in enumerate(table["reason"].to_pylist()) if not reason]
        rows = table.take(pa.array(left, pa.int64()))
        # Of copies of as many words, one with its author, then one with its stanza breaks.
        breaks = [min(text.count("\n\n"), 999) for text in rows["text"].to_pylist()]
        known = [1000 * bool(author) for author in rows["author"].to_pylist()]
        counts = rows["words"].to_pylist()
        marks.add(
            [total + number for number in left],
            rows["same_words"].to_pylist(),
            [2000 * n + a + b for n, a, b in zip(counts, known, breaks, strict=True)],
            [LANGUAGES.index(lang) for lang in rows["lang"].to_pylist()],
            rows["signature"].to_pylist(),
        )
        total += table.num_rows
    return marks.find(total)


def _inputs(
    sources: Sequence[Source], held: Sequence[list[tuple[str, int, str]]], steps: Steps
) -> str:
    """A hash of all that decides what comes out: the sources' bytes, the steps, their settings."""
    digest = sha256(repr(steps).encode())
    here = Path(__file__).parent
    for file in sorted(
        [*here.glob("*.*"), *here.glob("readers/*.py"), here.parent / "language.py"]
    ):
        digest.update(file.read_bytes())
    for source, files in zip(sources, held, strict=True):
        facts = (source.name, source.reader, source.lang, source.licence, source.address)
        # A dataset of the hub may change behind its name: it is read every time.
        digest.update(repr((facts, files or date.today().isoformat())).encode())
    return digest.hexdigest()


def _file(name: str, size: int, digest: str) -> dict[str, object]:
    return {"name": name, "bytes": size, "sha256": digest}


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Let one build at a time work in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise CorpusError(f"Another build is at work in {out}: wait for it, or stop it.") from error
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):  # it is no part of the corpus
            (out / ".lock").unlink()


@contextmanager
def _room_left(out: Path) -> Iterator[None]:
    """Turn a full disk, and a folder that cannot be written to, into a sentence."""
    try:
        yield
    except OSError as error:
        # Arrow tells of it in words, the system in a number.
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            raise DiskFull(
                f"The disk that holds {out} is full. Make room and run the same command again: "
                "it goes on from where it was."
            ) from error
        if os.path.isfile(out):  # unlike Path's, it takes any name
            raise CorpusError(f"{out} is a file: give a folder for the corpus.") from error
        path, why = error.filename or out, error.strerror or str(error)
        raise CorpusError(f"{str(path)[:500]} cannot be read or written: {why}.") from error


def _outside(out: Path, sources: Sequence[Source]) -> None:
    """See that the corpus is not written into what it is read from."""
    for source in sources:
        try:
            within = source.path.is_dir() and out.resolve().is_relative_to(source.path.resolve())
        except (OSError, RuntimeError):  # what is wrong with it is told when it is opened
            continue
        if within:
            raise SourceError(f"{out} lies within the source {source.place}: choose another place.")


def _told_apart(sources: Sequence[Source]) -> list[Source]:
    """Number the names of files that are called alike."""
    seen: Counter[str] = Counter()
    made = []
    for source in sources:
        seen[source.name] += 1
        alike = seen[source.name] > 1 and source.name == source.path.name
        made.append(
            replace(source, name=f"{source.name} ({seen[source.name]})") if alike else source
        )
    return made
