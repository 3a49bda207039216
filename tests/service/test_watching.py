"""What an operator sees: a line of the log a request, and figures; never what was written."""

import contextlib
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo, EchoLane
from duende.service.api import BODY_BYTES, create_app
from duende.service.logs import Style, configure
from duende.service.metrics import Metrics
from duende.service.visits import Visit
from serving import free_port, serving, wait_until, wait_until_ready
from slow_echo import SlowEcho

EVENTS = {"Accept": "text/event-stream"}
LINE = "Bajo el sol de Tombuctú"
BODY = {"first_line": LINE, "max_words": 30, "seed": 7}


@contextmanager
def logging_as(style: Style) -> Iterator[io.StringIO]:
    """Log as the service does, into what is given."""
    root, out = logging.getLogger(), io.StringIO()
    before, factory = (root.handlers, root.level), logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)  # Ray, where a test loaded it, adds its own
    with contextlib.redirect_stderr(out):
        configure(style)
    try:
        yield out
    finally:
        root.handlers, root.level = before
        logging.setLogRecordFactory(factory)


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What has been logged as JSON, a dictionary for each line."""
    with logging_as("json") as out:
        yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def behind_a_proxy(engine: Echo | None = None, **more: Any) -> TestClient:
    app = create_app(
        lambda: Composer(engine or Echo()), slots=2, queue=2, proxies="10.0.0.0/8", **more
    )
    return TestClient(app, client=("10.0.0.1", 5000))


def figures(client: TestClient) -> dict[str, float]:
    """Every figure that is not zero, by its name and the values of its labels."""
    from prometheus_client import generate_latest

    text = generate_latest(client.app.state.metrics.registry).decode()  # type: ignore[attr-defined]
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value and not sample.name.endswith(("_created", "_bucket"))
    }


@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_a_poem_is_one_line_of_the_log(logged: Any, headers: dict[str, str]) -> None:
    with behind_a_proxy() as client:
        wait_until_ready(client)
        asked = headers | {"X-Forwarded-For": "203.0.113.7", "X-Request-Id": "a-1"}
        answer = client.post("/v1/poems?line=Tombuctú", json=BODY, headers=asked)
    (line,) = logged()
    words = int(re.findall(r'"words":\s*(\d+)', answer.text)[-1])
    assert line.pop("seconds") >= line.pop("began") >= line.pop("waited") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "a-1",
        "method": "POST",
        "route": "/v1/poems",
        "status": 201,
        "client": "203.0.113.0/24",
        "lang": "es",
        "form": "free",
        "words": words,
        "finish": "length",
    }


def test_what_was_refused_is_logged_by_its_kind(logged: Any) -> None:
    with behind_a_proxy(rate="1/hour") as client:
        wait_until_ready(client)
        for body in (BODY, BODY, {"first_line": LINE * 30}, {"first_lime": LINE}):
            client.post("/v1/poems", json=body)
        client.get(f"/{LINE}")
    lines = logged()
    assert [line.get("problem") for line in lines] == [
        None,
        "too-many-requests",
        "first-line-error",
        "malformed-request",
        "http",
    ]
    assert lines[-1]["route"] == "none"
    assert "Tombuct" not in json.dumps(lines, ensure_ascii=False)
    assert not any(f"{line}".count("10.0.0.1'") for line in lines)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_and_logged(logged: Any, chunked: bool) -> None:
    body = b'{"first_line": "%s"}' % (b"a" * BODY_BYTES)
    with behind_a_proxy() as client:
        wait_until_ready(client)
        answer = client.post(
            "/v1/poems",
            content=iter([body[:100], body[100:]]) if chunked else body,
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 413
    assert answer.headers["x-content-type-options"] == "nosniff"
    (line,) = logged()
    assert (line["status"], line["request_id"]) == (413, answer.headers["x-request-id"])


def test_health_is_not_logged(logged: Any) -> None:
    with behind_a_proxy() as client:
        wait_until_ready(client)
        client.get("/healthz")
    assert logged() == []


def test_what_nobody_foresaw_is_logged_with_its_request(logged: Any) -> None:
    class Failing(Echo):
        calls = 0

        @contextmanager
        def lane(self, **opening: object) -> Iterator[EchoLane]:
            self.calls += 1
            if self.calls > 2:  # the two languages of the warm-up
                raise ZeroDivisionError("nobody foresaw this")
            yield EchoLane()

    with behind_a_proxy(Failing()) as client:
        wait_until_ready(client)
        whole = client.post("/v1/poems", json=BODY)
        stream = client.post("/v1/poems", json=BODY, headers=EVENTS)
        failed = figures(client)
    assert (whole.status_code, stream.status_code) == (500, 201)
    lines = logged()
    for answer in (whole, stream):
        number = answer.headers["x-request-id"]
        error, request = (each for each in lines if each["request_id"] == number)
        assert "nobody foresaw this" in error["exception"]
        assert "Tombuct" not in error["exception"]
        assert request["problem"] == "unforeseen"
    assert whole.json()["instance"] == f"urn:duende:request:{whole.headers['x-request-id']}"
    assert failed["duende_problems_total unforeseen"] == 2


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "línea", "<script>"])
def test_a_number_that_is_not_well_formed_is_replaced(given: str) -> None:
    with behind_a_proxy() as client:
        answer = client.get("/healthz", headers={"X-Request-Id": given.encode()})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_only_a_trusted_proxy_numbers_requests() -> None:
    given = {"X-Request-Id": "a-1"}
    with behind_a_proxy() as client:
        assert client.get("/healthz", headers=given).headers["x-request-id"] == "a-1"
    app = create_app(lambda: Composer(Echo()), slots=1, queue=1)
    with TestClient(app, client=("10.0.0.1", 5000)) as client:
        assert client.get("/healthz", headers=given).headers["x-request-id"] != "a-1"


def test_the_log_for_people() -> None:
    with logging_as("text") as out, behind_a_proxy() as client:
        wait_until_ready(client)
        client.post("/v1/poems", json=BODY)
        logging.getLogger("another.library").warning("It rained.")
    request, other = out.getvalue().splitlines()
    for told in ("request", "/v1/poems", "201", "lang=es"):
        assert told in request
    assert "It rained." in other
    assert "Tombuct" not in request


def test_figures() -> None:
    with behind_a_proxy(rate="2/hour") as client:
        assert "duende_writing" not in figures(client)
        wait_until_ready(client)
        poem = client.post("/v1/poems", json=BODY).json()
        for _ in range(2):
            client.post("/v1/poems", json=BODY, headers=EVENTS)
        found = figures(client)
    assert found["duende_requests_total /v1/poems 201"] == 2
    assert found["duende_requests_total /v1/poems 429"] == 1
    assert found["duende_request_seconds_count /v1/poems"] == 3
    assert found["duende_poems_total length free es"] == 2
    assert found["duende_words_total es"] == 2 * poem["words"]
    assert found["duende_problems_total too-many-requests"] == 1
    assert found["duende_waited_seconds_count"] == found["duende_first_line_seconds_count"] == 2
    assert found["duende_model_loaded"] == 1
    assert "duende_writing" not in found
    if sys.platform == "linux":
        assert found["process_resident_memory_bytes"] > 1e6


@pytest.mark.parametrize(("route", "counted"), [("/v1/poems", 1), ("/readyz", None)])
def test_a_health_check_is_no_reader_who_was_refused(route: str, counted: float | None) -> None:
    metrics = Metrics()
    metrics.count(Visit("1", problem="busy"), route=route, status=503, seconds=0.1)
    found = metrics.registry.get_sample_value("duende_problems_total", {"kind": "busy"})
    assert found == counted


def test_figures_of_what_is_being_written_and_of_who_left() -> None:
    app = create_app(lambda: Composer(SlowEcho(seconds=0.05)), slots=1, queue=1)
    with serving(app) as address, httpx2.Client(base_url=address, timeout=60) as client:
        body = {"first_line": "Under the sun"}

        def figure(name: str) -> float | None:
            value: float | None = app.state.metrics.registry.get_sample_value(name, {})
            return value

        with client.stream("POST", "/v1/poems", json=body, headers=EVENTS):
            wait_until(lambda: figure("duende_writing") == 1, what="one is written")
            with client.stream("POST", "/v1/poems", json=body, headers=EVENTS):
                assert figure("duende_waiting") == 1
                full = client.post("/v1/poems", json=body)
                assert (full.status_code, full.json()["type"]) == (503, "urn:duende:busy")
        wait_until(lambda: figure("duende_writing") == 0, what="both left")
        with pytest.raises(httpx2.ReadTimeout):
            client.post("/v1/poems", json=body, timeout=0.5)
        left = {"lang": "en", "form": "free", "finish": "left"}
        wait_until(
            lambda: app.state.metrics.registry.get_sample_value("duende_poems_total", left) == 3,
            what="all are counted",
        )


def test_figures_are_served_at_a_port_of_their_own() -> None:
    port = free_port()
    with Metrics().serving("127.0.0.1", port):
        answer = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60)
        assert answer.headers["content-type"].startswith("text/plain")
        assert "duende_poems" in answer.text
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60)
    with behind_a_proxy() as client:
        assert client.get("/metrics").status_code == 404
