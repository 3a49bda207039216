"""Characters, line breaks and marks: one text a mend, and what must stay as it is."""

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.poems import ENGLISH, SPANISH, poemas_del_alma, poetry_foundation
from duende.corpus.breaks import line_breaks
from duende.corpus.entry import Entry
from duende.corpus.readers import table
from duende.corpus.repair import repair

FOUR = "the river goes\nunder the bridge\nwith all its lights\nand no one there"

MENDS = {
    "markup": (
        "the river goes<br/>under the <em>bridge</em><BR >with all &amp; no one<sup>3</sup>",
        "the river goes\nunder the bridge\nwith all & no one",
    ),
    "markup in paragraphs": (
        "<p>the river goes<br>under</p><p>with all its lights</p>",
        "the river goes\nunder\n\nwith all its lights",
    ),
    "line breaks of every kind": ("uno\r\ndos\rtres\u2028cuatro", "uno\ndos\ntres\ncuatro"),
    "stanza breaks of many lines": ("uno\ndos\n \n\n\ntres\ncuatro", "uno\ndos\n\ntres\ncuatro"),
    "double-spaced": (
        "uno\n\ndos\n\ntres\n\n\n\ncuatro\n\ncinco",
        "uno\ndos\ntres\n\ncuatro\ncinco",
    ),
    "mojibake": ("la canciÃ³n del niÃ±o", "la canción del niño"),
    "no-break spaces": ("la\u00a0noche\u2009clara", "la noche clara"),
    "soft hyphens": ("so\u00adle\u00addad", "soledad"),
    "zero-width": ("\ufeffla\u200b noche", "la noche"),
    "decomposed accents": (unicodedata.normalize("NFD", "canción"), "canción"),
    "control characters": ("la \x07noche\x00", "la noche"),
    "ligatures": ("la ﬂor del conﬁn", "la flor del confín".replace("í", "i")),
    "note marks": (
        "the river[1] goes{12}\nunder† the bridge¹\nold*",
        "the river goes\nunder the bridge\nold",
    ),
    "numbers glued to words": ("la noche2 cae\nensálza10 la luz", "la noche cae\nensálza la luz"),
    "emphasis": ("the _river_ goes *under* it", "the river goes under it"),
    "line numbers on the right": (
        "the river goes\nunder the bridge   2\nwith all its lights\nand no one there   4",
        FOUR,
    ),
    "line numbers on the left": (
        "the river goes\n2 under the bridge\nwith all its lights\n4 and no one there",
        FOUR,
    ),
    "an l read as 1": ("1a noche y e1 mar, a1 fin", "la noche y el mar, al fin"),
    "space before a mark": ("the river goes ;\nwhere ?", "the river goes;\nwhere?"),
    "verses joined at a dash": (
        "the sky was black—And the wind came up\nthe sea was here\nand we were not",
        "the sky was black—\nAnd the wind came up\nthe sea was here\nand we were not",
    ),
    "the first word in capitals": (
        "WHEN I was small\nthe sea was near",
        "When I was small\nthe sea was near",
    ),
}

LEFT_ALONE = {
    "letters in brackets within words": "Wh[e]n the sea\nand [a] dream of feet",
    "names with numbers": "covid19 came\ndown route66",
    "a date at a line's end": "we left on October 3\nand came on May 5",
    "things counted": "1 crow on the wall\n2 crows on the wall\n3 crows and then\n4",
    "initials and kings": "BBC voices\nsay that the sea",
    "a king": "XIV years\nhe said",
    "a caesura": "the sea goes out     and we go in\nthe sea comes in",
    "1 in English": "the 1es and the a1 road\nto nowhere",
    "indentation": "the river goes\n    under the bridge\n  with lights",
    "a year and a number": "in 1936 he was 20\nand nobody knew",
    "numbers out of step": "we were 7\nand then 12\nand then none",
    "ordinals": "on the 4th of May\nthe 22nd bird",
    "dots with spaces": "and then . . .\nnothing . . .",
    "curly quotes": "“the river,” she said,\n‘goes’",
    "a dash within a verse": "the sky—And why not?—was black\nthe sea—Was here—and we were not",
    "capitals elsewhere too": "STOP said the sign\nand GO said the sea",
    "less than and more than": "a < b\nand b > c",
    "one empty line a pair": "uno\ndos\n\ntres\ncuatro",
    "stop words, case and accents": "Él Que La Y De\nÑandú, ¿qué? ¡Sí!",
}


@pytest.mark.parametrize("name", MENDS)
def test_is_mended(name: str) -> None:
    broken, mended = MENDS[name]
    found = repair(Entry(broken))
    assert found.text == mended
    assert repair(found).text == mended, "a second pass changes it again"


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_is_left_alone(name: str) -> None:
    found = repair(Entry(LEFT_ALONE[name]))
    assert found.text == LEFT_ALONE[name]
    assert found.repairs == ()


def test_what_was_done_is_told() -> None:
    found = repair(Entry("la canciÃ³n[1]\r\ndel niÃ±o"))
    assert found.repairs == ("line breaks", "mojibake", "note marks")


