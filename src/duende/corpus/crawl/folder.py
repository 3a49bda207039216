"""What a crawl keeps: poems.jsonl, the pages that were set aside, the report.

    FOLDER/poems.jsonl         a poem a line
    FOLDER/aside/*.html        pages that did not parse; aside.jsonl has their addresses and why
    FOLDER/report.json         what the last run did
    FOLDER/.state/             which site this is, the pages that were fetched, the log, the lock

Every line is whole or is not there: a line that a kill has cut is taken away when the folder is
opened again. A poem is known by its address, so it is written once.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any

from duende.corpus.crawl.sites import Site
from duende.corpus.disk import replace_file
from duende.errors import DiskFull, SourceError

STATE = ".state"
POEM = ("id", "lang", "title", "author", "author_death_year", "text", "source", "place", "licence")


@contextmanager
def written_or_told(place: Path) -> Iterator[None]:
    """Turn a full disk and a forbidden folder into a sentence."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk is full: make room for {place} and run the same command again."
            ) from None
        raise SourceError(f"{place} cannot be written: {problem.strerror or problem}.") from None


class Folder:
    """A folder that one crawl writes to, opened with `with`."""

    def __init__(self, place: Path, site: Site, root: str) -> None:
        self.place = place
        self.site = site
        self.root = root
        self.known: set[str] = set()
        self.aside: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "Folder":
        with written_or_told(self.place):
            for each in ("aside", STATE):
                (self.place / each).mkdir(parents=True, exist_ok=True)
            self._belongs()
            poems = self.place / "poems.jsonl"
            self.known = set(healed(poems, key="place", needs=("id",)))
            notes = self.place / "aside" / "aside.jsonl"
            self.aside = healed(notes, key="url", needs=("url", "file", "why"))
            # Unbuffered: what a full disk does not take must not be tried again when it is closed.
            self._poems = poems.open("ab", buffering=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._poems.close()

    def write(self, place: str, *, title: str, author: str, year: int | None, text: str) -> bool:
        """Add a poem; False where its address is known already."""
        if place in self.known:
            return False
        values = (
            f"{self.site.key}:{place.removeprefix(self.root)}",
            self.site.language,
            title,
            author,
            year,
            text,
            self.site.key,
            place,
            self.site.licence,
        )
        record = json.dumps(dict(zip(POEM, values, strict=True)), ensure_ascii=False)
        line = record.encode("utf-8", "replace") + b"\n"
        with written_or_told(self.place):
            if self._poems.write(line) < len(line):
                raise OSError(errno.ENOSPC, "only a part of the line was written")
        self.known.add(place)
        return True

    def set_aside(self, url: str, html: str, why: str) -> None:
        """Keep a page that does not parse, with the reason; the page first, its line after it."""
        file = blake2b(url.encode(), digest_size=8).hexdigest() + ".html"
        note = {"url": url, "file": file, "why": why}
        if self.aside.get(url) == note:
            return
        with written_or_told(self.place):
            (self.place / "aside" / file).write_text(html, encoding="utf-8", errors="replace")
        self.aside[url] = note
        self._write_aside()

    def mended(self, url: str) -> None:
        """A page parses: if it was aside, the site or its table was mended since then."""
        if self.aside.pop(url, None):
            self._write_aside()

    def report(self, report: dict[str, Any]) -> None:
        """Write report.json."""
        with written_or_told(self.place):
            told = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
            replace_file(self.place / "report.json", told.encode(errors="replace"))

    def _write_aside(self) -> None:
        folder = self.place / "aside"
        lines = [json.dumps(each, ensure_ascii=False) + "\n" for each in self.aside.values()]
        with written_or_told(self.place):
            replace_file(folder / "aside.jsonl", "".join(lines).encode(errors="replace"))
            kept = {each["file"] for each in self.aside.values()}
            for file in folder.glob("*.html"):
                if file.name not in kept:
                    file.unlink()

    def _belongs(self) -> None:
        """A folder holds one site: poems of two would be told apart by nobody."""
        mark = self.place / STATE / "site.json"
        mine = {"site": self.site.key, "address": self.root}
        try:
            theirs = json.loads(mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            replace_file(mark, (json.dumps(mine) + "\n").encode())
            return
        if theirs != mine:
            raise SourceError(
                f"{self.place} already holds poems from {theirs.get('address', 'another site')}: "
                "choose another folder."
            )


def healed(file: Path, *, key: str, needs: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """What a JSONL file says under `needs`, by its key, each once.

    Lines that are no such record, as the last one after a kill, and those that come twice are taken
    out of the file.
    """
    good: dict[str, dict[str, Any]] = {}
    bad: set[int] = set()
    if not file.exists():
        return good
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            record = _record(line, (key, *needs))
            if record is None or record[key] in good:
                bad.add(number)
            else:
                good[record[key]] = {name: record[name] for name in needs}
    if bad:
        new = file.with_name(file.name + ".new")
        with file.open("rb") as lines, new.open("wb") as copy:
            copy.writelines(line for number, line in enumerate(lines) if number not in bad)
        os.replace(new, file)
    return good


def _record(line: bytes, needs: tuple[str, ...]) -> dict[str, Any] | None:
    """The record in a line, if the line is whole and is one."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(record, dict) and all(name in record for name in needs)
    return record if whole else None
