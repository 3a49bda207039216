"""What tests share: no network but loopback, the real base and engine, our first lines."""

import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duende.composer.engines.llamacpp import LlamaCpp
from duende.settings import Settings
from duende.voice.base import Base, locate

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """A test that reaches for the network fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def base() -> Base:
    """The embedded base, built on the first run."""
    return locate(cache=Settings().cache)


@pytest.fixture(scope="session")
def engine(base: Base) -> Iterator[LlamaCpp]:
    """The real engine on the embedded base."""
    engine = LlamaCpp(base, slots=4)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def first_lines() -> dict[str, list[str]]:
    """Our first lines, by language."""
    return tomllib.loads((HERE / "first_lines.toml").read_text(encoding="utf-8"))
