"""The images: built from deploy/Dockerfile, run as an engine runs them, asked for poems."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bench.images import FIRST_VERSION, WHY_NOT, Builder, Container, Image, packages

from deploy.conftest import DEPLOY
from serving import wait_until

pytestmark = pytest.mark.timeout(2400)  # the first test builds
MOST = {"api": 380, "page": 520}
"""How many MB an image may add to its base."""
LONG_SECONDS = 120


@pytest.fixture(scope="module")
def builder(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    if WHY_NOT:
        pytest.skip(f"no image can be built: {WHY_NOT}")
    builder = Builder(tmp_path_factory.mktemp("images"))
    builder.make_base(debian)
    builder.build("test")
    yield builder
    builder.close()


@pytest.fixture(scope="module")
def api_image(builder: Builder) -> Image:
    return builder.image("duende-api:test")


@pytest.fixture(scope="module")
def page_image(builder: Builder) -> Image:
    return builder.image("duende-page:test")


@pytest.fixture
def api(api_image: Image, tmp_path: Path) -> Iterator[Container]:
    container = Container(api_image, log=tmp_path / "api.log")
    yield container
    container.stop(LONG_SECONDS)


@pytest.fixture(params=["api", "page"])
def image(request: pytest.FixtureRequest) -> Image:
    made: Image = request.getfixturevalue(f"{request.param}_image")
    return made


def test_it_is_small_and_bare(image: Image, capsys: pytest.CaptureFixture[str]) -> None:
    name = image.name.removeprefix("duende-").removesuffix(":test")
    added, before = image.size - image.base_size, packages(*FIRST_VERSION[name])
    with capsys.disabled():
        told = f"{name}: {added:.0f} MB on top of its base, the first version {before:.0f} MB"
        sys.stdout.write(f"\n{told}\n")
    assert added < MOST[name]
    user, _, group = image.config["User"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert image.config["Healthcheck"]["Test"][0] == "CMD", "no shell, no curl"
    for path in ("sources", "root/.cache/pip", "opt/duende/bin/pip", "usr/bin/gcc", ".git"):
        assert not (image.root / path).exists(), path
    installed = {path.name for path in image.root.glob("opt/duende/lib/python3*/site-packages/*")}
    assert not installed & {"torch", "transformers", "gguf", "pip", "setuptools"}
    assert not any("gemma" in name for name in installed)


def test_the_api_writes_and_has_no_network(api: Container) -> None:
    wait_until(api.healthy, what="the health check passes", seconds=LONG_SECONDS)
    address = "http://127.0.0.1:8000"
    checked = api.enter(
        sys.executable, "-m", "duende", "check", address, "--json", network_only=True
    )
    assert checked.returncode == 0, checked
    told = {row["what"]: row["found"] for row in json.loads(checked.stdout)}
    assert "lines in" in told["in English"]
    assert "lines in" in told["in Spanish"]


def test_its_own_command_line_writes(api_image: Image, tmp_path: Path) -> None:
    log = tmp_path / "poem.txt"
    line = "La casa guarda el eco de la lluvia"
    container = Container(api_image, "duende", "compose", line, "--lang", "es", log=log)
    assert container.process.wait(LONG_SECONDS) == 0, log.read_text()
    poem = log.read_text().splitlines()
    assert poem[0] == line
    assert len(poem) > 2


def test_a_signal_stops_it_in_time(api_image: Image, tmp_path: Path) -> None:
    container = Container(api_image, log=tmp_path / "api.log")
    wait_until(container.healthy, what="the health check passes", seconds=LONG_SECONDS)
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    status = container.stop(float(compose["services"]["api"]["stop_grace_period"].rstrip("s")))
    assert status in (0, -15, 143)
    assert "Traceback" not in (tmp_path / "api.log").read_text()


def test_nothing_can_be_written_as_its_user(api_image: Image, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "import os; print(os.getuid()); open('/srv/duende/written', 'w')"
    container = Container(api_image, "python", "-c", script, log=log)
    assert container.process.wait(LONG_SECONDS) == 1
    assert log.read_text().splitlines()[0] == "10001"
    assert "Read-only file system" in log.read_text()


def test_the_page_is_healthy(page_image: Image, tmp_path: Path) -> None:
    container = Container(page_image, log=tmp_path / "page.log", DUENDE_API="http://127.0.0.1:8000")
    try:
        wait_until(container.healthy, what="the health check passes", seconds=LONG_SECONDS)
        script = "import urllib.request as web; print(web.urlopen('http://127.0.0.1:8501/').read())"
        assert "<title>" in container.enter("python", "-c", script).stdout
    finally:
        container.stop(30)
    assert "Traceback" not in (tmp_path / "page.log").read_text()


def test_build_images_says_what_is_missing(tmp_path: Path) -> None:
    for tool in ("dirname", "sed"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    result = subprocess.run(
        ["/usr/bin/bash", str(DEPLOY / "build-images")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "install one" in result.stderr
