"""The API: poems whole and in events, problems told in one shape, bounded work."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from duende.composer.composer import Composer
from duende.composer.engine import Sampling
from duende.composer.engines.echo import Echo, EchoLane
from duende.composer.engines.llamacpp import LlamaCpp
from duende.errors import BaseMissing, Busy
from duende.service.api import BODY_BYTES, create_app
from duende.service.limits import Gate
from duende.voice.prompts import ERAS
from made_voices import write_voice
from serving import events_of, serving, wait_until, wait_until_ready

EVENTS = {"Accept": "text/event-stream"}
POEM_FIELDS = {
    "text", "lines", "lang", "lang_assumed", "form", "first_line", "words", "seed", "voice",
    "finish", "report",
}  # fmt: skip


def test_a_poem(client: TestClient) -> None:
    response = client.post("/v1/poems", json={"first_line": "  Bajo el sol ", "seed": 7})
    assert response.status_code == 201
    poem = response.json()
    assert set(poem) == POEM_FIELDS
    assert poem["text"].split("\n") == poem["lines"]
    assert poem["lines"][0] == poem["first_line"] == "Bajo el sol"
    assert (poem["lang"], poem["lang_assumed"], poem["seed"]) == ("es", True, 7)
    assert poem["words"] == len(poem["text"].split()) <= 200
    assert poem["finish"] == "complete"
    again = client.post("/v1/poems", json={"first_line": "Bajo el sol", "seed": 7})
    assert again.json() == poem


def test_the_same_poem_in_events(client: TestClient) -> None:
    body = {"first_line": "Under the sun", "seed": 3, "max_words": 40}
    whole = client.post("/v1/poems", json=body).json()
    response = client.post("/v1/poems", json=body, headers=EVENTS)
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    events = events_of(response.text)
    assert [name for name, _ in events] == ["line"] * len(whole["lines"]) + ["poem"]
    assert [data["text"] for _, data in events[:-1]] == whole["lines"]
    assert events[-1][1] == whole


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"first_line": ""}, "first-line-error"),
        ({"first_line": "a" * 301}, "first-line-error"),
        ({"first_line": "a\u0007"}, "first-line-error"),
        ({"first_line": "sun", "max_words": 201}, "length-error"),
        ({"first_line": "sun", "temperature": 9}, "sampling-error"),
        ({"first_line": "sun", "seed": -1}, "sampling-error"),
        ({"first_line": "sun", "lang": "fr"}, "unknown-language"),
        ({"first_line": "sun", "form": "ode"}, "unknown-form"),
        ({"first_line": "sun", "voice": "x"}, "unknown-voice"),
        ({}, "malformed-request"),
        ({"first_line": 5}, "malformed-request"),
        ({"first_line": "sun", "mood": "sad"}, "malformed-request"),
        ({"first_line": "sun", "max_words": "many"}, "malformed-request"),
        ([], "malformed-request"),
    ],
)
@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_problems(client: TestClient, body: Any, kind: str, headers: dict[str, str]) -> None:
    response = client.post("/v1/poems", json=body, headers=headers)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:duende:{kind}"
    assert problem["status"] == 422
    assert problem["detail"].endswith(".")


def test_odd_bodies(client: TestClient) -> None:
    for content in (b"", b"{", b"\xff\xfe", b'{"first_line": NaN}', b'{"first_line": "\\ud800"}'):
        response = client.post(
            "/v1/poems", content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 422, content
        assert response.headers["content-type"] == "application/problem+json"


def test_half_a_character_is_not_read(client: TestClient) -> None:
    response = client.post(
        "/v1/scansions",
        content=b'{"text": "la luna \\ud800", "lang": "es"}',
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 200
    line = response.json()["lines"][0]
    assert (line["text"], line["syllables"], line["unread"]) == ("la luna \ufffd", 3, ["\ufffd"])


def test_too_large_a_body(client: TestClient) -> None:
    response = client.post("/v1/poems", json={"first_line": "a" * BODY_BYTES})
    assert response.status_code == 413


def test_no_such_path_is_a_problem_too(client: TestClient) -> None:
    for response in (client.get("/nowhere"), client.get("/v1/poems")):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code in (404, 405)


def test_choices(client: TestClient) -> None:
    assert [voice["name"] for voice in client.get("/v1/voices").json()] == ["default", "base"]
    form = client.get("/v1/forms").json()[0]
    assert (form["id"], form["lang"]) == ("free", ["en", "es"])
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}


def test_the_description(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    poems = description["paths"]["/v1/poems"]["post"]
    assert {"201", "422", "503"} <= set(poems["responses"])
    assert "application/problem+json" in poems["responses"]["422"]["content"]
    assert "text/event-stream" in poems["responses"]["201"]["content"]
    for example in description["components"]["schemas"]["PoemCreate"]["examples"]:
        assert client.post("/v1/poems", json=example).status_code == 201


def test_clients_of_the_first_version(client: TestClient) -> None:
    response = client.post("/generate/", json={"prompt": "Bajo el sol"})
    assert response.status_code == 200
    assert list(response.json()) == ["poem"]
    assert response.json()["poem"].startswith("Bajo el sol\n")
    body = {"prompt": "Bajo\nel sol", "max_length": 40, "temperature": 1.2, "top_p": 0.95}
    poem = client.post("/generate/", json=body).json()["poem"]
    assert poem.startswith("Bajo el sol\n")
    assert len(poem.split()) <= 40 / 2.3 + 1
    assert client.post("/generate/", json={"prompt": ""}).status_code == 422


class SlowLane(EchoLane):
    """An echo that takes its time, and counts who is inside."""

    inside = 0
    most = 0

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        SlowLane.inside += 1
        SlowLane.most = max(SlowLane.most, SlowLane.inside)
        try:
            for piece in super().continue_text(prompt, sampling, max_tokens=max_tokens):
                time.sleep(0.01)
                yield piece
        finally:
            SlowLane.inside -= 1


class Slow(Echo):
    """The slow echo's engine."""

    @contextmanager
    def lane(self, **opening: object) -> Iterator[SlowLane]:
        """Open a slow lane."""
        yield SlowLane()


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """The address of an API that writes slowly: two slots, two places in the queue."""
    with serving(lambda: Composer(Slow()), slots=2, queue=2) as address:
        yield address


