"""Walks a site: index, authors, poems, one page at a time, in the order of the site.

Every page is asked for, awaited and done with before the next one, so the walk is the same each
time, and a crawl that was killed finds the same pages in the cache and goes on where it was.
"""

import re
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from duende.corpus.crawl.folder import Folder
from duende.corpus.crawl.pages import (
    Author,
    Changed,
    Link,
    NoText,
    Page,
    authors_on,
    decoded,
    poem_on,
    poems_on,
)
from duende.corpus.crawl.polite import SLOT, Forbidden, Interrupted, OtherSite
from duende.corpus.crawl.report import Fetched
from duende.corpus.crawl.sites import Site
from duende.corpus.crawl.storage import Pages
from duende.errors import DuendeError, SourceError

if TYPE_CHECKING:
    from duende.corpus.crawl.run import Parent

LOST = 5  # pages in a row that could not be had: the site or the line is down
WHY: tuple[tuple[type[Exception], str], ...] = (
    (OtherSite, "leads to another site"),
    (DownloadTimeoutError, "no answer in time"),
    (DownloadCancelledError, "too large"),
    (CannotResolveHostError, "the host has no address"),
    (DownloadConnectionRefusedError, "the connection is refused"),
)


class Enough(Exception):
    """As many poems as asked for are there."""


