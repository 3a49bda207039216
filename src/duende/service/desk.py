"""What the routes of the API share: who writes now, who waits, and the composer once it is loaded.

A checked request goes in, lines come out, from a thread that writes into the one that answers.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from duende.composer.composer import Composer, Writing
from duende.composer.request import VOICE
from duende.composer.request import Request as PoemRequest
from duende.errors import (
    BaseError,
    Busy,
    DuendeError,
    EngineMissing,
    NotEnoughMemory,
    VoiceError,
)
from duende.poem import Poem
from duende.service.limits import Gate
from duende.voice.voices import Shelf

LOADING_SECONDS = 5

log = logging.getLogger("duende.service")


@dataclass
class Desk:
    """What the routes share: the composer once it is loaded, the gate and the writing threads."""

    gate: Gate
    writers: ThreadPoolExecutor
    shelf: Shelf
    composer: Composer | None = None
    failure: DuendeError | None = None
    writing: set[Writing] = field(default_factory=set)

    def ready(self) -> Composer:
        """The composer; raises why there is none yet."""
        if self.failure is not None:
            raise self.failure
        if self.composer is None:
            raise Busy("The model is loading: try again soon.", retry_after=LOADING_SECONDS)
        return self.composer

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place of the gate, once it is our turn. Raises `Busy`."""
        self.gate.enter()
        had_turn = False
        try:
            await self.gate.turn()
            had_turn = True
            yield
        finally:
            self.gate.leave(had_turn=had_turn)

    async def lines(self, request: PoemRequest) -> AsyncGenerator[str | Poem]:
        """Enter the gate, then yield the poem's lines and at last the poem.

        Raises `Busy` at the first step where there is no place. Closing it stops the poem.
        """
        writing = self.ready().write(request)
        self.gate.enter()
        had_turn = False
        finished: asyncio.Future[None] | None = None
        try:
            yield request.first_line
            await self.gate.turn()
            had_turn = True
            loop = asyncio.get_running_loop()
            items: asyncio.Queue[str | Poem | Exception] = asyncio.Queue()

            def give(item: str | Poem | Exception) -> None:
                loop.call_soon_threadsafe(items.put_nowait, item)

            self.writing.add(writing)
            finished = loop.run_in_executor(self.writers, _write, writing, give)
            while True:
                item = await items.get()
                if isinstance(item, Exception):
                    raise item
                yield item
                if isinstance(item, Poem):
                    return
        finally:
            writing.stop()
            self.writing.discard(writing)
            if finished is None:
                self.gate.leave(had_turn=had_turn)
            else:
                # The slot is given back when the thread has left it, a token later.
                finished.add_done_callback(lambda _: self.gate.leave(had_turn=True))


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
