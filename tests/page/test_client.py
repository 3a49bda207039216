"""The client: what the API says, how it fails, and what it is told when a reader leaves."""

import json
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from duende.page.client import Ask, Client, Trouble, poem_of
from duende.poem import Poem

ASK = Ask("Bajo el sol", max_words=60, seed=7)
POEM = {"text": "Bajo el sol\nnada.", "lang": "es", "seed": 7, "words": 4, "lines": []}
Handler = Callable[[httpx2.Request], httpx2.Response]


def event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def client(handler: Handler) -> Client:
    return Client("http://api", transport=httpx2.MockTransport(handler))


def stream(*parts: bytes, then: Exception | None = None) -> Handler:
    """An API that sends these bytes as a stream of events, and then breaks, if told so."""

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
        if then is not None:
            raise then

    headers = {"Content-Type": "text/event-stream"}
    return lambda request: httpx2.Response(201, headers=headers, content=body())


def problem(status: int, kind: str, detail: str, **headers: str) -> httpx2.Response:
    body = {"type": f"urn:duende:{kind}", "title": kind, "status": status, "detail": detail}
    return httpx2.Response(
        status,
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/problem+json", **headers},
    )


def written(handler: Handler, ask: Ask = ASK) -> list[str | Poem]:
    return [item for item in client(handler).write(ask) if item is not None]


def trouble_of(handler: Handler) -> tuple[Trouble, list[str | Poem]]:
    """What goes wrong, and what came before it."""
    items: list[str | Poem] = []
    with pytest.raises(Trouble) as caught:
        items.extend(item for item in client(handler).write(ASK) if item is not None)
    return caught.value, items


def test_the_real_api_sends_lines_and_then_the_poem(api: str) -> None:
    *lines, poem = [item for item in Client(api).write(ASK) if item is not None]
    assert isinstance(poem, Poem)
    assert poem.lines == lines
    assert poem.first_line == lines[0] == "Bajo el sol"
    assert (poem.lang, poem.lang_assumed, poem.seed) == ("es", True, 7)
    assert poem.report.engine == "echo"
    assert len(poem.report.lines) == len(lines)


def test_the_same_seed_gives_the_same_poem(api: str) -> None:
    first, second = ([*Client(api).write(ASK)][-1] for _ in range(2))
    assert first == second


def test_the_real_api_names_its_voices_and_forms(api: str) -> None:
    Client(api).check_ready()
    assert [voice.name for voice in Client(api).voices()] == ["default", "base"]
    assert Client(api).forms()[0].name == "free"
    assert all(choice.told["es"] for choice in (*Client(api).voices(), *Client(api).forms()))


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (Ask("", seed=1), "first-line-error"),
        (Ask("x" * 301, seed=1), "first-line-error"),
        (Ask("one two three", max_words=2, seed=1), "length-error"),
        (Ask("sun", temperature=3, seed=1), "sampling-error"),
        (Ask("sun", lang="fr", seed=1), "unknown-language"),
        (Ask("sun", form="oda", seed=1), "unknown-form"),
        (Ask("sun", voice="nobody", seed=1), "unknown-voice"),
        (Ask("sun" * 9000, seed=1), ""),
    ],
)
def test_the_real_api_refuses_with_a_sentence(api: str, ask: Ask, kind: str) -> None:
    with pytest.raises(Trouble) as caught:
        list(Client(api).write(ask))
    if kind:
        assert caught.value.kind == kind
    assert len(str(caught.value)) > 10


def test_what_is_asked_is_what_is_sent() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return stream(event("poem", POEM))(request)

    written(answer, Ask("Bajo el sol"))
    assert seen[0].url.path == "/v1/poems"
    assert seen[0].headers["Accept"] == "text/event-stream"
    assert json.loads(seen[0].content) == {
        "first_line": "Bajo el sol",
        "lang": "auto",
        "form": "free",
        "era": "",
        "max_words": 200,
        "temperature": 1.0,
        "voice": "default",
    }


def test_the_api_is_told_for_whom_it_is_asked() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.method == "GET":
            return httpx2.Response(200, content=b"[]")
        return stream(event("poem", POEM))(request)

    for reader in ("203.0.113.7", ""):
        asking = Client("http://api", reader=reader, transport=httpx2.MockTransport(answer))
        asking.voices()
        assert [item for item in asking.write(ASK) if item is not None]
    told = [request.headers.get("X-Forwarded-For") for request in seen]
    assert told == ["203.0.113.7"] * 2 + [None] * 2


