"""Runs the API and the page together, as two processes that stop together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2

from duende.errors import ServiceError
from duende.page.run import command, environment
from duende.ports import address, check_free
from duende.settings import Settings

PATIENCE_SECONDS = 300  # a first start builds the base
STOP_SECONDS = 15  # the API lets poems end, some 8 s at most
Process = subprocess.Popen[bytes]


def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Start both, say where they are, and wait for Ctrl-C or SIGTERM.

    Raises `ServiceError` where a port is taken or one of them ends by itself.
    """
    check_free(settings.host, settings.port, setting="DUENDE_PORT")
    page = command(settings)
    serving = {
        **os.environ,
        "DUENDE_HOST": settings.host,
        "DUENDE_PORT": str(settings.port),
    }
    for name in ("SIGTERM", "SIGHUP"):  # there is no SIGHUP on Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        with (
            _child([sys.executable, "-m", "duende", "serve"], serving) as api,
            _child(page, environment(settings)) as streamlit,
        ):
            children = {"The API": api, "The page": streamlit}
            api_address = address(settings.host, settings.port)
            page_address = address(settings.host, settings.page_port)
            _wait_for(f"{api_address}/readyz", children)
            say(f"The API:  {api_address}  (its description: /docs)")
            _wait_for(f"{page_address}/_stcore/health", children)
            say(f"The page: {page_address}")
            say("Ctrl-C stops both.")
            while True:
                _check(children)
                time.sleep(0.5)
    except KeyboardInterrupt:
        say("Stopped.")


@contextmanager
def _child(arguments: list[str], environment: dict[str, str]) -> Iterator[Process]:
    """A child process that is stopped at the end, gently and then not."""
    # A session of its own, so that Ctrl-C reaches it through us alone.
    process = subprocess.Popen(arguments, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        stop(process)


def stop(process: Process) -> None:
    """Stop a child process: ask it to end, and end it where it does not in time."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(address: str, children: dict[str, Process]) -> None:
    """Wait until `address` answers 200, as long as the children live."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    detail = "it did not answer in time"
    while time.monotonic() < deadline:
        _check(children)
        try:
            response = httpx2.get(address, timeout=5)
            if response.status_code == 200:
                return
            detail = response.json().get("detail", detail)
            if "retry-after" not in response.headers:
                break
        except (httpx2.TransportError, ValueError):
            pass
        time.sleep(0.2)
    raise ServiceError(f"{address}: {detail}")


def _check(children: dict[str, Process]) -> None:
    for name, process in children.items():
        if process.poll() is not None:
            raise ServiceError(f"{name} ended by itself (exit status {process.returncode}).")