def assert_room(address: str) -> None:
    """A short poem is written at once: nobody holds the slots that others have left."""
    body = {"first_line": "again", "seed": 1, "max_words": 20}
    assert httpx2.post(f"{address}/v1/poems", json=body, timeout=60).status_code == 201


def test_bounded_work(slow: str) -> None:
    """Two write, two wait, the others are told at once when to come back."""
    SlowLane.most = 0
    answers: list[httpx2.Response] = []

    def ask(headers: dict[str, str]) -> None:
        body = {"first_line": "Under the sun"}
        answers.append(httpx2.post(f"{slow}/v1/poems", json=body, headers=headers, timeout=60))

    threads = [threading.Thread(target=ask, args=(EVENTS if n % 2 else {},)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 4 + [503] * 4
    assert SlowLane.most == 2
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["type"] == "urn:duende:busy"
            assert int(answer.headers["retry-after"]) > 0
        elif "event-stream" in answer.headers["content-type"]:
            assert events_of(answer.text)[-1][0] == "poem"
    assert_room(slow)


@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_a_reader_who_leaves_frees_the_slot(slow: str, headers: dict[str, str]) -> None:
    for _ in range(4):
        with suppress(httpx2.ReadTimeout):
            body = {"first_line": "Under the sun"}
            with httpx2.stream(
                "POST", f"{slow}/v1/poems", json=body, headers=headers, timeout=0.3
            ) as response:
                next(response.iter_lines())
    wait_until(lambda: not SlowLane.inside, what="everybody left")
    assert_room(slow)


def test_the_loop_never_waits_for_the_model(slow: str) -> None:
    poem = f"{slow}/v1/poems"
    body = {"first_line": "Under the sun", "max_words": 200, "seed": 3}
    with httpx2.stream("POST", poem, json=body, headers=EVENTS, timeout=60) as response:
        lines = response.iter_lines()  # held: who lets go of it leaves
        next(lines)
        assert httpx2.get(f"{slow}/healthz", timeout=60).status_code == 200
        wait_until(lambda: bool(SlowLane.inside), what="the poem is still being written")
    wait_until(lambda: not SlowLane.inside, what="everybody left")


def test_not_ready_until_the_model_is_loaded() -> None:
    loaded = threading.Event()

    def load() -> Composer:
        loaded.wait(30)
        return Composer(Echo())

    with TestClient(create_app(load, slots=1, queue=0)) as client:
        assert client.get("/healthz").status_code == 200
        for response in (client.get("/readyz"), client.post("/v1/poems", json={"first_line": "a"})):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert "loading" in response.json()["detail"]
        loaded.set()
        wait_until_ready(client)


def test_a_base_that_is_missing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Composer:
        raise BaseMissing("There is no base model at /nowhere: set DUENDE_BASE to a GGUF file.")

    with TestClient(create_app(load, slots=1, queue=0)) as client:
        wait_until(
            lambda: "Retry-After" not in client.get("/readyz").headers, what="the failure is known"
        )
        response = client.post("/v1/poems", json={"first_line": "a"})
        assert response.status_code == 503
        assert response.json()["type"] == "urn:duende:base-missing"
        assert "DUENDE_BASE" in response.json()["detail"]
        assert client.get("/healthz").status_code == 200
    assert "DUENDE_BASE" in caplog.text


def test_an_error_in_the_middle_is_an_event() -> None:
    class Failing(Echo):
        @contextmanager
        def lane(self, **opening: object) -> Iterator[EchoLane]:
            yield FailingLane()

    class FailingLane(EchoLane):
        def continue_text(
            self, prompt: str, sampling: Sampling, *, max_tokens: int
        ) -> Iterator[str]:
            if "Under the sun" in prompt:
                yield "the wall keeps the silence,\n"
                raise BaseMissing("The base is gone: build it again.")
            yield from super().continue_text(prompt, sampling, max_tokens=max_tokens)

    app = create_app(lambda: Composer(Failing()), slots=1, queue=0)
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        body = {"first_line": "Under the sun"}
        events = events_of(client.post("/v1/poems", json=body, headers=EVENTS).text)
        assert [name for name, _ in events] == ["line", "line", "error"]
        assert events[-1][1]["detail"] == "The base is gone: build it again."
        assert client.post("/v1/poems", json=body).status_code == 503


def test_what_was_not_foreseen_is_a_problem_without_details() -> None:
    class Failing(Echo):
        @contextmanager
        def lane(self, **opening: object) -> Iterator[EchoLane]:
            if self.calls == 2:  # the two languages of the warm-up
                raise ZeroDivisionError("secret")
            self.calls += 1
            yield EchoLane()

        calls = 0

    app = create_app(lambda: Composer(Failing()), slots=1, queue=0)
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        response = client.post("/v1/poems", json={"first_line": "Under the sun"})
        assert response.status_code == 500
        assert response.json()["type"] == "urn:duende:unforeseen"
        assert "secret" not in response.text
        text = client.post("/v1/poems", json={"first_line": "Under the sun"}, headers=EVENTS).text
        assert events_of(text)[-1][1]["type"] == "urn:duende:unforeseen"
        assert "secret" not in text


def test_who_waits_too_long_is_told_to_come_back() -> None:
    async def walk() -> None:
        gate = Gate(slots=1, queue=1, wait=0.01)
        first, second = gate.enter("a"), gate.enter("b")
        await first.turn()
        with pytest.raises(Busy):
            await second.turn()
        second.leave()
        assert (gate.writing, gate.waiting) == (1, 0)

    asyncio.run(walk())


def test_the_gate() -> None:
    async def walk() -> None:
        gate = Gate(slots=1, queue=1, wait=60)
        first = gate.enter("a")
        assert await first.turn() < 60
        second = gate.enter("b")
        assert (gate.writing, gate.waiting) == (1, 1)
        with pytest.raises(Busy) as busy:
            gate.enter("c")
        assert busy.value.retry_after >= 1
        turn = asyncio.create_task(second.turn())
        await asyncio.sleep(0)
        assert not turn.done()
        first.leave()
        await turn
        second.leave()
        assert (gate.writing, gate.waiting) == (0, 0)

    asyncio.run(walk())


class Borrowed(LlamaCpp):
    """The session's engine, which the service must not close."""

    def __init__(self, engine: LlamaCpp) -> None:
        self.__dict__.update(engine.__dict__)

    def close(self) -> None: ...


def test_the_real_engine_over_http(engine: LlamaCpp) -> None:
    """A poem in each language, and a reader who leaves: the slot is free for the next."""
    with serving(lambda: Composer(Borrowed(engine)), slots=engine.slots) as address:
        url = f"{address}/v1/poems"
        for line, lang in (("Bajo el sol", "es"), ("Nobody told the moon", "en")):
            body = {"first_line": line, "max_words": 40, "seed": 7}
            whole = httpx2.post(url, json=body, timeout=60).json()
            assert (whole["lang"], whole["report"]["engine"]) == (lang, "llamacpp")
            with httpx2.stream("POST", url, json=body, headers=EVENTS, timeout=60) as response:
                events = events_of("".join(response.iter_text()))
            assert events[-1][1] == whole
        for _ in range(engine.slots * 2):
            body = {"first_line": "Under the sun", "max_words": 200}
            with httpx2.stream("POST", url, json=body, headers=EVENTS, timeout=60) as response:
                lines = response.iter_lines()
                while not next(lines).startswith("data"):
                    pass
        wait_until(lambda: not engine._open, what="every slot is free")
        assert json.loads(httpx2.get(f"{address}/readyz", timeout=60).text) == {"status": "ok"}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of voices: one whole, and one that is none."""
    write_voice(tmp_path / "mine" / "harbour", era="golden-age", languages=("es",))
    (tmp_path / "mine" / "empty").mkdir()
    return tmp_path / "mine"


def test_voices_of_ones_own(mine: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(lambda: Composer(Echo()), slots=1, queue=0, voices=mine)
    with TestClient(app) as client:
        wait_until_ready(client)
        voices = {voice["name"]: voice for voice in client.get("/v1/voices").json()}
        assert list(voices) == ["default", "harbour", "base"]
        assert [voice["default"] for voice in voices.values()] == [True, False, False]
        harbour = voices["harbour"]
        assert harbour["description"]["es"] == "De prueba: harbour."
        assert (harbour["trained"], harbour["era"]) == (True, "golden-age")
        assert harbour["languages"] == ["es"]
        assert (voices["base"]["trained"], voices["base"]["era"]) == (False, "")
        assert "There is no voice in" in caplog.text
        body = {"first_line": "Bajo el sol", "voice": "harbour"}
        assert client.post("/v1/poems", json=body).json()["report"]["era"] == "golden-age"
        poem = client.post("/v1/poems", json=body | {"era": "modern"}).json()
        assert (poem["voice"], poem["report"]["era"]) == ("harbour", "modern")


def test_eras(client: TestClient) -> None:
    eras = client.get("/v1/eras").json()
    assert [era["id"] for era in eras] == list(ERAS)
    assert eras[1]["name"] == {"en": "16th and 17th centuries", "es": "Siglo de Oro"}


@pytest.mark.parametrize(
    ("asked", "kind", "status"),
    [
        ({"era": "jazz"}, "unknown-era", 422),
        ({"voice": "harbour", "lang": "en"}, "unknown-language", 422),
        ({"voice": "empty"}, "voice-error", 503),
        ({"voice": "mine/harbour"}, "unknown-voice", 422),
    ],
)
def test_voices_and_eras_that_cannot_be(
    mine: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], kind: str, status: int
) -> None:
    """A path is no name: nobody looks around on the server."""
    monkeypatch.chdir(mine.parent)
    app = create_app(lambda: Composer(Echo()), slots=1, queue=0, voices=mine)
    with TestClient(app) as client:
        wait_until_ready(client)
        response = client.post("/v1/poems", json={"first_line": "Bajo el sol"} | asked)
        assert (response.status_code, response.json()["type"]) == (status, f"urn:duende:{kind}")


def test_a_default_that_is_damaged_is_said(
    tmp_path: Path, engine: LlamaCpp, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_voice(tmp_path / "default", base=engine.base)
    (folder / "adapter.gguf").write_bytes(b"something else, as long")
    app = create_app(lambda: Composer(Borrowed(engine)), slots=1, queue=0, voices=tmp_path)
    with TestClient(app) as client:
        wait_until(
            lambda: "Retry-After" not in client.get("/readyz").headers, what="the failure is known"
        )
        response = client.post("/v1/poems", json={"first_line": "a"})
        assert (response.status_code, response.json()["type"]) == (503, "urn:duende:voice-error")
