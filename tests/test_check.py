"""`duende check`: what it sees of a service, and what it says where something is wrong."""

import json
import threading
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from typer.testing import CliRunner

from duende.check import look
from duende.cli import app
from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from duende.errors import BaseMissing, ServiceError
from serving import serving
from slow_echo import SlowEcho


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(lambda: Composer(SlowEcho(seconds=0.02))) as address:
        yield address


def wrong(address: str, *, patience: float = 0) -> dict[str, str]:
    """What is not well there."""
    found = look(address, patience=patience)
    return {finding.what: finding.found for finding in found if not finding.well}


def test_an_api_that_is_well(api: str) -> None:
    result = CliRunner().invoke(app, ["check", api, "--json"])
    assert result.exit_code == 0, result.output
    told = {row["what"]: row["found"] for row in json.loads(result.output)}
    assert told["streaming"] == "as written"
    assert "lines in" in told["in Spanish"]
    assert told["page"] == "none at this address: the API alone"


def test_lines_that_are_held_back(api: str) -> None:
    """A proxy that sends on what it has got only once it has got it all."""
    proxy = FastAPI()

    @proxy.api_route("/{path:path}", methods=["GET", "POST"])
    async def pass_on(path: str, request: Request) -> Response:
        async with httpx2.AsyncClient(base_url=api, timeout=60) as client:
            answer = await client.request(
                request.method,
                f"/{path}",
                content=await request.body(),
                headers={
                    name: request.headers[name]
                    for name in ("accept", "content-type")
                    if name in request.headers
                },
            )
        return Response(answer.content, answer.status_code, dict(answer.headers))

    with serving(proxy) as address:
        found = wrong(address)
    assert list(found) == ["streaming"]
    assert "holds them back" in found["streaming"]


def test_a_service_without_a_model() -> None:
    def fail() -> Composer:
        raise BaseMissing("There is no base model here.")

    with serving(fail, ready=False) as address:
        found = wrong(address, patience=1)
    assert found == {"ready": "There is no base model here."}


def test_a_model_that_is_being_loaded() -> None:
    """With patience it is waited for."""
    loaded = threading.Event()

    def load() -> Composer:
        loaded.wait(60)
        return Composer(Echo())

    with serving(load, ready=False) as address:
        assert list(wrong(address)) == ["ready"]
        threading.Timer(1, loaded.set).start()
        assert wrong(address, patience=60) == {}


def test_another_site() -> None:
    other = FastAPI()

    @other.get("/{path:path}")
    async def anything(path: str) -> Response:
        return Response("# HELP something\n", media_type="text/html")

    with serving(other) as address:
        assert list(wrong(address)) == ["ready"]


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org", "https://", "", "http://a:b", "http://[::1"]
)
def test_no_address(url: str) -> None:
    with pytest.raises(ServiceError, match="no address to look at"):
        list(look(url))
    result = CliRunner().invoke(app, ["check", url])
    assert result.exit_code == 1
    assert "like https://example.org" in result.output
