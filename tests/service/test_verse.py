"""Scansions and rhymes over HTTP; they ask for no model."""

import json

import pytest
from fastapi.testclient import TestClient

import duende
from duende.errors import BaseMissing
from duende.service.api import create_app


def test_a_scansion_is_what_the_library_says(client: TestClient) -> None:
    text = "Vino la luna a mi puerta\ncon una rosa encendida\n\nte quiero ❤"
    response = client.post("/v1/scansions", json={"text": text, "lang": "es"})
    assert response.status_code == 200
    assert response.json() == json.loads(duende.scan(text, lang="es").as_json())


def test_the_language_is_found_out(client: TestClient) -> None:
    told = client.post("/v1/scansions", json={"text": "the moon is late tonight"}).json()
    assert told["lang"] == "en"
    assert told["lines"][0]["metre"] == "iambic trimeter"


@pytest.mark.parametrize("text", ["", "\n", "❤", "漢字", "a" * 10_000, "42"])
def test_any_text_is_answered(client: TestClient, text: str) -> None:
    response = client.post("/v1/scansions", json={"text": text, "lang": "en"})
    assert response.status_code == 200
    assert all(line["syllables"] or line["unknown"] for line in response.json()["lines"])


def test_rhymes(client: TestClient) -> None:
    found = client.get("/v1/rhymes", params={"word": "luna", "lang": "es", "limit": 3}).json()
    assert [each["word"] for each in found] == duende.rhymes("luna", lang="es", limit=3)
    assert {each["kind"] for each in found} == {"consonante"}
    assert client.get("/v1/rhymes", params={"word": "…", "lang": "es"}).json() == []


@pytest.mark.parametrize(
    ("path", "asked", "kind"),
    [
        ("/v1/rhymes", {"word": "luna", "lang": "fr"}, "urn:duende:unknown-language"),
        ("/v1/rhymes", {"word": "l", "lang": "es", "kind": "x"}, "urn:duende:unknown-kind"),
        ("/v1/scansions", {"text": "oui", "lang": "fr"}, "urn:duende:unknown-language"),
    ],
)
def test_what_cannot_be_done_is_told(
    client: TestClient, path: str, asked: dict[str, str], kind: str
) -> None:
    post = path == "/v1/scansions"
    response = client.post(path, json=asked) if post else client.get(path, params=asked)
    assert response.status_code == 422
    assert response.json()["type"] == kind


def test_verse_is_read_where_no_model_could_be_loaded() -> None:
    def fail() -> None:
        raise BaseMissing("There is no base.")

    with TestClient(create_app(fail, slots=1, queue=1)) as client:  # type: ignore[arg-type]
        assert client.post("/v1/scansions", json={"text": "sol", "lang": "es"}).status_code == 200
