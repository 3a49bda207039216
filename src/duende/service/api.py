"""The API: requests come in over HTTP, poems go out, whole or line by line.

The event loop never waits for the model: each poem is written by a thread of its own, as many as
the engine has slots, and its lines are handed over. When a reader leaves, the thread is told to
stop and its slot is free within a token.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

import duende
from duende.composer.composer import Composer
from duende.composer.request import (
    MAX_WORDS,
    VOICE,
    ask,
    ask_more,
    ask_rewrite,
    writable_forms,
)
from duende.composer.request import Request as PoemRequest
from duende.errors import DuendeError
from duende.poem import Poem, count_words
from duende.poetics.dictionary import find_rhymes
from duende.service import problems
from duende.service.clients import Clients
from duende.service.desk import Desk, load_into
from duende.service.limits import WAIT_SECONDS, Gate
from duende.service.metrics import Metrics
from duende.service.schemas import (
    AlternativeRead,
    EraRead,
    FormRead,
    HowToWrite,
    LegacyPoem,
    LegacyRequest,
    LineEvent,
    PoemContinue,
    PoemCreate,
    PoemRead,
    Problem,
    RewriteCreate,
    RhymeRead,
    ScansionCreate,
    ScansionRead,
    Status,
    VoiceRead,
)
from duende.service.visits import REQUEST_ID, Front, Visit, visit_of
from duende.voice.prompts import ERAS
from duende.voice.voices import shelf_of

BODY_BYTES = 16_384
LEGACY_TOKENS_A_WORD = 2.3  # the first version's 150 tokens gave some 60 to 65 Spanish words
Result = TypeVar("Result")

log = logging.getLogger("duende.service")


def create_app(
    load: Callable[[], Composer],
    *,
    slots: int,
    queue: int,
    wait: float = WAIT_SECONDS,
    rate: str = "",
    at_once: int = 0,
    proxies: str = "",
    origins: str = "",
    voices: Path | None = None,
) -> FastAPI:
    """The application. `load` builds the composer in a thread while the server already answers.

    `slots` poems are written at once, `queue` requests wait, each `wait` seconds at most. One
    client may ask at a `rate` (`10/minute; 100/hour`) and have so many poems written `at_once`;
    `proxies` (addresses, networks) are believed about who it is. Pages of `origins` (with commas
    between them) may ask from a browser. `voices` is the folder with the voices of the operator's
    own; they are looked for once.

    Raises `SettingsError` where the rate cannot be read.
    """
    metrics = Metrics()
    clients = Clients(rate, at_once=at_once)
    shelf = shelf_of(voices)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        writers = ThreadPoolExecutor(max_workers=slots, thread_name_prefix="duende-writer")
        for fault in shelf.faults.values():
            log.warning("%s", fault)
        desk = Desk(Gate(slots=slots, queue=queue, wait=wait, clients=clients), writers, shelf)
        app.state.desk = desk
        metrics.watch(desk)
        loading = asyncio.create_task(load_into(desk, load))
        yield
        await desk.drain(0)
        await asyncio.wait([loading])
        writers.shutdown(wait=True)
        if desk.composer is not None:
            desk.composer.engine.close()

    app = FastAPI(
        title="duende",
        version=duende.__version__,
        summary="A first line goes in, a poem comes out, in English or in Spanish.",
        lifespan=lifespan,
        responses={
            status: {"model": Problem, "content": {problems.PROBLEM: {}}, "description": told}
            for status, told in (
                (422, "Not possible as asked"),
                (429, "More than one reader may ask for"),
                (503, "Busy or loading"),
            )
        },
    )
    app.state.metrics = metrics
    if allowed := [each.strip() for each in origins.split(",") if each.strip()]:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=allowed,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
            expose_headers=["Retry-After", REQUEST_ID],
        )
    # Not FastAPI's own `max_body_size`, which stands before the front door: what it refuses would
    # be in no log.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=BODY_BYTES)
    app.add_middleware(Front, proxies=proxies, count=metrics.count)
    problems.install(app)
    _routes(app)
    return app


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]
VisitDep = Annotated[Visit, Depends(visit_of)]


POEM: dict[str, Any] = {
    "tags": ["poems"],
    "responses": {
        201: {
            "description": "The poem; as `text/event-stream`, if that is accepted, an event "
            "`line` for each line as it is written, then `poem` (or `error`).",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
}
"""What the routes that answer with a poem have in common."""


async def _answer(
    desk: Desk, request: Request, check: Callable[..., PoemRequest], body: HowToWrite
) -> Any:
    """The poem that is asked for, whole or as it is written."""
    desk.ready()
    # A name alone: a path would let a reader look around on this machine.
    asked = check(**body.model_dump() | {"voice": desk.shelf.find(body.voice)})
    if "text/event-stream" in request.headers.get("accept", ""):
        return await _event_stream(desk, asked, visit_of(request))
    return PoemRead.of(await _unless_left(request, _whole_poem(desk, asked, visit_of(request))))


def _routes(app: FastAPI) -> None:
    @app.post("/v1/poems", status_code=201, response_model=PoemRead, **POEM)
    async def create_poem(body: PoemCreate, request: Request, desk: DeskDep) -> Any:
        """Write a poem that begins with the reader's line."""
        return await _answer(desk, request, ask, body)

    @app.post("/v1/poems/continue", status_code=201, response_model=PoemRead, **POEM)
    async def continue_poem(body: PoemContinue, request: Request, desk: DeskDep) -> Any:
        """Go on with a poem: the same lines, and more after them."""
        return await _answer(desk, request, ask_more, body)

    @app.post("/v1/poems/rewrite", tags=["poems"])
    async def rewrite_line(
        body: RewriteCreate, request: Request, desk: DeskDep
    ) -> list[AlternativeRead]:
        """Other versions of one line of a poem, which fit what stands around it, the best first."""
        desk.ready()
        asked = ask_rewrite(**body.model_dump() | {"voice": desk.shelf.find(body.voice)})
        found = await _unless_left(request, desk.rewrite(asked, visit_of(request)))
        return [AlternativeRead.model_validate(asdict(each)) for each in found]

    @app.post("/generate/", response_model=LegacyPoem, tags=["first version"])
    async def generate(body: LegacyRequest, request: Request, desk: DeskDep) -> LegacyPoem:
        """Write a poem for a client of the first version; `max_length` is in its tokens."""
        desk.ready()
        prompt = " ".join(body.prompt.split())
        words = max(round(body.max_length / LEGACY_TOKENS_A_WORD), count_words(prompt), 1)
        asked = ask(
            prompt,
            max_words=min(words, MAX_WORDS),
            temperature=body.temperature,
            top_p=body.top_p,
            voice=desk.shelf.find(VOICE),
        )
        poem = await _unless_left(request, _whole_poem(desk, asked, visit_of(request)))
        return LegacyPoem(poem=poem.text)

    @app.get("/v1/voices", tags=["choices"])
    async def read_voices(desk: DeskDep) -> list[VoiceRead]:
        """The voices that can be asked for, the default first."""
        base = desk.composer.engine.base if desk.composer else None
        return [VoiceRead.of(voice) for voice in desk.shelf.usable(base)]

    @app.get("/v1/forms", tags=["choices"])
    async def read_forms() -> list[FormRead]:
        """The forms that can be asked for."""
        return [FormRead.of(form) for form in writable_forms()]

    @app.get("/v1/eras", tags=["choices"])
    async def read_eras() -> list[EraRead]:
        """The times that a trained voice can be asked to write in, oldest first."""
        return [EraRead.of(era) for era in ERAS]

    @app.post("/v1/scansions", tags=["verse"])
    async def create_scansion(body: ScansionCreate, desk: DeskDep, visit: VisitDep) -> ScansionRead:
        """What each line of a poem is, how its lines rhyme and which forms it is near."""
        desk.gate.charge(visit.client)
        found = await asyncio.to_thread(duende.scan, body.text, lang=body.lang, seseo=body.seseo)
        return ScansionRead.of(found)

    @app.get("/v1/rhymes", tags=["verse"])
    async def read_rhymes(
        desk: DeskDep,
        visit: VisitDep,
        word: Annotated[str, Query(max_length=300, description="A word, or a line's end.")],
        lang: Annotated[str, Query(max_length=40, description="`en` or `es`.")],
        kind: Annotated[
            str | None,
            Query(
                max_length=40,
                description="`perfect`, `slant`, `eye`; `consonante`, `asonante`. "
                "The strictest, if not given.",
            ),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> list[RhymeRead]:
        """The words that rhyme with one, those that poets use most first."""
        desk.gate.charge(visit.client)
        found = await asyncio.to_thread(find_rhymes, word, lang=lang, kind=kind, limit=limit)
        return [RhymeRead.model_validate(asdict(each)) for each in found]

    @app.get("/healthz", tags=["health"])
    async def alive() -> Status:
        """Whether the process answers."""
        return Status(status="ok")

    @app.get("/readyz", tags=["health"])
    async def ready(desk: DeskDep) -> Status:
        """Whether the model is loaded; 503 until then."""
        desk.ready()
        return Status(status="ok")


async def _event_stream(desk: Desk, asked: PoemRequest, visit: Visit) -> Response:
    """Answer with events; a server that is full says so before the stream begins."""
    lines = desk.lines(asked, visit)
    first = await anext(lines)

    async def events() -> AsyncGenerator[bytes]:
        yield _event("line", LineEvent(text=str(first)))
        try:
            async for item in lines:
                if isinstance(item, Poem):
                    yield _event("poem", PoemRead.of(item))
                else:
                    yield _event("line", LineEvent(text=item))
        except Exception as error:
            if not isinstance(error, DuendeError):
                log.exception("a poem failed")
            problem = problems.problem_of(error)
            visit.problem = problems.kind_of(problem)
            yield _event("error", problem)

    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return _Closing(events(), lines, status_code=201, headers=headers)


class _Closing(EventSourceResponse):
    """A stream that gives its place back also where the reader left before it began."""

    def __init__(
        self,
        events: AsyncGenerator[bytes],
        lines: AsyncGenerator[str | Poem],
        *,
        status_code: int,
        headers: dict[str, str],
    ) -> None:
        super().__init__(events, status_code=status_code, headers=headers)
        self._lines = lines
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._events.aclose()
            await self._lines.aclose()


def _event(name: str, data: BaseModel) -> bytes:
    return format_sse_event(event=name, data_str=data.model_dump_json(exclude_none=True))


async def _whole_poem(desk: Desk, asked: PoemRequest, visit: Visit) -> Poem:
    async with aclosing(desk.lines(asked, visit)) as lines:
        async for item in lines:
            if isinstance(item, Poem):
                return item
    raise AssertionError("a poem ends with itself")


async def _unless_left(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` comes to, unless the reader leaves first: then it is cancelled."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.create_task(work), asyncio.create_task(left())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise problems.ReaderLeft
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
