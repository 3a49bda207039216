"""What stands before the service: headers, bounds, what stays inside, lines as they are written."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page

from deploy.conftest import caddy
from duende.check import look
from duende.page.words import words
from serving import free_port


@pytest.fixture(scope="module")
def site(api: str, page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = f"http://127.0.0.1:{free_port()}"
    with caddy(address, api, page, home=tmp_path_factory.mktemp("caddy")):
        yield address


def test_nothing_is_missing(site: str) -> None:
    findings = list(look(site))
    assert [finding for finding in findings if not finding.well] == []
    told = {finding.what: finding.found for finding in findings}
    assert told["page"] == "its health is 200"
    assert told["streaming"] == "as written"
    assert told["metrics"] == "stay inside"


def test_what_is_inside_stays_inside(site: str) -> None:
    with httpx2.Client(base_url=site, timeout=60) as client:
        for path in ("/metrics", "/metrics/", "/_stcore/metrics"):
            assert client.get(path).status_code == 404
        assert client.get("/readyz").json() == {"status": "ok"}
        answer = client.get("/")
        assert "text/html" in answer.headers["content-type"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers


def test_a_page_that_is_gone(api: str, tmp_path: Path) -> None:
    """The error has its guards, and Caddy's log has nothing of what was asked."""
    address = f"http://127.0.0.1:{free_port()}"
    with caddy(address, api, f"http://127.0.0.1:{free_port()}", home=tmp_path) as log:
        answer = httpx2.get(f"{address}/?line=Under+the+secret+sun", timeout=60)
    assert answer.status_code == 502
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers
    assert "secret" not in log.read_text()


@pytest.mark.browser
def test_the_page_writes_through_it(site: str, tab: Page) -> None:
    said = words("en")
    tab.goto(f"{site}/?ui=en&words=40&line=x")
    tab.get_by_label(said.first_line).fill("Under the sun")
    tab.get_by_role("button", name=said.write).click()
    tab.locator("button.copy").first.wait_for()
    lines = tab.locator("#poem-1").inner_text().split("\n")
    assert lines[0] == "Under the sun"
    assert len(lines) > 2


def test_a_body_that_does_not_end(site: str) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a" * 10_000

    with httpx2.Client(base_url=site, timeout=60) as client:
        try:
            status = client.post("/v1/poems", content=body()).status_code
        except httpx2.TransportError:
            return  # it hung up before all of it was sent
        assert status in (413, 502)  # Caddy before 2.7 says that it could not pass it on


def test_with_a_certificate(api: str, page: str, tmp_path: Path) -> None:
    """On the usual ports, with the authority that Caddy makes for a machine's own name."""
    for port in (80, 443):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("0.0.0.0", port))
            except OSError as error:
                pytest.skip(f"port {port}: {error}")
    with caddy("localhost", api, page, home=tmp_path):
        authority = tmp_path / "caddy/pki/authorities/local/root.crt"
        result = subprocess.run(
            [sys.executable, "-m", "duende", "check", "https://localhost", "--patience", "30"],
            env={**os.environ, "SSL_CERT_FILE": str(authority)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    # Caddy's own authority signs for half a day; nothing else is wrong.
    wrong = [line for line in result.stdout.splitlines() if line.startswith("✗")]
    assert len(wrong) == 1, result
    assert "good for 0 days" in wrong[0]
    assert "http goes to https://localhost" in result.stdout


def test_a_certificate_of_nobody(api: str, page: str, tmp_path: Path) -> None:
    address = f"https://localhost:{free_port()}"
    with caddy(f"{address} http://127.0.0.1:{free_port()}", api, page, home=tmp_path):
        findings = list(look(address))
    assert [(finding.what, finding.well) for finding in findings] == [
        ("ready", False),
        ("TLS", False),
    ]
    assert "certificate verify failed" in findings[1].found
