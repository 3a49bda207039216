"""Talks to the API. What to write goes in; lines come out as they are written, then the poem.

It knows HTTP and what the API says over it, and nothing of Streamlit.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from dataclasses import dataclass, field, fields
from typing import Any, cast, get_args

import httpx2

from duende.errors import ServiceError
from duende.poem import Language, LineReport, Poem, Report, count_words

TICK_SECONDS = 0.1  # how often a reader who wants to stop is listened to
TIMEOUT = httpx2.Timeout(5, connect=3, read=180)  # a poem may wait long for its turn
URN = "urn:duende:"
MOST_WORDS = 200
"""Of a poem, as the API has it."""
MORE_WORDS = 60
"""How many a poem that goes on may have more."""


class Trouble(ServiceError):
    """The API did not write the poem, and why.

    `kind` is the problem's type without its prefix (`busy`, `length-error`), or one of ours:
    `unreachable`, `loading`, `broken-off`, `not-understood`. `retry_after` is the number of
    seconds after which it is worth asking again, if that was said.
    """

    def __init__(self, kind: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.retry_after = retry_after


@dataclass(frozen=True)
class Ask:
    """What to write, as the API is asked for it. `seed` is None where none is chosen yet."""

    first_line: str
    lang: str = "auto"
    form: str = "free"
    era: str = ""
    max_words: int = 200
    temperature: float = 1.0
    seed: int | None = None
    voice: str = "default"


@dataclass(frozen=True)
class Choice:
    """A voice, a form or an era: its name, and what it is called or is, in each language.

    `trained` is true of a voice that can be told an era. A form has the `languages` that it is
    written in, a sentence on it and an `example`.
    """

    name: str
    told: dict[str, str]
    trained: bool = False
    languages: tuple[str, ...] = ()
    about: dict[str, str] = field(default_factory=dict)
    example: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Alternative:
    """Another version of a line, what it counts, and what it is let off."""

    text: str
    syllables: int = 0
    let_off: tuple[str, ...] = ()


class Client:
    """The API at `address`. Every method raises `Trouble` where the API does not do its part.

    `reader` is the address of the one for whom it asks, empty where that is this machine: the API
    is told, so that it can tell readers apart.
    """

    def __init__(
        self, address: str, *, reader: str = "", transport: httpx2.MockTransport | None = None
    ) -> None:
        self._address = address.rstrip("/")
        self._headers = {"X-Forwarded-For": reader} if reader else {}
        self._transport = transport

    def voices(self) -> list[Choice]:
        """The voices that can be asked for, the default first."""
        return [_choice(row, "name", "description") for row in self._get("/v1/voices")]

    def forms(self) -> list[Choice]:
        """The forms that can be asked for."""
        return [_choice(row, "id", "name") for row in self._get("/v1/forms")]

    def eras(self) -> list[Choice]:
        """The times that a trained voice can be asked to write in, oldest first."""
        return [_choice(row, "id", "name") for row in self._get("/v1/eras")]

    def rewrite(self, poem: Poem, line: int, ask: Ask) -> list[Alternative]:
        """Other versions of a line (1 is the first, blank ones not counted), the best first."""
        body = {
            "text": poem.text,
            "line": line,
            "lang": poem.lang,
            "form": poem.form,
            "era": ask.era,
            "temperature": ask.temperature,
            "voice": ask.voice,
        }
        try:
            return [
                Alternative(str(row["text"]), int(row["syllables"]), tuple(row["let_off"]))
                for row in self._post("/v1/poems/rewrite", body)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise _not_understood() from error

    def check_ready(self) -> None:
        """Raise `Trouble` unless the model is loaded."""
        try:
            self._get("/readyz")
        except Trouble as trouble:
            raise _loading(trouble) if trouble.kind == "busy" else trouble from trouble

    def write(self, ask: Ask, going_on: str = "") -> Generator[str | Poem | None]:
        """Yield each line as it is written, and at last the poem; None while there is no news.

        Where a poem is `going_on`, its own lines come first, and more after them.
        Closing the generator closes the connection, which tells the API to stop writing.
        """
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            events = self._events(ask, going_on)
            news: asyncio.Task[str | Poem] | None = None
            item: str | Poem | None = None
            try:
                while not isinstance(item, Poem):
                    news, item = runner.run(_wait(events, news))
                    yield item
            finally:
                runner.run(_close(events, news))

    async def _events(self, ask: Ask, going_on: str) -> AsyncGenerator[str | Poem]:
        path, body = _request(ask, going_on)
        async with self._client() as client:
            try:
                async with client.stream(
                    "POST",
                    path,
                    json=body,
                    headers={"Accept": "text/event-stream"},
                ) as response:
                    if response.is_success:
                        async with aclosing(_read(response)) as items:
                            async for item in items:
                                yield item
                        return
                    await response.aread()
                trouble = _trouble(response)
                if trouble.kind == "busy":
                    # Full or still loading? The readiness check knows.
                    ready = await client.get("/readyz")
                    trouble = _loading(trouble) if ready.status_code == 503 else trouble
                raise trouble
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise _unreachable(error) from error

    def _get(self, path: str) -> Any:
        return self._ask("GET", path, timeout=TIMEOUT.connect)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._ask("POST", path, timeout=TIMEOUT.read, json=body)

    def _ask(self, method: str, path: str, *, timeout: float | None, **more: Any) -> Any:
        try:
            with httpx2.Client(
                base_url=self._address,
                headers=self._headers,
                transport=self._transport,
                timeout=timeout,
            ) as client:
                response = client.request(method, path, **more)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unreachable(error) from error
        if not response.is_success:
            raise _trouble(response)
        try:
            return response.json()
        except ValueError as error:
            raise _not_understood() from error

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=self._address,
            headers=self._headers,
            transport=self._transport,
            timeout=TIMEOUT,
        )


async def _wait(
    events: AsyncGenerator[str | Poem], news: asyncio.Task[str | Poem] | None
) -> tuple[asyncio.Task[str | Poem] | None, str | Poem | None]:
    """Wait a tick for the next item; give back the task that waits on if there was none."""
    if news is None:
        news = asyncio.create_task(_next(events))
    done, _ = await asyncio.wait((news,), timeout=TICK_SECONDS)
    return (None, news.result()) if done else (news, None)


async def _close(events: AsyncGenerator[str | Poem], news: asyncio.Task[str | Poem] | None) -> None:
    if news is not None:
        news.cancel()
        await asyncio.wait((news,))
    await events.aclose()


async def _next(events: AsyncGenerator[str | Poem]) -> str | Poem:
    return await anext(events)


async def _read(response: httpx2.Response) -> AsyncGenerator[str | Poem]:
    """The lines and the poem of a stream of events. Raises `Trouble` unless it ends in a poem."""
    try:
        events = cast(AsyncGenerator[httpx2.ServerSentEvent], aiter(httpx2.EventSource(response)))
        async with aclosing(events):
            async for event in events:
                if event.event == "line":
                    yield str(json.loads(event.data)["text"])
                elif event.event == "poem":
                    yield poem_of(json.loads(event.data))
                    return
                elif event.event == "error":
                    raise _problem(json.loads(event.data), retry_after=None)
    except (ValueError, KeyError, TypeError, httpx2.SSEError) as error:
        raise _not_understood() from error
    except httpx2.HTTPError as error:
        raise Trouble("broken-off", f"The connection broke while it wrote: {error}.") from error
    raise Trouble("broken-off", "The connection ended before the poem did.")


def poem_of(row: dict[str, Any]) -> Poem:
    """The poem that the API's JSON describes; fields that we do not know are left out.

    >>> poem_of({"text": "Bajo el sol", "lang": "es", "new": 1}).words
    3

    Raises `ValueError`, `TypeError` or `KeyError` where it describes none.
    """
    if row["lang"] not in get_args(Language) or not isinstance(row["text"], str):
        raise ValueError("not a poem")
    report = row.get("report") or {}
    lines = tuple(
        LineReport(
            line["lang"],
            line["certainty"],
            line.get("syllables", 0),
            line.get("rhyme", ""),
            tuple(line.get("let_off", ())),
        )
        for line in report.get("lines", ())
    )
    return Poem(
        **{name: row[name] for name in POEM_FIELDS if name in row},
        report=Report(
            lines=lines, **{name: report[name] for name in REPORT_FIELDS if name in report}
        ),
    )


POEM_FIELDS = {each.name for each in fields(Poem)} - {"report"}
REPORT_FIELDS = {each.name for each in fields(Report)} - {"lines"}


def _request(ask: Ask, going_on: str) -> tuple[str, dict[str, Any]]:
    """Where to ask for a poem, and how."""
    body = {name: value for name, value in vars(ask).items() if value is not None}
    if not going_on:
        return "/v1/poems", body
    del body["first_line"]
    words = min(MOST_WORDS, count_words(going_on) + MORE_WORDS)
    return "/v1/poems/continue", body | {"text": going_on, "max_words": words}


def _choice(row: dict[str, Any], name: str, told: str) -> Choice:
    try:
        return Choice(
            str(row[name]),
            dict(row[told]),
            bool(row.get("trained")),
            tuple(row.get("lang", ())),
            dict(row.get("description", {})),
            dict(row.get("example", {})),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _not_understood() from error


def _trouble(response: httpx2.Response) -> Trouble:
    """What an answer that is not a success says."""
    after = response.headers.get("Retry-After", "")
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    problem.setdefault("detail", f"The API answered {response.status_code}.")
    return _problem(problem, retry_after=int(after) if after.isdecimal() else None)


def _problem(problem: Any, *, retry_after: int | None) -> Trouble:
    if not isinstance(problem, dict):
        raise ValueError("not a problem")
    kind = str(problem.get("type", "")).removeprefix(URN)
    return Trouble(kind, str(problem.get("detail", "")), retry_after=retry_after)


def _loading(trouble: Trouble) -> Trouble:
    return Trouble("loading", str(trouble), retry_after=trouble.retry_after)


def _unreachable(error: Exception) -> Trouble:
    return Trouble("unreachable", f"The API does not answer ({type(error).__name__}).")


def _not_understood() -> Trouble:
    return Trouble("not-understood", "The API's answer could not be understood.")
