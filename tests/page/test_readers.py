"""The page in a process of its own, behind a proxy: the API learns who reads it, and who may."""

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from duende.page.run import command, environment
from duende.settings import Settings
from duende.together import stop
from serving import answers, free_port, wait_until

NAME = "poems.example"


class Api(BaseHTTPRequestHandler):
    """An API that has nothing to offer, and remembers for whom it was asked."""

    asked_for: ClassVar[set[str | None]]

    def do_GET(self) -> None:
        self.asked_for.add(self.headers["X-Forwarded-For"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps([]).encode())

    def log_message(self, *_: object) -> None: ...


@contextmanager
def page(**settings: str) -> Iterator[tuple[int, set[str | None]]]:
    """The page's port, and for whom it asked the API."""

    class Remembering(Api):
        asked_for: ClassVar[set[str | None]] = set()

    with ThreadingHTTPServer(("127.0.0.1", 0), Remembering) as api:
        threading.Thread(target=api.serve_forever).start()
        placed = Settings(
            page_port=free_port(),
            api=f"http://127.0.0.1:{api.server_port}",
            _env_file=None,
            **settings,
        )
        process = subprocess.Popen(command(placed), env=os.environ | environment(placed))
        try:
            health = f"http://127.0.0.1:{placed.page_port}/_stcore/health"
            wait_until(lambda: answers(health), what="the page answers", seconds=90)
            yield placed.page_port, Remembering.asked_for
        finally:
            stop(process)
            api.shutdown()


@contextmanager
def visit(port: int, *, host: str, told: str) -> Iterator[None]:
    """Open the page as a proxy does for a reader."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    with connect(
        f"ws://{host}/_stcore/stream",
        additional_headers={"X-Forwarded-For": told},
        subprotocols=["streamlit"],  # type: ignore[list-item]
        sock=socket.create_connection(("127.0.0.1", port)),
        open_timeout=60,
    ) as browser:
        browser.send(message.SerializeToString())
        yield


def test_who_reads_the_page_is_who_the_api_is_asked_for() -> None:
    with page(proxies="127.0.0.1, 10.0.0.0/8", page_hosts=f"{NAME}, other.example") as (port, seen):
        for told, reader in (
            ("203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 2001:db8::5, 10.1.1.1", "2001:db8::5"),
        ):
            with visit(port, host=NAME, told=told):
                wait_until(lambda reader=reader: reader in seen, what="it is told", seconds=90)
        assert seen == {"203.0.113.7", "2001:db8::5"}
        with visit(port, host="other.example", told="203.0.113.7"):
            pass
        with pytest.raises(InvalidStatus), visit(port, host="127.0.0.1", told="203.0.113.7"):
            pass


def test_a_reader_who_is_no_proxy_is_not_believed() -> None:
    with page(proxies="10.0.0.0/8") as (port, seen), visit(port, host=NAME, told="203.0.113.7"):
        wait_until(lambda: bool(seen), what="the API is asked", seconds=90)
        assert seen == {None}
