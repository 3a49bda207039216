"""The prompt format: what is written is what is read back, however it is cut into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from duende.voice.prompts import END_OF_TEXT, HEADERS, decode, encode, preamble
from duende.voice.voices import voices

WORDS = st.text("abcdeñáéíóú¡!¿?,.'", min_size=1, max_size=6)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=6)


@given(LINES, st.lists(st.integers(1, 12), min_size=1))
def test_what_is_written_is_read_back(lines: list[str], sizes: list[int]) -> None:
    header, _, text = encode(lines, lang="es").partition("\n")
    assert header == HEADERS["es", "free"]
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
