"""Readers are told apart, and each is held to a share."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx2
import pytest
from fastapi.testclient import TestClient

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from duende.errors import SettingsError, TooManyRequests
from duende.service.api import create_app
from duende.service.clients import Clients
from duende.settings import read_settings
from serving import serving, wait_until, wait_until_ready
from slow_echo import SlowEcho

EVENTS = {"Accept": "text/event-stream"}
BODY = {"first_line": "Bajo el sol", "max_words": 20}


@pytest.fixture
def limited() -> Iterator[TestClient]:
    """A service behind a proxy at 10.0.0.1, which lets everybody ask twice an hour."""
    app = create_app(
        lambda: Composer(Echo()), slots=2, queue=2, rate="9/second; 2/hour", proxies="10.0.0.0/8"
    )
    with TestClient(app, client=("10.0.0.1", 5000)) as client:
        wait_until_ready(client)
        yield client


def ask(
    client: TestClient, reader: str, path: str = "/v1/poems", **body: object
) -> httpx2.Response:
    """Ask for a poem on a reader's behalf."""
    return client.post(path, json=body or BODY, headers={"X-Forwarded-For": reader})


def test_each_reader_has_a_rate(limited: TestClient) -> None:
    for _ in range(2):
        assert ask(limited, "203.0.113.7").status_code == 201
    refused = ask(limited, "203.0.113.7")
    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:duende:too-many-requests"
    seconds = int(refused.headers["retry-after"])
    assert 3000 < seconds <= 3601
    assert f"{seconds} seconds" in refused.json()["detail"]
    assert ask(limited, "203.0.113.8").status_code == 201


def test_what_is_worked_on_costs_and_what_is_looked_up_does_not(limited: TestClient) -> None:
    reader = "203.0.113.7"
    assert ask(limited, reader, "/v1/scansions", text="Bajo el sol").status_code == 200
    assert ask(limited, reader, "/generate/", prompt="Bajo el sol").status_code == 200
    text = {"text": "Bajo el sol\ncanta el agua.", "line": 2}
    for path, body in (
        ("/v1/poems", BODY),
        ("/v1/poems/continue", {"text": "Bajo el sol\ncanta"}),
        ("/v1/poems/rewrite", text),
        ("/v1/scansions", {"text": "sol"}),
        ("/generate/", {"prompt": "sol"}),
    ):
        assert ask(limited, reader, path, **body).status_code == 429, path
    rhymes = "/v1/rhymes?word=sol&lang=es"
    assert limited.get(rhymes, headers={"X-Forwarded-For": reader}).status_code == 429
    for path in ("/healthz", "/readyz", "/v1/voices", "/v1/forms", "/v1/eras"):
        answer = limited.get(path, headers={"X-Forwarded-For": reader})
        assert answer.status_code == 200, path


def test_what_is_refused_as_asked_costs_nothing(limited: TestClient) -> None:
    for _ in range(3):
        assert ask(limited, "203.0.113.7", first_line="").status_code == 422
    assert ask(limited, "203.0.113.7").status_code == 201


def test_a_household_in_ipv6_is_one_reader(limited: TestClient) -> None:
    for end in (1, 2):
        assert ask(limited, f"2001:db8:1:2::{end}").status_code == 201
    assert ask(limited, "2001:db8:1:2:ffff::3").status_code == 429
    assert ask(limited, "2001:db8:1:3::1").status_code == 201


def test_only_a_trusted_proxy_says_who_asks() -> None:
    app = create_app(
        lambda: Composer(Echo()), slots=2, queue=2, rate="1/hour", proxies="10.0.0.0/8"
    )
    with TestClient(app, client=("192.0.2.9", 5000)) as client:
        wait_until_ready(client)
        assert ask(client, "203.0.113.7").status_code == 201
        assert ask(client, "203.0.113.8").status_code == 429


def test_a_reader_who_says_so_is_still_who_the_proxy_saw(limited: TestClient) -> None:
    """A list of addresses is read from the proxy's end."""
    for invented in ("198.51.100.1", "198.51.100.2"):
        assert ask(limited, f"{invented}, 203.0.113.7").status_code == 201
    assert ask(limited, "198.51.100.3, 203.0.113.7").status_code == 429


def test_so_many_poems_at_once() -> None:
    """A reader's second poem is refused, another reader's is not; who left may ask again."""
    with (
        serving(
            lambda: Composer(SlowEcho(seconds=0.05)), proxies="127.0.0.1", at_once=1, slots=4
        ) as address,
        httpx2.Client(base_url=address, timeout=60) as client,
    ):

        def begin(stack: ExitStack, reader: str) -> httpx2.Response:
            headers = EVENTS | {"X-Forwarded-For": reader}
            body = {"first_line": "Under the sun"}
            return stack.enter_context(
                client.stream("POST", "/v1/poems", json=body, headers=headers)
            )

        with ExitStack() as stack:
            assert begin(stack, "203.0.113.7").status_code == 201
            refused = begin(stack, "203.0.113.7")
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
            assert begin(stack, "203.0.113.8").status_code == 201

        def may_ask() -> bool:
            with ExitStack() as stack:
                return begin(stack, "203.0.113.7").status_code == 201

        wait_until(may_ask, what="who left may ask again")


def test_nobody_is_limited_unless_that_is_set(client: TestClient) -> None:
    for _ in range(30):
        assert client.post("/v1/poems", json=BODY).status_code == 201


def test_a_client_who_left_is_forgotten() -> None:
    clients = Clients(at_once=1)
    clients.enter("a")
    with pytest.raises(TooManyRequests):
        clients.enter("a")
    clients.leave("a")
    assert not clients._inside
    clients.enter("a")


@pytest.mark.parametrize("rate", ["often", "10", "10/minute, and 3"])
def test_a_rate_that_makes_no_sense(rate: str) -> None:
    with pytest.raises(SettingsError, match="DUENDE_RATE"):
        create_app(lambda: Composer(Echo()), slots=1, queue=1, rate=rate)


@pytest.mark.parametrize("proxies", ["*", "caddy", "10.0.0.1/8", "300.1.1.1"])
def test_proxies_that_make_no_sense(proxies: str) -> None:
    with pytest.raises(SettingsError, match="DUENDE_PROXIES"):
        read_settings(proxies=proxies)


def test_a_rewriting_stops_when_its_reader_leaves() -> None:
    begun, ended = threading.Event(), threading.Event()

    class Endless(Composer):
        def rewrite(self, request, *, stopped=bool):  # type: ignore[no-untyped-def]
            begun.set()
            wait_until(stopped, what="the reader left")
            ended.set()
            return []

    with serving(lambda: Endless(Echo()), slots=1, queue=0) as address:
        body = {"text": "Under the sun\nwe wait.", "line": 2}
        with closing(httpx2.Client(timeout=0.5)) as client, pytest.raises(httpx2.ReadTimeout):
            client.post(f"{address}/v1/poems/rewrite", json=body)
        assert begun.is_set()
        assert ended.wait(30)
        wait_until(
            lambda: httpx2.post(f"{address}/v1/poems", json=BODY, timeout=60).status_code == 201,
            what="the slot is free again",
        )