def test_a_reader_who_asked_too_often_is_told_when_to_come_back() -> None:
    refused = problem(429, "too-many-requests", "That is enough.", **{"Retry-After": "40"})
    trouble, items = trouble_of(lambda _: refused)
    assert (trouble.kind, trouble.retry_after, items) == ("too-many-requests", 40, [])


@pytest.mark.parametrize(
    "then", [None, httpx2.ReadError("reset"), httpx2.RemoteProtocolError("closed")]
)
def test_a_stream_that_breaks_keeps_its_lines(then: Exception | None) -> None:
    trouble, items = trouble_of(stream(event("line", {"text": "Bajo el sol"}), then=then))
    assert trouble.kind == "broken-off"
    assert items == ["Bajo el sol"]


def test_an_error_in_the_stream_is_told() -> None:
    error = {"type": "urn:duende:engine-error", "detail": "Nothing came.", "status": 500}
    trouble, items = trouble_of(stream(event("line", {"text": "a"}), event("error", error)))
    assert (trouble.kind, str(trouble), items) == ("engine-error", "Nothing came.", ["a"])


@pytest.mark.parametrize(
    "odd",
    [
        b"event: line\ndata: \xff\xfe\x00\n\n",
        b"event: line\ndata: not json\n\n",
        b"event: line\ndata: []\n\n",
        b'event: line\ndata: {"words": 1}\n\n',
        b"event: poem\ndata: {}\n\n",
        b'event: poem\ndata: {"text": "a", "report": {"lines": [1]}}\n\n',
        b'event: poem\ndata: {"text": "a", "lang": "fr"}\n\n',
        b"event: error\ndata: 7\n\n",
    ],
)
def test_odd_bytes_are_not_a_poem(odd: bytes) -> None:
    trouble, _ = trouble_of(stream(odd))
    assert trouble.kind == "not-understood"


def test_events_may_come_in_any_pieces() -> None:
    line = "ñandú\u2028\x85 — día"  # what some would take for line breaks
    whole = b": ping\n\n" + event("line", {"text": line}) + event("poem", POEM)
    pieces = [whole[place : place + 1] for place in range(len(whole))]
    first, poem = written(stream(*pieces))
    assert first == line
    assert poem == poem_of(POEM)


def test_another_server_is_not_the_api() -> None:
    page: Handler = lambda request: httpx2.Response(200, html="<h1>Hello</h1>")  # noqa: E731
    assert trouble_of(page)[0].kind == "not-understood"
    with pytest.raises(Trouble, match="understood"):
        client(page).voices()
    with pytest.raises(Trouble, match="understood"):
        client(lambda request: httpx2.Response(200, json=[{"nothing": 1}])).forms()


@pytest.mark.parametrize(
    ("ready", "kind"), [(httpx2.Response(200, json={"status": "ok"}), "busy"), (None, "loading")]
)
def test_full_and_loading_are_told_apart(ready: httpx2.Response | None, kind: str) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/readyz" and ready is not None:
            return ready
        return problem(503, "busy", "Come back.", **{"Retry-After": "6"})

    trouble, items = trouble_of(answer)
    assert (trouble.kind, trouble.retry_after, items) == (kind, 6, [])
    if kind == "loading":
        with pytest.raises(Trouble) as caught:
            client(answer).check_ready()
        assert caught.value.kind == "loading"


@pytest.mark.parametrize("after", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "٣x"])
def test_a_retry_after_that_is_no_number_is_left_out(after: str) -> None:
    answer = httpx2.Response(502, headers={"Retry-After": after.encode()}, text="<b>Bad</b>")
    trouble, _ = trouble_of(lambda request: answer)
    assert trouble.retry_after is None
    assert str(trouble) == "The API answered 502."


def test_nobody_there() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Connection refused")

    assert trouble_of(refuse)[0].kind == "unreachable"
    with pytest.raises(Trouble) as caught:
        client(refuse).voices()
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "nonsense", "http://[", "ftp://x"])
def test_an_address_where_nothing_can_be(address: str) -> None:
    with pytest.raises(Trouble) as caught:
        list(Client(address).write(ASK))
    assert caught.value.kind == "unreachable"


def test_a_reader_who_leaves_closes_the_connection() -> None:
    closed: list[bool] = []

    async def body() -> AsyncIterator[bytes]:
        try:
            while True:
                yield event("line", {"text": "again"})
        finally:
            closed.append(True)

    headers = {"Content-Type": "text/event-stream"}
    writing = client(lambda _: httpx2.Response(201, headers=headers, content=body())).write(ASK)
    assert next(item for item in writing if item) == "again"
    writing.close()
    assert closed == [True]
