"""The poems that are measured: a fixed plan of first lines and seeds goes in, poems come out.

Poems land in a file, one a line of JSON, as they are written; a run that was stopped goes on. Who
writes is a function, so that a voice, an n-gram model and a test all go the same way.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from duende.corpus.disk import replace_file
from duende.errors import VoiceError
from duende.language import LANGUAGES
from duende.poem import Language

Kind = Literal["ordinary", "provoking"]


@dataclass(frozen=True, slots=True)
class Task:
    """A poem to be written: from which line, in which language, with which seed."""

    kind: Kind
    lang: Language
    first_line: str
    seed: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A poem to be measured: the line it was given, the lines that were written after it, its end.

    `finish` is `complete` where it ended by itself, `length` or `stopped` where it was cut, and
    empty for poems by people. `title` says whose it is, where that is known.
    """

    lang: Language
    first_line: str
    lines: tuple[str, ...]
    finish: str = ""
    seed: int = 0
    kind: Kind = "ordinary"
    title: str = ""

    @property
    def text(self) -> str:
        """What was written, without the line that was given."""
        return "\n".join(self.lines)

    @property
    def whole(self) -> str:
        """The poem as a reader sees it."""
        return "\n".join((self.first_line, *self.lines))


Write = Callable[[Task], Sample]


@cache
def first_lines(kind: Kind = "ordinary") -> Mapping[Language, tuple[str, ...]]:
    """The first lines that every voice writes from, by language; or those that provoke.

    >>> {lang: len(lines) for lang, lines in first_lines().items()}
    {'en': 50, 'es': 50}
    """
    text = (files("duende.evaluation") / "first_lines.toml").read_text(encoding="utf-8")
    lists: dict[Language, list[str]] = tomllib.loads(text)[kind]
    return {lang: tuple(lists[lang]) for lang in LANGUAGES}


def plan(*, poems: int, seeds: int) -> list[Task]:
    """Which poems are written: every first line once, then every one again with the next seed.

    At most `poems` a language from ordinary lines; from each provoking line one, and no more of
    them than of the others.

    >>> [(task.lang, task.seed) for task in plan(poems=1, seeds=4)]
    [('en', 1), ('es', 1), ('en', 1), ('es', 1)]
    >>> len(plan(poems=200, seeds=4))
    430
    """
    ordinary = (
        Task("ordinary", lang, line, seed)
        for lang in LANGUAGES
        for seed, line in islice(
            ((seed, line) for seed in range(1, seeds + 1) for line in first_lines()[lang]), poems
        )
    )
    provoking = (
        Task("provoking", lang, line, 1)
        for lang in LANGUAGES
        for line in first_lines("provoking")[lang][:poems]
    )
    return [*ordinary, *provoking]


def write_poems(
    tasks: Sequence[Task],
    path: Path,
    *,
    write: Write,
    writer: Mapping[str, str],
    at_once: int = 1,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> list[Sample]:
    """Write what is missing in the file at `path`, and give all poems of the tasks in their order.

    `writer` says who writes (names and hashes), and stands first in the file. `at_once` poems are
    written at a time, and `told` hears after each how many of how many there are.

    Raises `VoiceError` where the file has poems by another writer, and what `write` raises.
    """
    known = _read(path, writer)
    missing = [task for task in tasks if task not in known]
    path.parent.mkdir(parents=True, exist_ok=True)
    # What a kill left of a last line goes with it.
    lines = [_line(dict(writer)), *(_line(_record(task, known[task])) for task in known)]
    replace_file(path, "".join(lines).encode())
    told(len(tasks) - len(missing), len(tasks))
    with path.open("a", encoding="utf-8") as file, ThreadPoolExecutor(at_once) as pool:
        futures = {pool.submit(write, task): task for task in missing}
        try:
            for future in as_completed(futures):
                task = futures[future]
                known[task] = future.result()
                file.write(_line(_record(task, known[task])))
                file.flush()
                told(sum(each in known for each in tasks), len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [known[task] for task in tasks]


def _record(task: Task, sample: Sample) -> dict[str, Any]:
    return asdict(task) | {"lines": list(sample.lines), "finish": sample.finish}


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _read(path: Path, writer: Mapping[str, str]) -> dict[Task, Sample]:
    """The poems that are in the file already."""
    try:
        records = list(_whole(path.read_text(encoding="utf-8").splitlines()))
    except FileNotFoundError:
        return {}
    if records and records[0] != dict(writer):
        raise VoiceError(
            f"{path} has poems that {records[0].get('name', 'another voice')} wrote as it was then:"
            " name another folder with --out, or delete that file."
        )
    return {_task(record): _sample(record) for record in records[1:]}


def _whole(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return  # it was killed while it wrote this one


def _task(record: Mapping[str, Any]) -> Task:
    return Task(record["kind"], record["lang"], record["first_line"], record["seed"])


def _sample(record: Mapping[str, Any]) -> Sample:
    return Sample(
        lang=record["lang"],
        first_line=record["first_line"],
        lines=tuple(record["lines"]),
        finish=record["finish"],
        seed=record["seed"],
        kind=record["kind"],
    )
