"""Starts servers as processes of their own, waits for them, weighs them and stops them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from bench.first_version import create_app
from duende.page.run import command, environment
from duende.settings import Settings
from duende.together import stop

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 300  # a first start builds the base
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A server that answers: its address, its process, and how long it took to be ready."""

    address: str
    process: psutil.Process
    ready_seconds: float

    @property
    def megabytes(self) -> float:
        """The resident memory of its process and all those under it."""
        family = [self.process, *self.process.children(recursive=True)]
        total = 0
        for member in family:
            with suppress(psutil.NoSuchProcess):
                total += member.memory_info().rss
        return total / 1e6


@contextmanager
def first_version() -> Iterator[Server]:
    """The first version's server."""
    port = free_port()
    factory = f"{create_app.__module__}:{create_app.__name__}"
    arguments = ["-m", "uvicorn", "--factory", factory, "--host", HOST, "--port", str(port)]
    arguments += ["--log-level", "warning"]
    with _running([sys.executable, *arguments], os.environ, port, "/openapi.json") as server:
        yield server


@contextmanager
def api() -> Iterator[Server]:
    """duende's API, with the settings of the environment."""
    port = free_port()
    placed = {**os.environ, "DUENDE_HOST": HOST, "DUENDE_PORT": str(port)}
    with _running([sys.executable, "-m", "duende", "serve"], placed, port, "/readyz") as server:
        yield server


@contextmanager
def page(api_address: str) -> Iterator[Server]:
    """duende's page, which talks to the API at `api_address`."""
    settings = Settings(host=HOST, page_port=free_port(), api=api_address)
    path = "/_stcore/health"
    started = command(settings)
    with _running(started, environment(settings), settings.page_port, path) as server:
        yield server


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _running(
    arguments: Sequence[str], variables: Mapping[str, str], port: int, ready_path: str
) -> Iterator[Server]:
    """A process that is ready where `ready_path` answers 200; stopped at the end, always."""
    address = f"http://{HOST}:{port}"
    with tempfile.TemporaryFile() as told:
        begun = time.perf_counter()
        process = subprocess.Popen(
            arguments, env=dict(variables), cwd=ROOT, stdout=told, stderr=subprocess.STDOUT
        )
        try:
            while not _answers(address + ready_path):
                if process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                    told.seek(0)
                    detail = told.read().decode(errors="replace")[-2000:]
                    raise SystemExit(f"{' '.join(arguments)} is not ready:\n{detail}")
                time.sleep(0.02)
            yield Server(address, psutil.Process(process.pid), time.perf_counter() - begun)
        finally:
            family = psutil.Process(process.pid).children(recursive=True)
            stop(process)
            for orphan in family:
                with suppress(psutil.NoSuchProcess):
                    orphan.kill()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False
