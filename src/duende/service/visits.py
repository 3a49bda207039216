"""The front door: every request comes in here, and its answer goes out here.

A request becomes a `Visit`, which says who asks and gathers what becomes of it. Pure ASGI, so that
streams stay streams.
"""

import re
import uuid
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from duende.service.clients import client_of, is_within, networks

REQUEST_ID = "X-Request-Id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass
class Visit:
    """A request: its number, and whose it is."""

    id: str
    client: str = ""


def visit_of(request: Request) -> Visit:
    """The visit that a request is."""
    visit: Visit = request.state.visit
    return visit


class Front:
    """The middleware. It believes `proxies` (addresses and networks) when they say who asks."""

    def __init__(self, app: ASGIApp, *, proxies: str) -> None:
        self._app = app
        self._trusted = networks(proxies)
        self._behind = ProxyHeadersMiddleware(self._serve, trusted_hosts=proxies)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["visit"] = Visit(self._number(scope))
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

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = visit.id
            await send(message)

        await self._app(scope, receive, answer)


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
