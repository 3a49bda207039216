"""Which language a line is in."""

import pytest

from duende.errors import UnknownLanguage
from duende.language import check_language, identify


def test_our_first_lines(first_lines: dict[str, list[str]]) -> None:
    for lang, lines in first_lines.items():
        for line in lines:
            found = identify(line)
            assert (found.lang, found.known) == (lang, True), line
            assert 0.5 <= found.certainty <= 1


@pytest.mark.parametrize(
    "line",
    [
        "Sur le pont de Paris la nuit",
        "Nel mezzo del cammin di nostra vita",
        "No meio do caminho tinha uma pedra",
        "Über allen Gipfeln ist Ruh",
        "La nit és llarga i el mar és fosc",
        "В лесу родилась ёлочка",
        "12345",
        "…",
        "月光",
    ],
)
def test_lines_in_neither(line: str) -> None:
    assert not identify(line).known


@pytest.mark.parametrize("text", ["", "\0", "a", "ñ", "🌒" * 500, "palabra " * 2000])
def test_anything_has_an_answer(text: str) -> None:
    assert identify(text).lang in ("en", "es")


def test_languages_are_two() -> None:
    with pytest.raises(UnknownLanguage):
        check_language("pt")
