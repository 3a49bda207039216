"""The echo, at a pace that leaves time to do something while it writes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from duende.composer.engine import Lane, Sampling
from duende.composer.engines.echo import Echo, EchoLane


class SlowEcho(Echo):
    """The echo, which takes some seconds a word."""

    def __init__(self, *, seconds: float, slots: int = 4) -> None:
        super().__init__(slots=slots)
        self._seconds = seconds

    @contextmanager
    def lane(self, **opening: object) -> Iterator[Lane]:
        yield SlowLane(self._seconds)


class SlowLane(EchoLane):
    """A lane of it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        for piece in super().continue_text(prompt, sampling, max_tokens=max_tokens):
            time.sleep(self._seconds)
            yield piece
