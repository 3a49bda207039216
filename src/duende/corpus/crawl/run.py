"""The crawl itself, in a process of its own: a reactor runs once, and `fetch` may be called often.

The job comes as one line of JSON on the standard input, what happens goes as lines of JSON to the
standard output, and the end of the input means that nobody is there any more.
"""

import asyncio
import dataclasses
import json
import logging
import os
import threading
import time
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from duende.corpus.crawl.folder import STATE, Folder
from duende.corpus.crawl.polite import TRIES
from duende.corpus.crawl.report import Fetched
from duende.corpus.crawl.sites import site_from
from duende.errors import DuendeError, SourceError

LARGEST_PAGE = 4_000_000  # bytes, also after unpacking; a long poem's page has some 200,000

# What Scrapy would load: ours stand in the place of some, and nobody needs the others. No cookies,
# no passwords, no redirects by page, no console that listens at a port.
NOT_NEEDED = [
    f"scrapy.downloadermiddlewares.{each}"
    for each in (
        "offsite.OffsiteMiddleware",
        "robotstxt.RobotsTxtMiddleware",
        "retry.RetryMiddleware",
        "cookies.CookiesMiddleware",
        "httpauth.HttpAuthMiddleware",
        "redirect.MetaRefreshMiddleware",
    )
]
NO_EXTENSIONS = [
    f"scrapy.extensions.{each}"
    for each in (
        "telnet.TelnetConsole",
        "remote_control.RemoteControl",
        "feedexport.FeedExporter",
        "memdebug.MemoryDebugger",
        "spiderstate.SpiderState",
        "closespider.CloseSpider",
    )
]


class Parent:
    """The process that started this one: is told what happens, and is asked about authors."""

    def __init__(self, answers: FileIO, out: BinaryIO) -> None:
        self.stopping = asyncio.Event()
        self._out = out
        self._heard: asyncio.Queue[bool] = asyncio.Queue()
        self._answers = answers
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to hear; from then on this process ends when the parent does."""
        self._loop = loop
        threading.Thread(target=self._hear, daemon=True).start()

    def tell(self, **event: Any) -> None:
        """Say what happened."""
        try:
            self._out.write(json.dumps(event).encode() + b"\n")
            self._out.flush()
        except OSError:
            os._exit(1)  # nobody listens; what was written to the folder is whole

    async def wants(self, author: str, death_year: int | None) -> bool:
        """Whether an author's poems are wanted."""
        self.tell(ask=[author, death_year])
        return await self._heard.get()

    def _hear(self) -> None:
        assert self._loop is not None
        for line in self._answers:
            answer = json.loads(line)
            if "stop" in answer:
                self._loop.call_soon_threadsafe(self.stopping.set)
            else:
                self._loop.call_soon_threadsafe(self._heard.put_nowait, bool(answer["wanted"]))
        os._exit(1)


def settings_for(job: dict[str, Any], root: str, state: Path) -> dict[str, Any]:
    """Scrapy's settings: one page at a time, slowly, with an honest name and firm bounds."""
    here = "duende.corpus.crawl"
    return {
        "USER_AGENT": job["agent"],
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
            "Accept-Language": job["site"]["language"],
        },
        # The middleware below reads robots.txt once more strictly than Scrapy's would.
        "ROBOTSTXT_OBEY": True,
        "DOWNLOADER_MIDDLEWARES": {
            **dict.fromkeys(NOT_NEEDED, None),
            f"{here}.polite.SameSite": 50,
            f"{here}.polite.Robots": 100,
            f"{here}.polite.Patience": 550,
        },
        # A page is fetched over HTTP; "file:" and the rest have no business here.
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3"), None),
        "EXTENSIONS": dict.fromkeys(NO_EXTENSIONS, None),
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": job["delay"],
        "DOWNLOAD_DELAY_JITTER": 0,  # a delay that a site asks for is a minimum
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": job["delay"],
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, job["delay"]),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "RETRY_TIMES": TRIES - 1,
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
        "DOWNLOAD_TIMEOUT": job["timeout"],
        "DOWNLOAD_MAXSIZE": LARGEST_PAGE,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": 5,
        "LOG_VERSIONS": [],
        "STATS_DUMP": False,
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_DIR": str(state),
        "HTTPCACHE_STORAGE": f"{here}.storage.Pages",
        "HTTPCACHE_POLICY": f"{here}.storage.GoodPages",
        "LOG_FILE": str(state / "crawl.log"),
        "LOG_LEVEL": "INFO",
        "DUENDE_FIRST_WAIT": job["first_wait"],
        "DUENDE_ROOT": root,
    }


def crawl(job: dict[str, Any], parent: Parent) -> Fetched:
    """Do the job and write its report; raises what ended it early."""
    from scrapy.crawler import AsyncCrawlerProcess

    from duende.corpus.crawl.spider import PoemSpider

    began = time.monotonic()
    site = site_from(job["site"])
    place, root = Path(job["folder"]), job["address"] or site.address
    report = Fetched(site.key, place)
    try:
        with (
            FileLock(place / STATE / "lock", timeout=10),
            Folder(place, site, root) as folder,
        ):
            process = AsyncCrawlerProcess(settings_for(job, root, place / STATE))
            crawler = process.create_crawler(PoemSpider)
            parent.listen(asyncio.get_event_loop())
            parent.tell(poems=len(folder.known))
            done = process.crawl(
                crawler, site, folder, report, parent, limit=job["limit"], choosy=job["choosy"]
            )
            process.start(install_signal_handlers=False)
            spider = crawler.spider
            if (failed := done.exception()) is not None:
                raise failed
            if not isinstance(spider, PoemSpider):
                raise SourceError("Scrapy did not begin to crawl.")
            spider.finish(began)
            folder.report(
                {
                    **dataclasses.asdict(report),
                    "folder": place.name,
                    "address": root,
                    "licence": site.licence,
                    "failures": spider.failures,
                }
            )
            if spider.problem is not None:
                raise spider.problem
    except Timeout:
        raise SourceError(
            f"Another crawl writes to {place}: wait for its end or choose another folder."
        ) from None
    return report


def main() -> int:
    """The child's whole life."""
    # What anything prints must not come between the lines for the parent.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Unbuffered: a thread that waits in a buffered reader makes the interpreter's end a crash.
    answers = FileIO(0, closefd=False)
    parent = Parent(answers, out)
    try:
        report = crawl(json.loads(answers.readline()), parent)
    except DuendeError as problem:
        parent.tell(error=[type(problem).__name__, str(problem)])
        return 1
    except Exception as problem:
        logging.getLogger(__name__).exception("the crawl failed")
        parent.tell(error=["SourceError", f"The crawl failed: {problem!r}; see {STATE}/crawl.log."])
        return 1
    parent.tell(end={**dataclasses.asdict(report), "folder": str(report.folder)})
    return 0
