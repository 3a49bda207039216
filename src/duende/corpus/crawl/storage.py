"""Keeps fetched pages in one SQLite file, so that a crawl that was killed walks on from there.

Scrapy's own storages pickle what they keep; here are an address, a status, headers as JSON and a
compressed body, and nothing that is read is ever executed.
"""

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings

from duende.errors import DiskFull, SourceError

TABLES = """
CREATE TABLE IF NOT EXISTS pages
    (address TEXT PRIMARY KEY, status INTEGER, headers TEXT, body BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moved (address TEXT PRIMARY KEY, place TEXT) WITHOUT ROWID;
"""


class Pages:
    """The pages of one crawl, as Scrapy's cache wants them."""

    def __init__(self, settings: BaseSettings) -> None:
        self.file = Path(settings["HTTPCACHE_DIR"]) / "pages.sqlite"
        self.largest = settings.getint("DOWNLOAD_MAXSIZE")
        # `timeout`: a process that was killed just now may still hold the file.
        self._base = sqlite3.connect(self.file, timeout=10, isolation_level=None)
        # WAL: a kill leaves the page whole or absent, and no fsync is paid for each page.
        self._do("PRAGMA journal_mode=WAL")
        self._do("PRAGMA synchronous=NORMAL")
        for table in TABLES.split(";"):
            self._do(table)

    def open_spider(self, spider: Spider) -> None:
        """The file is open since the beginning, so that a damaged one is told before any page."""

    def close_spider(self, spider: Spider) -> None:
        """Close the file."""
        self._base.close()

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:
        """The page as it was fetched, or None."""
        row = self._do("SELECT status, headers, body FROM pages WHERE address=?", request.url)
        if row is None:
            return None
        status, headers, packed = row
        body = zlib.decompressobj().decompress(packed, self.largest)
        kept = Headers(
            {
                name.encode("latin-1"): [each.encode("latin-1") for each in values]
                for name, values in json.loads(headers)
            }
        )
        kind = responsetypes.from_args(headers=kept, url=request.url, body=body)
        return kind(url=request.url, status=status, headers=kept, body=body)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        """Keep a page."""
        headers = [
            [name.decode("latin-1"), [each.decode("latin-1") for each in values]]
            for name, values in response.headers.items()
            if name != b"Set-Cookie"
        ]
        self._do(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)",
            request.url,
            response.status,
            json.dumps(headers),
            zlib.compress(response.body),
        )

    def remember_move(self, address: str, place: str) -> None:
        """Keep where an address led in the end, so that the way there is not walked again."""
        self._do("INSERT OR REPLACE INTO moved VALUES (?, ?)", address, place)

    def moved(self, address: str) -> str:
        """Where an address led; the address itself, where it led nowhere else."""
        row = self._do("SELECT place FROM moved WHERE address=?", address)
        return row[0] if row else address

    def _do(self, order: str, *values: Any) -> Any:
        try:
            return self._base.execute(order, values).fetchone()
        except sqlite3.DatabaseError as problem:
            if "full" in str(problem):
                raise DiskFull(
                    f"The disk is full: make room for {self.file} and run the same command again."
                ) from None
            raise SourceError(
                f"{self.file} cannot be used ({problem}): delete it and run the same command "
                "again; the poems stay, and only the pages are fetched once more."
            ) from None


class GoodPages:
    """Scrapy's cache policy: whole answers with status 200 are kept for ever, errors never."""

    def __init__(self, settings: BaseSettings) -> None:
        pass

    def should_cache_request(self, request: Request) -> bool:
        """Every page is asked for in the same way."""
        return request.method == "GET"

    def should_cache_response(self, response: Response, request: Request) -> bool:
        """A page with something on it."""
        return response.status == 200 and bool(response.body) and "dataloss" not in response.flags

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Poems do not age; who wants them anew takes a new folder."""
        return True

    def is_cached_response_valid(
        self, cachedresponse: Response, response: Response, request: Request
    ) -> bool:
        """Never asked, since what is kept is fresh."""
        return True
