"""No text is too bad to be scanned: what comes back is whole, says what is unknown, and comes soon.

Half of what is tried is made of pieces that have been trouble before, or look like it.
"""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import duende
from duende.poem import Language
from duende.poetics.phonology import phonology
from duende.poetics.scan import Scansion, lines_of

LANGUAGES: tuple[Language, ...] = ("en", "es")
SECONDS = 2.0
"""No timing, but a bound on growth: the text is a thousand times what is scanned in this time."""

PIECES = (
    *("luna", "moon", "río", "o'er", "güe", "y", "Y", "h", "o", "ü", "ñ", "qu", "'tis", "-mente"),
    *("1914", "3,14", "½", "²", "٣", "IV", "MMXXVI", "XIIII", "50%", "$3", "7º", "1st", "0", "-1"),
    *("Sr.", "etc.", "EE.UU.", "a.m.", "&", "@duende", "#luna", "https://example.org/a?b=c", "C++"),
    *("🌙", "👩‍👧", "🇪🇸", "❤️", "月", "луна", "قمر", "ירח", "चाँद", "ｍｏｏｎ", "ﬁre", "ß", "İ", "ſ"),
    *("e\u0301", "n\u0303", "\u0301", "a\u0308\u0301", "\u200b", "\u00ad", "\u202e", "\ufeff"),
    *("\0", "\x07", "\x1b[31m", "\x1c", "\x85", "\u2028", "\v", "\f", "\r", "\r\n", "\n", "\n\n"),
    *(
        "'",
        "’",
        "''",
        '"',
        "—",
        "–",
        "-",
        "‑",
        "...",
        "…",
        "¿?",
        "¡",
        "_",
        "*",
        "|",
        "/",
        "\\",
        "\t",
    ),
    *("aaaaaaaa", "aeiou", "bcdfg", "zzz", "lllll", "wwyy", "iii", "uyuyuy", "hhh", "eeee-eeee"),
)
LONG = 10_000

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
MADE = st.lists(st.sampled_from(PIECES), max_size=40).flatmap(
    lambda pieces: st.sampled_from((" ", "", "\n")).map(lambda between: between.join(pieces))
)
TEXTS = ANY_TEXT | MADE
LANGS = st.sampled_from(LANGUAGES)


def whole(text: str, lang: Language) -> Scansion:
    """The scansion of `text`, after seeing that it holds together."""
    scansion = duende.scan(text, lang=lang)
    assert [line.text for line in scansion.lines] == lines_of(text)
    for line in scansion.lines:
        assert line.syllables > 0 or line.unknown, line
        assert line.least <= line.syllables <= line.most, line
        assert len(line.stresses) == line.syllables, line
        assert set(line.stresses) <= {"+", "-"}, line
        assert line.unknown or not line.unread, line
        assert (line.rhyme is None) == (line.rhyme_kind is None), line
    told = json.loads(scansion.as_json())
    assert len(told["lines"]) == len(scansion.lines)
    assert all(0 <= form["score"] <= 1 for form in told["forms"])
    return scansion


@given(TEXTS, LANGS)
@settings(max_examples=300, deadline=None)
def test_any_text(text: str, lang: Language) -> None:
    whole(text, lang)


@given(st.lists(TEXTS, min_size=2, max_size=8).map("\n".join))
@settings(max_examples=50, deadline=None)
def test_any_poem_in_a_language_that_is_found_out(text: str) -> None:
    scansion = duende.scan(text)
    assert scansion.lang in LANGUAGES
    assert len(scansion.lines) == len(lines_of(text))


