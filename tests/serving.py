"""Serves the API on loopback for tests, and waits for what they wait for."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from duende.composer.composer import Composer
from duende.service.api import create_app

PATIENCE_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again and again until `true` says so."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not in {seconds} s")
        time.sleep(0.02)


def answers(address: str) -> bool:
    """Whether `address` answers with success."""
    try:
        return httpx2.get(address, timeout=5).is_success
    except httpx2.TransportError:
        return False


@contextmanager
def serving(
    what: FastAPI | Callable[[], Composer],
    *,
    slots: int = 4,
    queue: int = 4,
    ready: bool = True,
    **more: Any,
) -> Iterator[str]:
    """Serve the API in a thread, made with what `create_app` takes; gives its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    app = what if isinstance(what, FastAPI) else create_app(what, slots=slots, queue=queue, **more)
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning", ws="none", proxy_headers=False
        )
    )
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    try:
        path = "/readyz" if ready else "/healthz"
        wait_until(lambda: answers(address + path), what=f"{path} answers")
        yield address
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


def wait_until_ready(client: Any, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the API that `client` talks to has loaded its model."""

    def ready() -> bool:
        try:
            return bool(client.get("/readyz").status_code == 200)
        except httpx2.TransportError:
            return False

    wait_until(ready, what="/readyz answers", seconds=seconds)


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, as pairs of a name and its data."""
    events = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((fields["event"], json.loads(fields["data"])))
    return events
