"""Serves the API with the echo for an engine: `python serve_echo.py PORT SECONDS_A_WORD`.

It writes one poem at a time, so that a page that leaves a poem must give its place back.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from duende.composer.composer import Composer
from duende.composer.engine import Lane, Sampling
from duende.composer.engines.echo import Echo, EchoLane
from duende.service.api import create_app


class SlowEcho(Echo):
    """The echo, at a pace that leaves time to press a button."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(slots=1)
        self._seconds = seconds

    @contextmanager
    def lane(self, **opening: object) -> Iterator[Lane]:
        yield SlowLane(self._seconds)


class SlowLane(EchoLane):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        for piece in super().continue_text(prompt, sampling, max_tokens=max_tokens):
            time.sleep(self._seconds)
            yield piece


if __name__ == "__main__":
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    app = create_app(lambda: Composer(SlowEcho(seconds=seconds)), slots=1, queue=2)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
