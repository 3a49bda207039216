"""Serves the API on loopback for the tests of the page, and waits for what they wait for."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn

from duende.composer.composer import Composer
from duende.service.api import create_app

PATIENCE_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], *, what: str) -> None:
    """Ask again and again until `true` says so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not in {PATIENCE_SECONDS} s")
        time.sleep(0.02)


def answers(address: str) -> bool:
    """Whether `address` answers with success."""
    try:
        return httpx2.get(address, timeout=5).is_success
    except httpx2.TransportError:
        return False


@contextmanager
def serving(
    load: Callable[[], Composer], *, slots: int = 4, queue: int = 4, ready: bool = True
) -> Iterator[str]:
    """Serve the API in a thread; gives its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    app = create_app(load, slots=slots, queue=queue)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none")
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
