"""Takes the pictures of the page in docs/: starts the API and the page, and writes two poems.

    python bench/screenshot.py

The engine and the base are those of the settings; Chromium or Chrome must be installed.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import httpx2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from duende.page.run import command, environment
from duende.settings import Settings

DOCS = Path(__file__).resolve().parents[1] / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_SECONDS = 300  # a first start builds the base
LARGEST_BYTES = 200_000

ENGLISH = {
    "line": "All winter the piano kept its mouth shut",
    "lang": "en",
    "words": "60",
    "seed": "7",
    "ui": "en",
}
SPANISH = {
    "line": "La luna entró descalza en la cocina",
    "lang": "es",
    "words": "60",
    "seed": "7",
    "ui": "es",
}


def main() -> None:
    """Save docs/screenshot.png and docs/screenshot-phone.png."""
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    if binary is None:
        sys.exit(f"No browser: install one of {', '.join(BROWSERS)}.")
    settings = Settings(port=_free_port(), page_port=_free_port(), host="127.0.0.1", api="")
    address = f"http://127.0.0.1:{settings.page_port}"
    serving = {**os.environ, "DUENDE_HOST": settings.host, "DUENDE_PORT": str(settings.port)}
    with ExitStack() as stack:
        stack.enter_context(_running([sys.executable, "-m", "duende", "serve"], serving))
        stack.enter_context(_running(command(settings), environment(settings)))
        _wait(f"{settings.api_address}/readyz")
        _wait(f"{address}/_stcore/health")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        stack.callback(browser.close)
        with _visit(browser, 1200, 800) as page:
            _write(page, address, ENGLISH)
            _save(page, DOCS / "screenshot.png", colours=128)
        with _visit(browser, 390, 844, phone=True) as page:
            _write(page, address, SPANISH)
            _save(page, DOCS / "screenshot-phone.png", colours=64)


@contextmanager
def _visit(browser: Browser, width: int, height: int, *, phone: bool = False) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _write(page: Page, address: str, poem: dict[str, str]) -> None:
    page.goto(f"{address}/?{urlencode(poem)}")
    page.locator("button.copy").first.wait_for(timeout=PATIENCE_SECONDS * 1000)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(1500)  # the last line appears slowly
    print(page.locator(".poem").inner_text(), "\n")


def _save(page: Page, path: Path, *, colours: int) -> None:
    """Save what is in view; a palette keeps the file small."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > LARGEST_BYTES:
        sys.exit(f"{path} is larger than {LARGEST_BYTES:,} bytes.")


@contextmanager
def _running(arguments: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(arguments, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(address, timeout=5).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    sys.exit(f"{address} did not answer in {PATIENCE_SECONDS} s.")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
