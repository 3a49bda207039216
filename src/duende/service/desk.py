"""What the routes of the API share: who writes now, who waits, and the composer once it is loaded.

A checked request goes in, lines come out, from a thread that writes into the one that answers.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from duende.composer.composer import Composer, Writing
from duende.composer.request import VOICE, RewriteRequest
from duende.composer.request import Request as PoemRequest
from duende.composer.rewriting import Alternative
from duende.errors import (
    BaseError,
    Busy,
    DuendeError,
    EngineError,
    EngineMissing,
    NotEnoughMemory,
    VoiceError,
)
from duende.poem import Poem
from duende.service.limits import Gate
from duende.service.visits import Visit
from duende.voice.voices import Shelf

LOADING_SECONDS = 5
TICK_SECONDS = 0.05
Begin = Callable[..., Awaitable["asyncio.Future[Any]"]]

log = logging.getLogger("duende.service")


@dataclass
class Desk:
    """What the routes share: the composer once it is loaded, the gate and the writing threads."""

    gate: Gate
    writers: ThreadPoolExecutor
    shelf: Shelf
    composer: Composer | None = None
    failure: DuendeError | None = None
    stops: set[Callable[[], None]] = field(default_factory=set)
    """What ends each thing that is being written."""

    def ready(self) -> Composer:
        """The composer; raises why there is none yet, or no more."""
        self.gate.check_open()
        if self.failure is not None:
            raise self.failure
        if self.composer is None:
            raise Busy("The model is loading: try again soon.", retry_after=LOADING_SECONDS)
        return self.composer

    async def drain(self, seconds: float, *, hurry: Callable[[], bool] = bool) -> None:
        """Let nobody in any more and wait until what is being written is done.

        After so many `seconds`, or once there is a `hurry`, it ends with the lines that stand.
        """
        self.gate.close()
        deadline = time.monotonic() + seconds
        while self.gate.writing and time.monotonic() < deadline and not hurry():
            await asyncio.sleep(TICK_SECONDS)
        for stop in tuple(self.stops):
            stop()

    @asynccontextmanager
    async def _place(self, visit: Visit, stop: Callable[[], None]) -> AsyncIterator[Begin]:
        """Hold a place of the gate; gives a function that waits for our turn and begins the work.

        The slot is given back when the thread has left it, a token after `stop`. Raises `Busy`.
        """
        place = self.gate.enter(visit.client)
        work: asyncio.Future[Any] | None = None

        async def begin(function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
            nonlocal work
            visit.waited = await place.turn()
            self.stops.add(stop)
            work = asyncio.get_running_loop().run_in_executor(self.writers, function, *args)
            return work

        def leave(done: "asyncio.Future[Any]") -> None:
            done.exception()  # looked at, also where nobody waits for it any more
            place.leave()

        try:
            yield begin
        finally:
            stop()
            self.stops.discard(stop)
            if work is None or work.done():
                place.leave()
            else:
                work.add_done_callback(leave)

    async def lines(self, request: PoemRequest, visit: Visit) -> AsyncGenerator[str | Poem]:
        """Enter the gate, then yield the poem's lines and at last the poem.

        Raises `Busy` at the first step where there is no place. Closing it stops the poem.
        """
        writing = self.ready().write(request)
        async with self._place(visit, writing.stop) as begin:
            visit.asked = request
            yield request.first_line
            loop = asyncio.get_running_loop()
            items: asyncio.Queue[str | Poem | Exception] = asyncio.Queue()

            def give(item: str | Poem | Exception) -> None:
                loop.call_soon_threadsafe(items.put_nowait, item)

            work = await begin(_write, writing, give)
            while not isinstance(item := await items.get(), Poem):
                if isinstance(item, Exception):
                    raise item
                if visit.began is None:
                    visit.began = visit.seconds
                yield item
            await work  # it has nothing left to do, and the place is free before the poem is told
        visit.poem = item
        yield item

    async def rewrite(self, request: RewriteRequest, visit: Visit) -> list[Alternative]:
        """Other versions of a line. Cancelling it stops the work. Raises `Busy`."""
        stopped = threading.Event()
        rewrite = partial(self.ready().rewrite, request, stopped=stopped.is_set)
        async with self._place(visit, stopped.set) as begin:
            work: asyncio.Future[list[Alternative]] = await begin(rewrite)
            try:
                return await asyncio.shield(work)
            except EngineError:
                self.gate.check_open()  # it found nothing because it was stopped with the service
                raise


def _write(writing: Writing, give: Callable[[str | Poem | Exception], None]) -> None:
    try:
        lines = writing.lines()
        next(lines)  # the reader's own line, which was sent at once
        for line in lines:
            give(line)
        give(writing.poem)
    except Exception as error:
        give(error)


async def load_into(desk: Desk, load: Callable[[], Composer]) -> None:
    """Load the composer and let it write a little, so that no reader waits for it."""

    def warm() -> Composer:
        composer = load()
        composer.warm_up(desk.shelf.find(VOICE))
        return composer

    try:
        desk.composer = await asyncio.to_thread(warm)
    except DuendeError as error:
        log.error("%s", error)
        known = isinstance(error, BaseError | EngineMissing | NotEnoughMemory | VoiceError)
        desk.failure = error if known else EngineMissing(str(error))
    except Exception:
        log.exception("the model could not be loaded")
        desk.failure = EngineMissing("The model could not be loaded: the service's log says why.")
