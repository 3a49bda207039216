"""What a machine needs: sizes of the images, seconds to start, memory with readers, under a bound.

    python -m bench.deployment [--images FOLDER] [--page docs/deployment.md]

Wants root on Linux, buildah and debootstrap: the images are built and run as in bench/images.py,
API and page together in one control group. With a folder the images stay there for the next run.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.images import (
    FIRST_VERSION,
    WHY_NOT,
    Builder,
    Container,
    Image,
    make_debian,
    packages,
)
from bench.table import put
from duende.page.client import Ask, Client, Trouble
from duende.poem import Poem

PYTHON_MB = 125
"""What the real base takes, unpacked; the Debian in its place is larger."""
FULL_PYTHON_MB = 1000
"""What python:3.10 takes, which the first version began with."""
CONTROL = Path("/sys/fs/cgroup")
FIRST_LINES = ("The harbour keeps a lamp for those who are late", "La casa guarda la lluvia")
POEMS_A_READER = 3
MACHINES = ((1024, 8, 16), (700, 4, 16), (560, 2, 4))
"""Memory that API and page may have together (MB), slots, places in the queue."""
MARKS = ("<!-- bench: deployment -->", "<!-- /bench: deployment -->")


class Group:
    """A control group of `megabytes` of memory, of either version."""

    def __init__(self, name: str, megabytes: int) -> None:
        old = CONTROL / "memory"
        self._old = old.is_dir()
        self.path = (old if self._old else CONTROL) / name
        self.path.mkdir(exist_ok=True)
        limit = "memory.limit_in_bytes" if self._old else "memory.max"
        (self.path / limit).write_text(str(megabytes << 20))

    @property
    def used(self) -> float:
        """MB that its processes hold and that cannot be had back by dropping what was read."""
        return self._told("memory.stat")["total_rss" if self._old else "anon"] / (1 << 20)

    @property
    def killed(self) -> int:
        """How many of its processes were killed for want of memory."""
        return self._told("memory.oom_control" if self._old else "memory.events")["oom_kill"]

    def _told(self, file: str) -> dict[str, int]:
        rows = (line.split() for line in (self.path / file).read_text().splitlines())
        return {name: int(number) for name, number in rows}

    def close(self) -> None:
        """Give it back, once nobody is in it."""
        self.path.rmdir()


@dataclass(frozen=True)
class Seen:
    """What a machine of some memory did."""

    megabytes: int
    slots: int
    api_seconds: float
    page_seconds: float
    at_rest: float
    one: float
    eight: float
    one_words: float
    eight_words: float
    killed: int


def main() -> None:
    """Measure, print a table, and put it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--read", nargs=2, metavar=("URL", "READERS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(read(asked.read[0], int(asked.read[1]))))
        return
    if WHY_NOT:
        sys.exit(f"No image can be built: {WHY_NOT}.")
    with images(asked.images) as (api, page):
        table = told(api, page, [measure(api, page, *machine) for machine in MACHINES])
    print(table)
    if asked.page:
        text = asked.page.read_text(encoding="utf-8")
        asked.page.write_text(put(text, table, *MARKS), encoding="utf-8")


@contextmanager
def images(folder: Path | None) -> Iterator[tuple[Image, Image]]:
    """Both images: built, or those that an earlier run left in `folder`."""
    with tempfile.TemporaryDirectory() as temporary:
        builder = Builder(folder or Path(temporary) / "images")
        try:
            if not builder.has("duende-page:bench"):
                builder.make_base(make_debian(Path(temporary) / "debian"))
                builder.build("bench")
            yield builder.image("duende-api:bench"), builder.image("duende-page:bench")
        finally:
            builder.close(keep=folder is not None)


def measure(api_image: Image, page_image: Image, megabytes: int, slots: int, queue: int) -> Seen:
    """Start both, let one and then eight read, and look at their memory all the while."""
    group = Group("duende-bench", megabytes)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder)
        began = time.monotonic()
        api = Container(
            api_image,
            log=log / "api",
            group=group.path,
            DUENDE_SLOTS=str(slots),
            DUENDE_QUEUE=str(queue),
        )
        wait(api)
        api_seconds = time.monotonic() - began
        began = time.monotonic()
        page = Container(page_image, log=log / "page", group=group.path, beside=api)
        wait(page)
        page_seconds = time.monotonic() - began
        try:
            at_rest = group.used
            (one, one_words), (eight, eight_words) = (peak(group, api, count) for count in (1, 8))
        finally:
            for container in (page, api):
                container.stop(30)
    seen = Seen(
        *(megabytes, slots, api_seconds, page_seconds, at_rest),
        *(one, eight, one_words, eight_words, group.killed),
    )
    group.close()
    return seen


def wait(container: Container) -> None:
    """Wait until its health check passes."""
    while not container.healthy():
        if container.process.poll() is not None:
            sys.exit("A container ended by itself.")
        time.sleep(0.1)


def peak(group: Group, api: Container, readers: int) -> tuple[float, float]:
    """The most MB while so many read, and the words that they got in a second."""
    most, over = 0.0, threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.1):
            most = max(most, group.used)

    looking = threading.Thread(target=look)
    looking.start()
    command = (sys.executable, "-m", "bench.deployment", "--read", "http://127.0.0.1:8000")
    answer = api.enter(*command, str(readers), network_only=True)
    over.set()
    looking.join()
    if answer.returncode:
        sys.exit(answer.stderr)
    return most, float(json.loads(answer.stdout))


def read(url: str, readers: int) -> float:
    """Let so many readers ask for poems, one after another; words a second of all together."""

    def one(number: int) -> int:
        words = 0
        for poem in range(POEMS_A_READER):
            words += write(Ask(FIRST_LINES[(number + poem) % 2], seed=100 * number + poem))
        return words

    def write(ask: Ask) -> int:
        while True:
            try:
                *_, last = Client(url).write(ask)
            except Trouble as trouble:
                if trouble.kind != "busy":
                    raise
                time.sleep(1)
            else:
                assert isinstance(last, Poem), "what the client yields last"
                return last.words

    began = time.monotonic()
    with ThreadPoolExecutor(readers) as pool:
        words = sum(pool.map(one, range(readers)))
    return words / (time.monotonic() - began)


def told(api: Image, page: Image, machines: Sequence[Seen]) -> str:
    """The two tables."""
    sizes = [
        "| image | on top of its base | with it | the first version's, without its model |",
        "|---|---|---|---|",
        *(
            f"| {name} | {image.size - image.base_size:.0f} MB "
            f"| some {image.size - image.base_size + PYTHON_MB:.0f} MB "
            f"| more than {packages(*FIRST_VERSION[name]) + FULL_PYTHON_MB:.0f} MB |"
            for name, image in (("api", api), ("page", page))
        ),
    ]
    rows = [
        "| memory for both | slots | API ready | page ready | at rest | one reader | eight "
        "| words/s, one | words/s, eight | killed |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {each.megabytes} MB | {each.slots} | {each.api_seconds:.1f} s "
            f"| {each.page_seconds:.1f} s | {each.at_rest:.0f} MB | {each.one:.0f} MB "
            f"| {each.eight:.0f} MB | {each.one_words:.0f} | {each.eight_words:.0f} "
            f"| {each.killed} |"
            for each in machines
        ),
    ]
    return "\n".join([*sizes, "", *rows])


if __name__ == "__main__":
    main()
