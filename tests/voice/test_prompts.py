"""The prompt format: what is written is what is read back, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.errors import UnknownEra, UnknownForm
from duende.language import LANGUAGES
from duende.poetics.forms import forms
from duende.voice.prompts import END_OF_TEXT, ERAS, Code, decode, encode, last_word, preamble
from duende.voice.voices import voices

WORDS = st.text("abcdeñáéíóú¡!¿?,.'", min_size=1, max_size=6)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=6)


@given(LINES, st.lists(st.integers(1, 12), min_size=1))
def test_what_is_written_is_read_back(lines: list[str], sizes: list[int]) -> None:
    header, _, text = encode(lines, lang="es", form="free").partition("\n")
    assert header == "Poema en español, verso libre:"
    pieces, at = [], 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    assert list(decode(pieces)) == lines
    assert list(decode([text.rstrip("\n"), END_OF_TEXT])) == [*lines, ""]


def test_a_line_that_was_cut_is_left_out() -> None:
    assert list(decode(["whole\ncut in the mid"])) == ["whole"]


def test_a_prompt_begins_with_its_preamble() -> None:
    for voice in voices():
        for lang, examples in voice.examples.items():
            prompt = encode(["one", "two"], lang=lang, examples=examples)
            assert prompt == preamble(lang=lang, examples=examples) + "one\ntwo\n"


def test_examples_are_whole_poems() -> None:
    """Four lines or more, in one stanza, that end a sentence: they are what is imitated."""
    for voice in voices():
        for examples in voice.examples.values():
            assert len(examples) >= 2
            for poem in examples:
                assert len(poem) >= 4
                assert all(line == line.strip() and line for line in poem)
                assert poem[-1].endswith(".")


def test_the_header_says_what_is_known_and_nothing_else() -> None:
    known = preamble(lang="es", era="golden-age", form="soneto", coded=True)
    assert known == "Poema en español, Siglo de Oro, soneto, verso a verso:\n"
    assert preamble(lang="en") == "Poem in English:\n"
    assert preamble(lang="en", form="rhymed") == "Poem in English, rhymed verse:\n"


def test_every_era_and_form_has_a_header_of_its_own() -> None:
    for lang in LANGUAGES:
        named = [form.id for form in forms() if lang in form.lang]
        headers = {preamble(lang=lang, era=era) for era in ERAS}
        headers |= {preamble(lang=lang, form=form) for form in named}
        assert len(headers) == len(ERAS) + len(named)


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownEra, match="golden-age"):
        preamble(lang="en", era="yesterday")
    with pytest.raises(UnknownForm):
        preamble(lang="en", form="romancillo")


def test_codes_stand_before_the_lines_and_blank_lines_have_none() -> None:
    codes = [Code(8, "puerta"), Code(8, "mar"), Code(7, "luz")]
    text = encode(["Dejé la puerta", "", "abierta al mar"], lang="es", codes=codes)
    assert text.splitlines()[1:] == [
        "8 puerta| Dejé la puerta", "", "8 mar| abierta al mar", "7 luz|",
    ]  # fmt: skip


def test_last_words() -> None:
    assert last_word("and it was only the wind's (the wind's).") == "wind's"
    assert last_word("¿Quién eres tú, corazón mío?") == "mío"
    assert last_word("…") == ""
