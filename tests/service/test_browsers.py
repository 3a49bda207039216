"""What a browser is told: other pages' scripts stay out, and nothing is guessed, framed or kept."""

import pytest
from fastapi.testclient import TestClient

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from duende.service.api import create_app
from serving import wait_until_ready

PAGE = "https://poems.example"
ELSEWHERE = "https://elsewhere.example"
BODY = {"first_line": "Bajo el sol", "max_words": 20}
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def allowed(client: TestClient, origin: str) -> tuple[str | None, str | None]:
    """Which origin may read the answer: to the question before, and to the request."""
    before = client.options("/v1/poems", headers=ASKING | {"Origin": origin})
    answer = client.post("/v1/poems", json=BODY, headers={"Origin": origin})
    name = "access-control-allow-origin"
    return before.headers.get(name), answer.headers.get(name)


def test_pages_from_elsewhere_are_closed_out(client: TestClient) -> None:
    assert allowed(client, ELSEWHERE) == (None, None)


def test_pages_that_are_named_may_ask() -> None:
    app = create_app(
        lambda: Composer(Echo()), slots=2, queue=2, origins=f"{PAGE}, http://b.example"
    )
    with TestClient(app) as client:
        wait_until_ready(client)
        assert allowed(client, PAGE) == (PAGE, PAGE)
        assert allowed(client, "http://b.example") == ("http://b.example", "http://b.example")
        assert allowed(client, ELSEWHERE) == (None, None)
        answer = client.post("/v1/poems", json=BODY, headers={"Origin": PAGE})
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/v1/forms", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/v1/poems", 422),
        ("GET", "/openapi.json", 200),
    ],
)
def test_nothing_is_guessed_framed_or_kept(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_the_description_loads_its_script_and_is_not_framed(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert "https://" in answer.text
