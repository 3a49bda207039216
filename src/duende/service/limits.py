"""Bounds the work: so many poems at once, so many waiting, and the next is told to come back."""

import asyncio
import time

from duende.errors import Busy
from duende.service.clients import Clients

SECONDS_A_POEM = 3  # on two cores a poem takes 1 to 3 s, alone and among eight (README)
WAIT_SECONDS = 60.0
RESTART_SECONDS = 10
"""After which a service that stops has probably started again."""


class Gate:
    """Lets `slots` in at once and lets `queue` more wait, each `wait` seconds at most.

    Every client is held to what `clients` lets one have. It belongs to the event loop's thread.
    """

    def __init__(
        self,
        *,
        slots: int,
        queue: int,
        wait: float = WAIT_SECONDS,
        clients: Clients | None = None,
    ) -> None:
        self._slots = slots
        self._capacity = slots + queue
        self._wait = wait
        self._clients = clients or Clients()
        self._inside = 0
        self._writing = 0
        self._free = asyncio.Semaphore(slots)
        self._closed = False
        self._waits: set[asyncio.Timeout] = set()

    @property
    def writing(self) -> int:
        """How many have a slot."""
        return self._writing

    @property
    def waiting(self) -> int:
        """How many have entered and have no slot yet."""
        return self._inside - self._writing

    def enter(self, client: str) -> "Place":
        """Take a place. Raises `Busy`, or `TooManyRequests` where none is due to the client."""
        self.check_open()
        if self._inside >= self._capacity:
            raise self._busy()
        self._clients.enter(client)
        self._inside += 1
        return Place(self, client)

    def charge(self, client: str) -> None:
        """Count a request that needs no place. Raises `TooManyRequests`."""
        self._clients.charge(client)

    def check_open(self) -> None:
        """Raise `Busy` where nobody is let in any more."""
        if self._closed:
            raise Busy(
                "The service is stopping: try again in a few seconds.",
                retry_after=RESTART_SECONDS,
            )

    def close(self) -> None:
        """Let nobody in any more, and send those who wait away."""
        self._closed = True
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(asyncio.get_running_loop().time())

    def _busy(self) -> Busy:
        return Busy(
            "Too many poems are being written at the moment: try again in a few seconds.",
            retry_after=SECONDS_A_POEM * (1 + self.waiting // self._slots),
        )

    async def _turn(self) -> None:
        self.check_open()
        try:
            async with asyncio.timeout(self._wait) as wait:
                self._waits.add(wait)
                await self._free.acquire()
        except TimeoutError:
            self.check_open()
            raise self._busy() from None
        finally:
            self._waits.discard(wait)
        self._writing += 1

    def _leave(self, client: str, *, had_turn: bool) -> None:
        self._clients.leave(client)
        self._inside -= 1
        if had_turn:
            self._writing -= 1
            self._free.release()


class Place:
    """A place of the gate: `turn` waits for a slot, `leave` gives both back."""

    def __init__(self, gate: Gate, client: str) -> None:
        self._gate = gate
        self._client = client
        self._had_turn = False

    async def turn(self) -> float:
        """Wait for a slot; how many seconds that took. Raises `Busy` where it takes too long."""
        entered = time.monotonic()
        await self._gate._turn()
        self._had_turn = True
        return time.monotonic() - entered

    def leave(self) -> None:
        """Give the place back, and the slot if there was one."""
        self._gate._leave(self._client, had_turn=self._had_turn)
