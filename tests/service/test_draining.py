"""The service is told to stop: nobody new comes in, and no poem is cut off."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from duende.errors import Busy
from duende.service.limits import Gate
from serving import events_of, free_port, wait_until, wait_until_ready

BODY = {"first_line": "Under the sun", "max_words": 200}
EVENTS = {"Accept": "text/event-stream"}


@contextmanager
def process(**settings: str) -> Iterator[tuple["subprocess.Popen[str]", httpx2.Client]]:
    """A process that writes half a second a word, and a client of it."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("serve_slowly.py")), str(port)]
    environment = {**os.environ, **settings}
    serving = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait_until_ready(client)
            yield serving, client
    finally:
        serving.kill()
        serving.communicate()


def log_of(serving: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    """What a process that ends has logged."""
    _, said = serving.communicate(timeout=60)
    return [json.loads(line) for line in said.splitlines()]


def test_a_poem_ends_with_the_lines_that_stand_and_nobody_new_comes_in() -> None:
    """A hundred seconds of writing are cut to five; the reader gets a poem and not an error."""
    with process() as (serving, client):
        with client.stream("POST", "/v1/poems", json=BODY, headers=EVENTS) as response:
            text = response.iter_text()  # held: who lets go of it leaves
            said = next(text)
            while said.count("event: line") < 2:
                said += next(text)
            serving.terminate()
            wait_until(
                lambda: client.get("/readyz").status_code == 503, what="it says that it stops"
            )
            for refused in (client.get("/readyz"), client.post("/v1/poems", json=BODY)):
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) > 0
                assert "stopping" in refused.json()["detail"]
            assert client.get("/healthz").status_code == 200
            events = events_of(said + "".join(text))
        name, poem = events[-1]
        assert (name, poem["finish"]) == ("poem", "stopped")
        assert poem["lines"] == [data["text"] for _, data in events[:-1]]
        lines = [line for line in log_of(serving) if line.get("finish")]
        assert [line["finish"] for line in lines] == ["stopped"]


def test_whoever_hurries_it_is_obeyed() -> None:
    """A second Ctrl-C ends the poem at once, and the process with it."""
    with process() as (serving, client):
        with client.stream("POST", "/v1/poems", json=BODY, headers=EVENTS) as response:
            text = response.iter_text()
            next(text)
            serving.send_signal(signal.SIGINT)
            time.sleep(0.5)
            serving.send_signal(signal.SIGINT)
            serving.communicate(timeout=60)
        assert serving.returncode is not None


def test_who_waits_is_sent_away_when_the_gate_closes() -> None:
    async def walk() -> None:
        gate = Gate(slots=1, queue=1)
        first, second = gate.enter("a"), gate.enter("b")
        await first.turn()
        turn = asyncio.create_task(second.turn())
        await asyncio.sleep(0)
        gate.close()
        with pytest.raises(Busy, match="stopping"):
            await turn
        second.leave()
        with pytest.raises(Busy, match="stopping"):
            gate.enter("c")
        assert (gate.writing, gate.waiting) == (1, 0)

    asyncio.run(walk())
