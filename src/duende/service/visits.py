"""The front door: every request comes in here, and its answer goes out here.

A request becomes a `Visit`, which says who asks and gathers what becomes of it; at its end a line
of the log tells it. Neither what was asked nor what was written is in that line, nor a whole
address. Pure ASGI, so that streams stay streams.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from duende.composer.request import Request as PoemRequest
from duende.poem import Poem
from duende.service import problems
from duende.service.clients import client_of, is_within, neighbourhood, networks

REQUEST_ID = "X-Request-Id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer that does not say otherwise."""
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'"
PAGES_LOAD = "frame-ancestors 'none'"
"""The description of the API at /docs is a page, which loads its script from elsewhere."""
HEALTH = ("/healthz", "/readyz")
"""Asked every few seconds: a line of the log for each would hide the others."""

log = logging.getLogger("duende.service")


@dataclass
class Visit:
    """A request: its number, whose it is, and what became of it.

    Of a poem: what was `asked`, seconds until it had a slot (`waited`) and until its first new line
    (`began`), the poem. `problem` is the kind of problem that it was told, if any.
    """

    id: str
    client: str = ""
    problem: str = ""
    asked: PoemRequest | None = None
    waited: float | None = None
    began: float | None = None
    poem: Poem | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.started

    @property
    def finish(self) -> str:
        """How its poem ended, `left` where its reader left; empty where there was none."""
        if self.poem is not None:
            return self.poem.finish
        return "left" if self.asked is not None and not self.problem else ""

    def told(self) -> dict[str, Any]:
        """What the log may keep of it."""
        told: dict[str, Any] = {"client": neighbourhood(self.client), "problem": self.problem}
        if self.asked is not None:
            told |= {
                "lang": self.asked.lang,
                "form": self.asked.form.id,
                "words": self.poem.words if self.poem else None,
                "finish": self.finish,
                "waited": _rounded(self.waited),
                "began": _rounded(self.began),
            }
        return {name: value for name, value in told.items() if value not in ("", None)}


def visit_of(request: Request) -> Visit:
    """The visit that a request is."""
    visit: Visit = request.state.visit
    return visit


class Front:
    """The middleware. It believes `proxies` (addresses and networks) when they say who asks.

    `count` is called at the end of each visit, with its route, status and seconds.
    """

    def __init__(self, app: ASGIApp, *, proxies: str, count: Callable[..., None]) -> None:
        self._app = app
        self._count = count
        self._trusted = networks(proxies)
        self._behind = ProxyHeadersMiddleware(self._serve, trusted_hosts=proxies)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(self._number(scope))
        scope.setdefault("state", {})["visit"] = visit
        with bound_contextvars(request_id=visit.id):
            await self._behind(scope, receive, send)  # type: ignore[arg-type]

    def _number(self, scope: Scope) -> str:
        """The request's number: the one that a trusted proxy gave it, else a new one."""
        given = Request(scope).headers.get(REQUEST_ID, "")
        if is_within(_peer(scope), self._trusted) and WELL_FORMED.fullmatch(given):
            return given
        return uuid.uuid4().hex

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit: Visit = scope["state"]["visit"]
        visit.client = client_of(_peer(scope))
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), visit)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            log.exception("a request failed")
            if status:  # it is too late for an answer: the connection is cut
                raise
            await problems.answer(error, Request(scope))(scope, receive, answer)
        finally:
            self._tell(visit, scope, status)

    def _tell(self, visit: Visit, scope: Scope, status: int) -> None:
        route = getattr(scope.get("route"), "path", "none")
        seconds = visit.seconds
        self._count(visit, route=route, status=status, seconds=seconds)
        log.log(
            logging.DEBUG if route in HEALTH else logging.INFO,
            "request",
            extra={
                "method": scope["method"],
                "route": route,
                "status": status,
                "seconds": _rounded(seconds),
            }
            | visit.told(),
        )


def _add_headers(headers: MutableHeaders, visit: Visit) -> None:
    headers[REQUEST_ID] = visit.id
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    is_page = headers.get("Content-Type", "").startswith("text/html")
    headers["Content-Security-Policy"] = PAGES_LOAD if is_page else NOTHING_LOADS


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
