"""Bounds the work: so many poems at once, so many waiting, and the next is told to come back."""

import asyncio

from duende.errors import Busy

SECONDS_A_POEM = 3  # on two cores a poem takes 1 to 3 s, alone and among eight (README)


class Gate:
    """Lets `slots` in at once and lets `queue` more wait.

    `enter` takes a place or raises `Busy` at once; `turn` then waits for a slot; `leave` gives
    both back. All three belong to the event loop's thread.
    """

    def __init__(self, *, slots: int, queue: int) -> None:
        self._slots = slots
        self._capacity = slots + queue
        self._inside = 0
        self._free = asyncio.Semaphore(slots)

    @property
    def waiting(self) -> int:
        """How many have entered and have no slot yet."""
        return max(0, self._inside - self._slots)

    def enter(self) -> None:
        """Take a place. Raises `Busy` where there is none."""
        if self._inside >= self._capacity:
            raise Busy(
                "Too many poems are being written at the moment: try again in a few seconds.",
                retry_after=SECONDS_A_POEM * (1 + self.waiting // self._slots),
            )
        self._inside += 1

    async def turn(self) -> None:
        """Wait for a slot."""
        await self._free.acquire()

    def leave(self, *, had_turn: bool) -> None:
        """Give the place back, and the slot if there was one."""
        self._inside -= 1
        if had_turn:
            self._free.release()
