"""Measures `duende build`: time and memory against the number of poems and of workers.

    python -m bench.corpus                     10,000, 100,000 and 1,000,000 synthetic poems
    python -m bench.corpus --sizes 2000 20000  other sizes
    python -m bench.corpus --source FILE …     real sources instead, once with each --workers

The synthetic poems are of words drawn with the frequencies of language (Zipf), half English and
half Spanish; one in twenty is a copy with a verse more, one in twenty too short. Memory is that of
all processes together, what they share counted once (proportional set size).
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import psutil

from bench.machine import facts

RESULTS = Path(__file__).with_name("corpus.json")
SIZES = (10_000, 100_000, 1_000_000)
MARKS = {
    "en": ["the", "and", "of", "a", "to", "in", "my", "with", "that", "her", "is", "for", "on"],
    "es": ["de", "la", "que", "el", "en", "y", "los", "se", "mi", "con", "las", "su", "por"],
}
SYLLABLES = {
    "en": ["wind", "stone", "light", "er", "ing", "moon", "ly", "shore", "dark", "ness", "bright"],
    "es": ["ma", "re", "lu", "ción", "so", "ña", "do", "ver", "mente", "río", "cla"],
}


@dataclass(frozen=True)
class Run:
    """One build: poems read and kept, seconds, megabytes at most, workers."""

    poems: int
    kept: int
    seconds: float
    megabytes: int
    workers: int


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.corpus",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--source", nargs="+", default=[])
    parser.add_argument("--workers", type=int, nargs="+", default=[psutil.cpu_count() or 1])
    parser.add_argument("--keep", action="store_true", help="write bench/corpus.json")
    asked = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in [0] if asked.source else asked.sizes:
            sources = asked.source or [str(write(Path(folder) / f"{size}.jsonl", size))]
            for workers in asked.workers:
                runs.append(build(sources, Path(folder) / "corpus", workers))
                print(table(runs[-1:]) if len(runs) == 1 else row(runs[-1]), flush=True)
    if asked.keep:
        kept = {"machine": facts(), "runs": [asdict(run) for run in runs]}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def table(runs: list[Run]) -> str:
    """The runs as a Markdown table."""
    heads = ["Poems read", "kept", "workers", "seconds", "poems a second", "MB at most"]
    lines = [f"| {' | '.join(heads)} |", "|---:" * len(heads) + "|", *map(row, runs)]
    return "\n".join(lines)


def row(run: Run) -> str:
    """A run as a row of that table."""
    cells = [
        *(f"{run.poems:,}", f"{run.kept:,}", f"{run.workers}", f"{run.seconds:.0f}"),
        *(f"{run.poems / run.seconds:,.0f}", f"{run.megabytes:,}"),
    ]
    return f"| {' | '.join(cells)} |"


def build(sources: list[str], out: Path, workers: int) -> Run:
    """Run `duende build` as a person would, from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    named = [part for source in sources for part in ("--source", source)]
    command = [sys.executable, "-m", "duende", "build", *named, "--out", str(out)]
    begun = time.monotonic()
    child = subprocess.Popen(
        [*command, "--workers", str(workers)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = Highest(child.pid)
    code = child.wait()
    seconds = time.monotonic() - begun
    if code not in (0, 3):
        sys.exit(f"{' '.join(command)} ended with {code}")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(out)
    return Run(
        poems=sum(manifest["read"].values()),
        kept=sum(manifest["poems"].values()),
        seconds=seconds,
        megabytes=most.stop(),
        workers=workers,
    )


class Highest:
    """Watches a process and its children, and keeps the most memory that they had together."""

    def __init__(self, process: int) -> None:
        self._process = psutil.Process(process)
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """End the watch, and give the most in megabytes."""
        self._done.set()
        self._thread.join()
        return self._most // 1_000_000

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            together = 0
            try:
                for each in [self._process, *self._process.children(recursive=True)]:
                    memory = each.memory_full_info()
                    together += getattr(memory, "pss", memory.rss)
            except psutil.Error:
                continue  # it ended while it was looked at
            self._most = max(self._most, together)


def write(path: Path, count: int) -> Path:
    """Write `count` synthetic poems as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for poem in poems(count):
            file.write(json.dumps(poem, ensure_ascii=False) + "\n")
    return path


def poems(count: int, *, seed: int = 1) -> Iterator[dict[str, str]]:
    """Make synthetic poems, the same for the same seed, one at a time."""
    generator = random.Random(seed)
    words = {lang: vocabulary(lang, generator) for lang in MARKS}
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words["en"]))))
    last: dict[str, list[str]] = {lang: [] for lang in MARKS}
    for number in range(count):
        lang = generator.choice(("en", "es"))
        kind = number % 20
        if kind == 7 and last[lang]:  # a copy with a verse more
            lines = [
                *last[lang],
                " ".join(generator.choices(words[lang], cum_weights=weights, k=7)),
            ]
        else:
            lines = [
                " ".join(generator.choices(words[lang], cum_weights=weights, k=7))
                for _ in range(generator.choice((8, 14, 14, 20, 32)))
            ]
        last[lang] = lines
        if kind == 13:  # breaks a rule
            lines = lines[:3]
        stanzas = ["\n".join(lines[at : at + 4]) for at in range(0, len(lines), 4)]
        author = f"Author {generator.randrange(max(10, count // 40))}"
        yield {"title": lines[0], "author": author, "lang": lang, "text": "\n\n".join(stanzas)}


def vocabulary(lang: str, generator: random.Random, size: int = 20_000) -> list[str]:
    """Words, the most frequent first: small words of the language, then made-up ones."""
    made: dict[str, None] = dict.fromkeys(MARKS[lang])
    while len(made) < size:
        made["".join(generator.choices(SYLLABLES[lang], k=generator.choice((2, 3, 4, 5))))] = None
    return list(made)


if __name__ == "__main__":
    main()
