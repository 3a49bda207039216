"""Verse and prose told apart by their lines alone."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.corpus.readers.verse_or_prose import unwrapped, verdict

PROSE = (
    "The mill had been shut for a year when the letters began to come, all of them in the same "
    "hand and none of them signed, asking what had become of the wheel. Nobody in the valley "
    "could say, and nobody much cared; but the boy who carried the post used to read them aloud "
    "at the bridge, and in the end there was hardly a house that did not wait for the next one."
)


@given(st.integers(60, 78), st.integers(0, 8))
def test_wrapped_prose_is_prose_at_any_width(width: int, indent: int) -> None:
    lines = textwrap.wrap(PROSE, width, initial_indent=" " * 3)
    assert verdict([" " * indent + line for line in lines]) == "prose"


@pytest.mark.parametrize(
    "text",
    [
        "The mill is still, the miller gone,\nThe river does the work alone.",
        "Canta el agua en la acequia\ny nadie la escucha;\nla tarde se aleja\ncon pasos de lluvia.",
        "baja el agua despacio, sin prisa y sin oficio,\n"
        "contando a los ribazos lo que oyó en la montaña,\n"
        "y el viejo que la mira, sentado en el quicio,\n"
        "no sabe si la escucha, no sabe si lo engaña.",
        "I do not ask the river where it goes, nor do I tell it where I would have gone;\n"
        "The fields are long and flat, and every crow is black, and every crow is on its own,\n"
        "And there is nothing in the valley now but smoke and one small lamp and one long stone.",
    ],
)
def test_verse_is_verse(text: str) -> None:
    assert verdict(text.split("\n")) == "verse"


def test_a_paragraph_that_was_never_wrapped_is_prose() -> None:
    assert verdict([PROSE]) == "prose"


def test_one_line_alone_is_unclear() -> None:
    assert verdict(["The mill"]) == "unclear"


@given(st.lists(st.text("abc ABC,.", min_size=0, max_size=90), max_size=12), st.integers(50, 80))
def test_joining_loses_no_word(lines: list[str], width: int) -> None:
    joined, count = unwrapped(lines, width=width)
    assert " ".join(joined).split() == " ".join(lines).split()
    assert len(joined) + count == len(lines)