class PoemSpider(Spider):
    """Walks one site and writes its poems into one folder."""

    name = "duende"

    def __init__(
        self,
        site: Site,
        folder: Folder,
        report: Fetched,
        parent: "Parent",
        *,
        limit: int | None,
        choosy: bool,
    ) -> None:
        super().__init__()
        self.site = site
        self.folder = folder
        self.report = report
        self.parent = parent
        self.limit = limit
        self.choosy = choosy
        self.failures: list[dict[str, str]] = []
        self.problem: DuendeError | None = None
        self.lost = 0
        self.authors: dict[str, Author] = {}
        self.pages: Pages

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's way in: walk, and keep the reason for which the walk ended early."""
        cache = self.crawler.get_downloader_middleware(HttpCacheMiddleware)
        assert cache is not None
        self.pages = cache.storage
        try:
            await self.walk()
        except Interrupted:
            self.report.ended = "interrupted"
        except Enough:
            self.report.ended = "limit"
        except DuendeError as problem:
            self.problem = problem
        except Exception as problem:
            self.logger.exception("the walk failed")
            self.problem = SourceError(f"The crawler failed at a page: {problem!r}.")
        nothing: tuple[Request, ...] = ()
        for each in nothing:  # what makes this a generator, as Scrapy wants it
            yield each

    async def walk(self) -> None:
        """Index pages in, poems out."""
        await self.read_index()
        for author in self.authors.values():
            self.go_on()
            if self.choosy:
                wanted = await self.parent.wants(author.name, author.death_year)
                self.go_on()  # the answer to a question that Ctrl-C cut off is no answer
                if not wanted:
                    self.report.left_out += 1
                    continue
            self.report.authors += 1
            self.parent.tell(author=author.name)
            for link in await self.links(author):
                await self.take(link, author)

    async def read_index(self) -> None:
        """Learn all authors; without any, the site is another or has changed."""
        for place in self.site.index:
            self.parent.tell(author=place)
            page = await self.get(urljoin(self.folder.root, place))
            if page is None:
                continue
            found = authors_on(page, self.site)
            self.judge(page, "" if found else "there are no authors where they should be")
            for author in found:
                self.authors.setdefault(author.address, author)
        if self.authors:
            return
        first = self.failures[0] if self.failures else None
        if self.report.forbidden:
            why = "robots.txt asks not to read its index"
        elif first:
            why = f"{first['url']}: {first['why']}"
        else:
            why = "it may have changed its pages, see aside/"
        raise SourceError(f"{self.site.name} shows no authors at {self.folder.root} ({why}).")

    async def links(self, author: Author) -> list[Link]:
        """The poems that an author's page lists."""
        page = await self.get(author.address)
        if page is None:
            return []
        found = poems_on(page, self.site)
        self.judge(page, "" if found else "there are no poems where they should be")
        return found

    async def take(self, link: Link, author: Author, *, collected: bool = False) -> None:
        """Fetch a poem and write it; a collection is gone into, one step deep."""
        # An author's page among the poems would bring that author's poems as this one's.
        if link.address in self.folder.known or link.address in self.authors:
            return
        page = await self.get(link.address)
        if page is None or page.address in self.folder.known:
            return
        try:
            poem = poem_on(page, self.site)
        except Changed as why:
            inside = poems_on(page, self.site, collection=True)
            if isinstance(why, NoText) and inside and not collected:
                self.judge(page)
                for each in inside:
                    await self.take(each, author, collected=True)
            else:
                self.judge(page, str(why))
            return
        self.judge(page)
        self.folder.write(
            page.address,
            title=poem.title or link.title,
            author=author.name,
            year=author.death_year,
            text=poem.text,
        )
        self.report.new += 1
        self.parent.tell(poems=len(self.folder.known))

    async def get(self, address: str) -> Page | None:
        """A page, or None where it cannot be had, which is counted and told in the report."""
        self.go_on()
        request = Request(self.pages.moved(address), meta={"download_slot": SLOT})
        try:
            response = await self.crawler.engine.download_async(request)
        except (DuendeError, Interrupted):
            raise
        except Forbidden:
            self.report.forbidden += 1
            return None
        except Exception as problem:  # what a network can do wrong is not to be listed
            ours = isinstance(problem, IgnoreRequest | DownloadCancelledError)  # it did answer
            self.fail(address, _reason(problem), lost=not ours)
            return None
        if "cached" in response.flags:
            self.report.cached += 1
        else:
            self.report.fetched += 1
        if response.status != 200:
            self.fail(address, f"HTTP {response.status}", lost=response.status >= 500)
            return None
        self.lost = 0
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if kind and not re.search("text/|html|xml", kind):
            self.fail(address, "not a page of text", lost=False)
            return None
        if response.url != address:
            self.pages.remember_move(address, response.url)
        text = decoded(response.body, kind)
        try:
            return Page(response.url, text, self.folder.root)
        except Changed as why:
            self.folder.set_aside(response.url, text, str(why))
            return None

    def go_on(self) -> None:
        """Between two steps is the place to stop."""
        if self.parent.stopping.is_set():
            raise Interrupted
        if self.limit is not None and len(self.folder.known) >= self.limit:
            raise Enough

    def fail(self, address: str, why: str, *, lost: bool) -> None:
        """Count a page that cannot be had; after several in a row the site is let alone."""
        self.failures.append({"url": address, "why": why})
        self.report.failed[why] = self.report.failed.get(why, 0) + 1
        self.lost = self.lost + 1 if lost else 0
        if self.lost >= LOST:
            raise SourceError(
                f"{LOST} pages in a row could not be had ({address}: {why}). What was got is kept: "
                "run the same command again when the site answers."
            )

    def judge(self, page: Page, why: str = "") -> None:
        """Keep a page aside that is not what the table says, and why; let go one that is."""
        if why:
            self.folder.set_aside(page.address, page.text, why)
        else:
            self.folder.mended(page.address)

    def finish(self, began: float) -> Fetched:
        """The report, with what is known at the end only."""
        self.report.poems = len(self.folder.known)
        self.report.aside = len(self.folder.aside)
        self.report.seconds = round(time.monotonic() - began, 3)
        if self.problem is not None:
            self.report.ended, self.report.sentence = "stopped", str(self.problem)
        return self.report


def _reason(problem: Exception) -> str:
    """Why a page could not be had, in few words that can be counted.

    >>> _reason(OtherSite("it leads to another site")), _reason(ValueError("x"))
    ('leads to another site', 'ValueError')
    """
    for kind, why in WHY:
        if isinstance(problem, kind):
            return why
    if "max redirections" in str(problem):
        return "redirects in circles"
    if "MAXSIZE" in str(problem):
        return "too large"
    return type(problem).__name__
