"""What tests share: only loopback, the real base and engine, our first lines, a browser."""

import os
import shutil
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from duende.composer.engines.llamacpp import LlamaCpp
from duende.settings import Settings
from duende.voice.base import Base, locate

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "::1", "localhost")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or what is like it."""
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    if binary is None:
        told = f"no browser: install one of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab of it, that nothing was opened in before."""
    context = browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
