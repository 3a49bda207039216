"""Caddy, as deploy/ sets it up, before the real API and the real page."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench.images import SBIN, make_debian

from duende.composer.composer import Composer
from serving import answers, free_port, serving, wait_until
from slow_echo import SlowEcho

DEPLOY = Path(__file__).parents[2] / "deploy"
CADDY = shutil.which("caddy")


@pytest.fixture(scope="package")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root of a minimal Debian."""
    if os.geteuid() != 0 or shutil.which("debootstrap", path=SBIN) is None:
        pytest.skip("a Debian is made by debootstrap, as root")
    folder = tmp_path_factory.mktemp("linux") / "debian"
    yield make_debian(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
def api() -> Iterator[str]:
    """The address of an API that takes a second or two for a poem."""
    with serving(lambda: Composer(SlowEcho(seconds=0.02))) as address:
        yield address


@pytest.fixture(scope="package")
def page(api: str) -> Iterator[str]:
    """The address of the page."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "duende", "page"],
        env={**os.environ, "DUENDE_PAGE_PORT": str(port), "DUENDE_API": api},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/_stcore/health"), what="the page answers")
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def caddy(site: str, api: str, page: str, *, home: Path) -> Iterator[Path]:
    """Caddy with our Caddyfile, in front of both; gives its log."""
    if CADDY is None:
        pytest.skip("Caddy is not installed")
    health = free_port()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "DUENDE_SITE": site,
        "DUENDE_HEALTH_PORT": str(health),
        "DUENDE_UPSTREAM_API": api.removeprefix("http://"),
        "DUENDE_UPSTREAM_PAGE": page.removeprefix("http://"),
    }
    command = [CADDY, "run", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    log = home / "caddy.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stderr=output)
    try:
        wait_until(
            lambda: answers(f"http://127.0.0.1:{health}/") or process.poll() is not None,
            what="Caddy answers",
        )
        assert process.poll() is None, log.read_text()
        yield log
    finally:
        process.terminate()
        process.wait()
