"""Verse in form over HTTP: forms told, poems in them, lines in place of others."""

import json

import pytest
from fastapi.testclient import TestClient

import duende

POEM = "Under the old sun\n\nthe well keeps a silence\nand the hillside answers."


def test_forms_are_told_with_an_example(client: TestClient) -> None:
    told = {form["id"]: form for form in client.get("/v1/forms").json()}
    assert list(told) == [form.id for form in duende.forms()]
    assert told["soneto"]["lang"] == ["es"]
    assert len(told["soneto"]["example"]["es"].split("\n\n")) == 4
    assert set(told["haiku"]["example"]) == {"en", "es"}


def test_a_poem_in_form_says_what_its_lines_are(client: TestClient) -> None:
    asked = {"first_line": "Bajo el sol de la tarde", "form": "Terceto", "lang": "es", "seed": 1}
    poem = client.post("/v1/poems", json=asked).json()
    assert (poem["form"], poem["finish"]) == ("tercetos", "complete")
    stanzas = poem["text"].split("\n\n")
    assert [len(stanza.split("\n")) for stanza in stanzas] == [3, 3, 3, 3, 1]
    reports = poem["report"]["lines"]
    assert len(reports) == len(poem["lines"])
    said = [report for report in reports if report["syllables"]]
    assert "".join(report["rhyme"] for report in said) == "ABABCBCDCDEDE"
    assert all(report["syllables"] == 11 for report in said if not report["let_off"])
    assert said[0]["let_off"] == ["syllables"]


def test_lines_are_streamed_with_their_stanzas(client: TestClient) -> None:
    asked = {"first_line": "Bajo el sol de la tarde", "form": "tercetos", "lang": "es", "seed": 1}
    answer = client.post("/v1/poems", json=asked, headers={"Accept": "text/event-stream"})
    events = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    lines = [json.loads(data[6:])["text"] for kind, data in events if kind == "event: line"]
    poem = json.loads(events[-1][1][6:])
    assert lines == poem["lines"]
    assert "" in lines


def test_a_line_is_rewritten(client: TestClient) -> None:
    asked = {"text": POEM, "line": 2, "lang": "en", "candidates": 3, "seed": 5}
    found = client.post("/v1/poems/rewrite", json=asked).json()
    assert 1 <= len(found) <= 3
    assert set(found[0]) == {"text", "syllables", "let_off"}
    assert client.post("/v1/poems/rewrite", json=asked).json() == found


def test_a_poem_goes_on(client: TestClient) -> None:
    asked = {"text": POEM, "lang": "en", "max_words": 40, "seed": 5}
    poem = client.post("/v1/poems/continue", json=asked).json()
    assert poem["text"].startswith(POEM + "\n")
    assert poem["first_line"] == "Under the old sun"
    answer = client.post("/v1/poems/continue", json=asked, headers={"Accept": "text/event-stream"})
    events = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    lines = [json.loads(data[6:])["text"] for kind, data in events if kind == "event: line"]
    assert lines == poem["lines"]
    whole = client.post("/v1/poems/continue", json=asked | {"max_words": 5})
    assert (whole.status_code, whole.json()["type"]) == (422, "urn:duende:length-error")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"text": POEM, "line": 9}, "unknown-line"),
        ({"text": POEM, "line": 1, "form": "oda"}, "unknown-form"),
        ({"text": "sol " * 300, "line": 1}, "length-error"),
        ({"text": POEM}, "malformed-request"),
    ],
)
def test_what_cannot_be_rewritten(client: TestClient, asked: dict[str, object], kind: str) -> None:
    answer = client.post("/v1/poems/rewrite", json=asked)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:duende:{kind}"
