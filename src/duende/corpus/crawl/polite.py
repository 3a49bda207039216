"""How the crawler behaves: robots.txt, waiting when told to, going away when not wanted.

Scrapy middlewares. What must end the crawl is raised as a `SourceError` with its sentence.
"""

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.settings import BaseSettings

from duende.corpus.crawl.pages import decoded, host
from duende.errors import SourceError

PRODUCT = "duende"  # the name that a robots.txt may speak to
SLOT = "site"  # one queue for all addresses of a site, with www. and without
REFUSALS = 5  # 403 or 429 in a row, and we are not wanted
LONGEST_WAIT = 300.0  # seconds; who is told to wait for longer comes back another time
TRIES = 5  # the first one too


class Interrupted(Exception):
    """The person wants to stop."""


class Forbidden(IgnoreRequest):
    """robots.txt asks not to read this page."""


class OtherSite(IgnoreRequest):
    """A page redirects to another site."""


class Robots:
    """Asks robots.txt before every page, redirected ones too, and keeps its Crawl-delay.

    Without a clear answer nothing is read (RFC 9309): a 5xx or no answer at all is a no, a 4xx
    says that there is no such file. It is asked anew on every run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._rules: dict[str, Protego] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Robots":
        """As Scrapy makes a middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a page pass that may be read."""
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self._rules:
            self._rules[root] = await self._read(f"{root}/robots.txt")
        if not self._rules[root].can_fetch(request.url, PRODUCT):
            raise Forbidden("robots.txt asks not to read it")

    async def _read(self, address: str) -> Protego:
        meta = {"robots": True, "dont_cache": True, "download_slot": SLOT}
        try:
            response = await self.crawler.engine.download_async(Request(address, meta=meta))
        except (SourceError, Interrupted):
            raise
        except Exception as problem:
            raise SourceError(
                f"{address} cannot be read ({problem or type(problem).__name__}), and without it "
                "nothing is fetched: try again later."
            ) from None
        if response.status == 429 or response.status >= 500:
            raise SourceError(
                f"{address} answers {response.status}, and without it nothing is fetched: "
                "try again later."
            )
        text = decoded(response.body) if response.status == 200 else ""
        rules = Protego.parse(text)
        rate = rules.request_rate(PRODUCT)
        paced = rate.seconds / rate.requests if rate and rate.requests else 0.0
        asked = max(rules.crawl_delay(PRODUCT) or 0.0, paced)
        if asked > LONGEST_WAIT:
            raise SourceError(
                f"{address} asks for {asked:g} seconds between two pages, which is a no to "
                "anybody who wants to read them all: nothing was fetched."
            )
        if asked > 0:
            slow_down(self.crawler, asked)
        return rules


def slow_down(crawler: Crawler, seconds: float) -> None:
    """From now on wait at least so long between two pages."""
    downloader = crawler.engine.downloader
    downloader.per_slot_settings[SLOT] = {"concurrency": 1, "delay": seconds, "jitter": 0}
    if SLOT in downloader.slots:
        slot = downloader.slots[SLOT]
        slot.delay = max(slot.delay, seconds)
    throttle = crawler.get_extension(AutoThrottle)
    if throttle is not None:
        throttle.mindelay = max(throttle.mindelay, seconds)
        throttle.maxdelay = max(throttle.maxdelay, seconds)


class SameSite(OffsiteMiddleware):
    """Follows no link and no redirect to another host or port; www. makes no other site."""

    def should_follow(self, request: Request, spider: Spider) -> bool:
        """Whether the address is on the site."""
        return host(request.url) == host(self.crawler.settings["DUENDE_ROOT"])

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Let pass what is on the site."""
        try:
            super().process_request(request)
        except IgnoreRequest:
            raise OtherSite("it leads to another site") from None


class Patience(RetryMiddleware):
    """Tries again after 429, 5xx and lost connections, later each time; gives up when refused."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self.first_wait = settings.getfloat("DUENDE_FIRST_WAIT")
        self.refusals = 0

    async def process_response(  # type: ignore[override]  # Scrapy takes coroutines here
        self, request: Request, response: Response
    ) -> Request | Response:
        """The answer, or the same request after a wait."""
        if "cached" in response.flags:
            return response
        if not (request.meta.get("robots") and response.status == 403):
            self._count(response)
        again = super().process_response(request, response)
        if isinstance(again, Request):
            wait = self._wait(again, response)
            if response.status == 429:
                throttle = self.crawler.get_extension(AutoThrottle)
                slow_down(self.crawler, min(2 * throttle.mindelay, 60.0) if throttle else 0.0)
            await self._rest(wait)
        return again

    async def process_exception(  # type: ignore[override]  # Scrapy takes coroutines here
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        """The same request after a wait, where a connection was lost."""
        again = super().process_exception(request, exception)
        if isinstance(again, Request):
            await self._rest(self._wait(again, None))
        return again

    def _count(self, response: Response) -> None:
        if response.status not in (403, 429):
            self.refusals = 0
            return
        self.refusals += 1
        if self.refusals >= REFUSALS:
            raise SourceError(
                f"{host(response.url)} refuses us: {self.refusals} answers in a row were "
                f"{response.status} or the like. What was got is kept; ask the site's owner, or "
                "run the same command again much later and slower."
            )

    def _wait(self, again: Request, response: Response | None) -> float:
        """Seconds: what Retry-After says, else twice as long each time."""
        wait = self.first_wait * 2.0 ** (int(again.meta["retry_times"]) - 1)
        told = retry_after(response.headers.get("Retry-After")) if response is not None else None
        if told is not None and told > LONGEST_WAIT:
            raise SourceError(
                f"{host(again.url)} asks us to come back in {told / 60:.0f} minutes: run the "
                "same command then. What was got is kept."
            )
        return min(max(wait, told or 0.0), LONGEST_WAIT)

    async def _rest(self, seconds: float) -> None:
        """Wait, unless the person wants to stop meanwhile."""
        spider: Any = self.crawler.spider
        try:
            await asyncio.wait_for(spider.parent.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise Interrupted


def retry_after(header: Any) -> float | None:
    """The seconds that a Retry-After header asks for: a number or a date.

    >>> retry_after(b"120"), retry_after(b"soon"), retry_after(None)
    (120.0, None, None)
    >>> retry_after(b"Thu, 01 Jan 1970 00:00:00 GMT")
    0.0
    """
    text = header.decode("latin-1").strip() if isinstance(header, bytes) else ""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
