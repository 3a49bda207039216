"""Starts a crawl, shows how it goes, and tells how it ended."""

import dataclasses
import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from duende import errors
from duende.corpus.crawl.folder import STATE, written_or_told
from duende.corpus.crawl.report import Fetched
from duende.corpus.crawl.sites import Site, known_site
from duende.errors import SourceError

PublicDomain = Callable[[str, int | None], bool]
"""Whether an author's poems are free to all: their name and the year of their death in."""


def _silent(sentence: str) -> None:
    """Where sentences go when nobody listens."""


def fetch(
    site: str | Site,
    out: Path,
    *,
    contact: str,
    limit: int | None = None,
    address: str | None = None,
    public_domain: PublicDomain | None = None,
    delay: float = 1.5,
    first_wait: float = 5.0,
    timeout: float = 30.0,
    say: Callable[[str], None] = _silent,
) -> Fetched:
    """Bring the poems of a site into a folder; run it again to go on where it ended.

    `contact` is an e-mail or an address that the site's owner can write to; it goes with every
    request. `address` is a mirror to read instead of the site. `limit` counts the poems in the
    folder. Between two pages are at least `delay` seconds; after a failure comes a rest of
    `first_wait` seconds, twice as long each time; a page has `timeout` seconds to arrive. Ctrl-C
    ends it after the page that is being read; a second one at once. Raises `SourceError` when the
    site refuses us or is not what its table says; what was got by then is kept.
    """
    if find_spec("scrapy") is None:
        raise SourceError("Scrapy is not installed: pip install 'duende[corpus]'")
    from duende.corpus.crawl.pages import check

    site = known_site(site) if isinstance(site, str) else site
    check(site)
    if address is not None and not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", address):
        raise SourceError(f"{address!r} is no address of a site: it must begin with http.")
    job = {
        "site": dataclasses.asdict(site),
        "folder": str(out),
        "agent": user_agent(contact),
        "address": address and address.rstrip("/") + "/",
        "limit": limit,
        "choosy": public_domain is not None,
        "delay": delay,
        "first_wait": first_wait,
        "timeout": timeout,
    }
    with written_or_told(out):
        (out / STATE).mkdir(parents=True, exist_ok=True)
        log = (out / STATE / "crawl.log").open("ab")
    with log, _Child(job, log) as child:
        report = _follow(child, site.name, limit, public_domain, say)
    if report.ended == "interrupted":
        say(f"Stopped. {report} Run the same command again to go on.")
    return report


def user_agent(contact: str) -> str:
    """Who we are and where to complain.

    >>> user_agent("ana@example.org").split(" ", 1)[1]
    '(+ana@example.org)'
    >>> user_agent("")
    Traceback (most recent call last):
    ...
    duende.errors.SourceError: Say who is asking: a contact, as ana@example.org or https://example.org.
    """
    if not re.fullmatch(r"[!-'*-~]+@[!-'*-~]+|https?://[!-'*-~]+", contact):
        raise SourceError(
            "Say who is asking: a contact, as ana@example.org or https://example.org."
        )
    return f"duende/{version('duende')} (+{contact})"


class _Child:
    """The process that crawls; used with `with`, it never outlives us."""

    def __init__(self, job: dict[str, Any], log: Any) -> None:
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "duende.corpus.crawl"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us: the child finishes its page
        )
        self.tell(**job)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # an answer that the child did not live to read
                pipe.close()

    def tell(self, **message: Any) -> None:
        """Say something to the child; if it is dead, the events tell."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def next(self) -> dict[str, Any] | None:
        """The next event; None after the last. Ctrl-C comes through while it waits."""
        while True:
            try:
                return self.events.get(timeout=0.5)
            except queue.Empty:
                continue

    def status(self) -> int:
        """How the child ended."""
        return self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith(b"\n"):  # else the child was killed while it spoke
                self.events.put(json.loads(line))
        self.events.put(None)


def _follow(
    child: _Child,
    name: str,
    limit: int | None,
    public_domain: PublicDomain | None,
    say: Callable[[str], None],
) -> Fetched:
    """Hear the child until its end; the bar is shown on a terminal only."""
    from tqdm import tqdm

    interrupted = False
    began = False
    with tqdm(desc=name, total=limit, unit=" poems", disable=None, dynamic_ncols=True) as bar:
        while True:
            try:
                event = child.next()
                if event is None:
                    raise SourceError(
                        f"The crawl was cut short (status {child.status()}). What was got is "
                        "kept: run the same command again to go on."
                    )
                if "poems" in event:
                    if not began:
                        began = True
                        bar.initial = bar.n = event["poems"]  # these cost no time
                    bar.update(event["poems"] - bar.n)
                elif "author" in event:
                    # A page may say anything, but not to the terminal.
                    bar.set_postfix_str("".join(filter(str.isprintable, event["author"]))[:40])
                elif "ask" in event:
                    author, year = event["ask"]
                    child.tell(wanted=public_domain is None or public_domain(author, year))
                elif "error" in event:
                    kind, sentence = event["error"]
                    raise getattr(errors, kind)(sentence)
                elif "end" in event:
                    end = event["end"]
                    return Fetched(**{**end, "folder": Path(end["folder"])})
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                child.tell(stop=True)
                child.tell(wanted=False)  # if the question was what was interrupted
                with bar.external_write_mode():
                    say("Stopping after this page; once more to stop at once.")