def test_titles_and_names_are_one_line() -> None:
    found = repair(
        Entry("uno", title="\r\r\n      Low   Tide [2]\r\r\n", author=" Ana\u00a0 Otra ")
    )
    assert (found.title, found.author) == ("Low Tide", "Ana Otra")


# Words of letters, and poems of stanzas of verses of words.
VERSE = st.lists(
    st.text(st.characters(categories=["Ll"], max_codepoint=0x17F), min_size=2, max_size=9),
    min_size=1,
    max_size=7,
).map(" ".join)
POEM = st.lists(st.lists(VERSE, min_size=2, max_size=6).map("\n".join), min_size=1, max_size=4).map(
    "\n\n".join
)


@pytest.mark.parametrize("render", [poetry_foundation, poemas_del_alma])
@given(poem=POEM)
def test_any_poem_comes_back_from_both_tables(render, poem: str) -> None:
    """parse(render(poem)) == poem, line breaks and stanza breaks alike."""
    rows = list(csv.DictReader(io.StringIO(render({"Title": poem}), newline="")))
    assert line_breaks(rows[0]["Poem"]) == poem


@given(poem=POEM)
def test_plain_text_keeps_its_breaks(poem: str) -> None:
    assert line_breaks(poem) == poem
    assert line_breaks(poem.replace("\n", "\r\n")) == poem


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_mended_once_and_for_all(text: str) -> None:
    """Whatever comes in, nothing breaks, and what comes out is stable and composed."""
    once = repair(Entry(text)).text
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)


def test_the_two_tables_of_the_first_version(tmp_path: Path) -> None:
    for render, poems in ((poetry_foundation, ENGLISH), (poemas_del_alma, SPANISH)):
        path = tmp_path / "poems.csv"
        path.write_text(render(poems), encoding="utf-8", newline="")
        problems: list[object] = []
        found = [repair(each) for each in table.read(path, problems.append)]
        assert {each.title: each.text for each in found} == poems
        assert not problems


def test_emphasis_within_a_verse_of_the_spanish_table() -> None:
    """The first version's scraper broke the line at every tag; a blank tells them from verses."""
    assert line_breaks("cantan \nsiempre\n los niños\n\r\ny calla\n\r\nel agua") == (
        "cantan siempre los niños\ny calla\nel agua"
    )


# --- what a page repeats

STANZAS = [
    "one of the sea\ntwo of the salt\nthree of the rope",
    "four of the stair\nfive of the rain",
]
NESTED = {
    "endings, ever shorter": (
        "\n\n".join(["a\nb\nc\nd\ne\nf", "c\nd\ne\nf", "e\nf"]),
        "a\nb\n\nc\nd\n\ne\nf",
    ),
    "an ending of half the poem": ("a\nb\nc\nd\n\nc\nd", "a\nb\n\nc\nd"),
    "down to one verse": ("a\nb\nc\nd\n\nb\nc\nd\n\nc\nd\n\nd", "a\n\nb\n\nc\nd"),
    "all of it twice": ("\n\n".join(STANZAS * 2), "\n\n".join(STANZAS)),
    "a piece of a verse": ("\n\n".join([*STANZAS, "of the salt"]), "\n\n".join(STANZAS)),
    "words in italics": (
        "\n\n".join([*STANZAS, "stair\nsalt"]) + "",
        "\n\n".join([*STANZAS, "stair\nsalt"]),
    ),
    "words in italics after a stop": (
        "\n\n".join([*STANZAS, "the end of it.", "stair\nsalt"]),
        "\n\n".join([*STANZAS, "the end of it."]),
    ),
    "refrains listed again": (
        "a b c\nall gone.\n\nd e f\nall gone.\n\nall gone.\n\nall gone.",
        "a b c\nall gone.\n\nd e f\nall gone.",
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_what_a_page_repeats_is_cut(name: str) -> None:
    nested, once = NESTED[name]
    assert repair(Entry(nested, source="linhd-postdata/poesi.as")).text == once


REFRAINS = {
    "a refrain of two verses": "a b\nc d\nall gone,\nall gone.\n\ne f\ng h\nall gone,\nall gone.",
    "the first stanza at the end": "a b\nc d\n\ne f\ng h\n\ni j\nk l\n\na b\nc d",
    "the last verse again": "a b\nc d\ne f\nall gone.\n\nall gone.",
    "a song": "a b\nc d\n\nla la\nlo lo\n\ne f\ng h\n\nla la\nlo lo",
    "a triolet": "a b\nc d\ne b\na b\nf b\ng d\na b\nc d",
    "the last two verses sung twice": "a b\nc d\ne f\ng h\n\ne f\ng h",
    "an echo of a verse": "we were with the sea\nalone with the sea\nall night long.\n\nwith the sea",
    "a refrain alone after each tercet": "r\n\na\nb\nc\n\n" * 4 + "r",
}


@pytest.mark.parametrize("name", REFRAINS)
def test_a_refrain_is_left(name: str) -> None:
    assert repair(Entry(REFRAINS[name])).text == REFRAINS[name]
