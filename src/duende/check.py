"""Looks at a service from outside, as those who use it meet it: does it write, is it guarded?

An address goes in, findings come out. What an operator runs after every change, and what decides
whether a new machine is kept (docs/deployment.md).
"""

import ssl
import time
from collections.abc import Callable, Iterator
from socket import create_connection
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2

from duende.doctor import Finding
from duende.errors import ServiceError
from duende.page.client import Ask, Client, Trouble
from duende.poem import Language, Poem

FIRST_LINES: dict[Language, str] = {
    "en": "The harbour keeps a lamp for those who are late",
    "es": "La casa guarda el eco de la lluvia",
}
MOST_WORDS = 60
TOO_LARGE = "a" * 20_000
TIMEOUT_SECONDS = 15
PAUSE_SECONDS = 2
DAYS_LEFT = 14
"""A certificate of fewer days should have been renewed: Caddy does it with thirty left."""
SURELY_BUFFERED_SECONDS = 0.5
"""A poem that took less came too fast to say how it came."""
GUARDS = ("x-content-type-options", "referrer-policy", "content-security-policy")
"""The headers that every answer should have; with TLS there is one more."""
INNER = ("/metrics", "/_stcore/metrics")
"""What is for the operator's own network."""
Answer = TypeVar("Answer")


def look(url: str, *, patience: float = 0) -> Iterator[Finding]:
    """Look at the service at `url`, one thing after another, and yield what is found of each.

    `patience` is how many seconds a service may take until it is ready, and how long a full one
    is asked again. A poem in each language is written. Raises `ServiceError` where `url` is no
    address of the web.

    >>> [finding.well for finding in look("http://127.0.0.1:9")]
    [False]
    """
    secured, host, port = _parts(url)
    url = url.rstrip("/")
    until = time.monotonic() + patience
    ready = _ready(url, until)
    yield ready
    if secured:  # also where it is not ready: the certificate may be why
        yield _certificate(host, port)
    if not ready.well:
        return
    if not secured:
        yield _open()
    with httpx2.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
        for look_at in (_redirect, _guards, _bounds, _inner, _page):
            try:
                yield from look_at(client)
            except httpx2.HTTPError as error:
                name = look_at.__name__.removeprefix("_")
                yield Finding(name, f"no answer ({type(error).__name__})", well=False)
    for lang, line in FIRST_LINES.items():
        yield from _poem(Client(url), lang, line, until)


def _parts(url: str) -> tuple[bool, str, int]:
    """Whether an address is one of TLS, its host and its port."""
    try:
        parts = urlsplit(url)
        secured, port = parts.scheme == "https", parts.port
        if parts.scheme in ("http", "https") and parts.hostname:
            return secured, parts.hostname, port or (443 if secured else 80)
    except ValueError:
        pass
    raise ServiceError(f"{url} is no address to look at: give one like https://example.org.")


def _again(ask: Callable[[], Answer], until: float) -> Answer:
    """What `ask` gives, asked again until then where it says that it would be worth it."""
    while True:
        try:
            return ask()
        except Trouble as trouble:
            pause = trouble.retry_after or PAUSE_SECONDS
            # A proxy that answers in its stead has no kind.
            hopeful = trouble.retry_after is not None or trouble.kind in ("unreachable", "")
            if not hopeful or time.monotonic() + pause > until:
                raise
            time.sleep(pause)


def _ready(url: str, until: float) -> Finding:
    began = time.monotonic()
    try:
        _again(Client(url).check_ready, until)
    except Trouble as trouble:
        return Finding("ready", str(trouble), well=False)
    return Finding("ready", f"after {time.monotonic() - began:.1f} s")


def _open() -> Finding:
    return Finding("TLS", "none: what readers write travels in the open; a domain would mend it")


def _certificate(host: str, port: int) -> Finding:
    """Whether the certificate is good, and for how long."""
    try:
        with (
            create_connection((host, port), timeout=TIMEOUT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            told, version = secured.getpeercert() or {}, secured.version()
    except OSError as error:
        return Finding("TLS", str(error), well=False)
    days = int((ssl.cert_time_to_seconds(str(told["notAfter"])) - time.time()) / 86_400)
    return Finding("TLS", f"{version}, good for {days} days", well=days >= DAYS_LEFT)


def _redirect(client: httpx2.Client) -> Iterator[Finding]:
    """Whether who comes without TLS is sent to it; asked of the usual ports alone."""
    if client.base_url.scheme != "https" or client.base_url.port is not None:
        return
    answer = client.get(f"http://{client.base_url.host}/")
    target = answer.headers.get("location", "")
    yield Finding(
        "redirect",
        f"http goes to {target}" if answer.is_redirect else f"http answers {answer.status_code}",
        well=answer.is_redirect and target.startswith("https://"),
    )


def _guards(client: httpx2.Client) -> Iterator[Finding]:
    secured = client.base_url.scheme == "https"
    wanted = (*GUARDS, *(["strict-transport-security"] if secured else []))
    for path in ("/healthz", "/"):
        headers = client.get(path).headers
        missing = [name for name in wanted if name not in headers]
        yield Finding(
            "headers",
            f"{path}: " + (f"without {', '.join(missing)}" if missing else "as they should be"),
            well=not missing,
        )


def _bounds(client: httpx2.Client) -> Iterator[Finding]:
    status = client.post("/v1/poems", json={"first_line": TOO_LARGE}).status_code
    yield Finding("bounds", f"a body of 20 kB is answered {status}", well=status == 413)


def _inner(client: httpx2.Client) -> Iterator[Finding]:
    open_to_all = [path for path in INNER if "# HELP" in client.get(path).text]
    told = f"{', '.join(open_to_all)} can be read from here" if open_to_all else "stay inside"
    yield Finding("metrics", told, well=not open_to_all)


def _page(client: httpx2.Client) -> Iterator[Finding]:
    if client.get("/").status_code == 404:
        yield Finding("page", "none at this address: the API alone")
        return
    health = client.get("/_stcore/health")
    yield Finding("page", f"its health is {health.status_code}", well=health.status_code == 200)


def _poem(client: Client, lang: Language, first_line: str, until: float) -> Iterator[Finding]:
    """A poem, as it comes: whether it is one, and whether its lines came when they were written."""

    def write() -> tuple[list[float], Poem]:
        began, came = time.monotonic(), []
        for item in client.write(Ask(first_line, lang=lang, max_words=MOST_WORDS)):
            if item is not None:
                came.append(time.monotonic() - began)
        assert isinstance(item, Poem), "what the client yields last"
        return came, item

    what = {"en": "in English", "es": "in Spanish"}[lang]
    try:
        came, poem = _again(write, until)
    except Trouble as trouble:
        yield Finding(what, str(trouble), well=False)
        return
    ours = sum(line.lang == lang for line in poem.report.lines)
    yield Finding(
        what,
        f"{len(poem.lines)} lines in {came[-1]:.1f} s, the first after {came[0]:.1f} s",
        well=len(poem.lines) > 1 and ours > len(poem.report.lines) / 2,
    )
    if came[-1] >= SURELY_BUFFERED_SECONDS:
        buffered = came[0] > came[-1] / 2
        told = "all lines came at the end: something holds them back" if buffered else "as written"
        yield Finding("streaming", told, well=not buffered)