@given(TEXTS, TEXTS, LANGS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_two_words(one: str, other: str, lang: Language, seseo: bool) -> None:
    kinds = {*phonology(lang).kinds, "identical" if lang == "en" else "idéntica", None}
    kind = duende.rhyme_kind(one, other, lang=lang, seseo=seseo)
    assert kind in kinds
    assert duende.rhyme_kind(other, one, lang=lang, seseo=seseo) == kind
    for word in (one, other):
        assert duende.rhyme_kind(word, word, lang=lang) in {None, "identical", "idéntica"}


@given(TEXTS, LANGS, st.integers(0, 2), st.integers(-1, 12))
@settings(max_examples=100, deadline=None)
def test_the_rhymes_of_any_word(word: str, lang: Language, at: int, limit: int) -> None:
    kinds = phonology(lang).kinds
    kind = kinds[at] if at < len(kinds) else None
    found = duende.rhymes(word, lang=lang, kind=kind, limit=limit)
    assert len(found) <= max(0, limit)
    assert len(set(found)) == len(found)
    for each in found:
        assert duende.rhyme_kind(word, each, lang=lang) == (kind or kinds[0])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("piece", PIECES)
def test_each_piece_alone(piece: str, lang: Language) -> None:
    whole(piece, lang)
    whole(f"{piece} {piece}", lang)
    whole(piece * 20, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0", "…", "¿?", "—", "\u200b", "\u0301"])
def test_where_nothing_is_said_that_is_told(text: str, lang: Language) -> None:
    (line,) = whole(text, lang).lines
    assert (line.syllables, line.stresses, line.unknown) == (0, "", True)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("the 月 is up", "en"),
        ("la 月 se va", "es"),
        ("I love you ❤️ now", "en"),
        ("te quiero ❤️ hoy", "es"),
        ("луна и звезда", "en"),
        ("قمر la luna", "es"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, lang: Language) -> None:
    (line,) = whole(text, lang).lines
    assert line.unknown
    assert line.unread


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("En 1914 nevó", "es"),
        ("In 1914 it snowed", "en"),
        ("Capítulo XIV", "es"),
        ("x", "en"),
        ("x", "es"),
        ("The señor said mañana to the moon", "en"),
        ("Me dijo my darling en la calle", "es"),
        ("cafe\u0301 con leche", "es"),
    ],
)
def test_what_can_be_read_is_not_unknown(text: str, lang: Language) -> None:
    (line,) = whole(text, lang).lines
    assert line.syllables > 0
    assert not line.unknown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    [
        "a" * LONG,
        "ab" * (LONG // 2),
        "a " * (LONG // 2),
        "y o u a " * (LONG // 8),
        "la luna sobre el río " * (LONG // 21),
        "the moon over the river " * (LONG // 24),
        "fire flower every heaven " * (LONG // 25),
        "9" * LONG,
        "9 " * (LONG // 2),
        "a-" * (LONG // 2),
        "'" * LONG,
        "e\u0301" * (LONG // 2),
        "🌙" * LONG,
        "MCMXCIX " * (LONG // 8),
        "https://" + "a/" * (LONG // 2),
    ],
    ids=lambda line: line[:9],
)
def test_a_line_that_does_not_end(line: str, lang: Language) -> None:
    begun = time.perf_counter()
    whole(line, lang)
    duende.rhyme_kind(line, f"{line}a", lang=lang)
    duende.rhymes(line, lang=lang, limit=5)
    assert time.perf_counter() - begun < SECONDS


@pytest.mark.parametrize(
    ("line", "lang"),
    [
        ("La noche en {} abría su puerta", "es"),
        ("The night in {} was opening a door", "en"),
        ("la luna", "es"),
        ("the moon", "en"),
        ("", "es"),
    ],
)
def test_a_poem_that_does_not_end(line: str, lang: Language) -> None:
    text = "\n".join(line.format(number % 100) for number in range(5_000))
    begun = time.perf_counter()
    scansion = duende.scan(text, lang=lang)
    assert time.perf_counter() - begun < SECONDS
    assert len(scansion.lines) == len(lines_of(text))
    begun = time.perf_counter()
    assert scansion.as_json()
    assert time.perf_counter() - begun < SECONDS
