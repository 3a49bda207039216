"""One text a rule, and good poems that no rule may touch."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.poems import ENGLISH, KITCHEN, LOW_TIDE, PATIO, PUERTO, SPANISH
from duende.corpus.entry import Entry
from duende.corpus.languages import is_foreign, judge
from duende.corpus.prepare import NOT_PUBLIC, prepare
from duende.corpus.rules import RULES, reason_to_drop
from duende.corpus.tables import to_table

PROSE = (
    "It had been raining since the morning and nobody in the house had thought of the boat until "
    "my uncle stood up from the table and said that the rope would never hold. "
)
WRAPPED = """It had been raining since the morning and nobody in the house
had thought of the boat until my uncle stood up from the table
and said that the rope would never hold through another night
like this one. He took his coat and the lamp and went out into
the wet dark without another word and we heard the gate shut
behind him and then for a long time nothing but the rain on the
roof and the clock going on about its work as if it was the
only one of us who had been told what was going to happen."""
SCENE = """ANNA.
You came by the water.
THE BOY.
There was no other road.
ANNA.
And nobody saw you?
THE BOY.
Only the rope, and it sleeps."""
CONTENTS = """Low Tide ............ 3
The Kitchen ............ 12
A Long Grey Stair ............ 17
Rope and Anchor ............ 21
The Harbour Wall at Night ............ 30"""

DROPPED = {
    "too few lines": "The tide went out and left the boats asleep,\neach on the shadow of its mast,\ngone.",
    "too few words": "sea\nsalt\nrope\nstair\nrain",
    "too many words": "\n".join(["the tide went out and left the boats asleep"] * 70),
    "unreadable characters": "la noche del coraz\ufffdn\nviene al puerto\ncon la luz\ny no me encuentra nunca",
    "mostly capitals": "THE TIDE WENT OUT\nAND LEFT THE BOATS ASLEEP\nEACH LEANING\nON THE SHADOW OF ITS MAST",
    "not verse": CONTENTS,
    "dialogue": SCENE,
    "prose": "\n".join([PROSE] * 4),
}


@pytest.mark.parametrize("reason", DROPPED)
def test_is_left_out(reason: str) -> None:
    assert reason_to_drop(Entry(DROPPED[reason])) == reason


def test_every_rule_has_its_text() -> None:
    fired = {rule for rule in RULES for text in DROPPED.values() if rule(Entry(text))}
    assert fired == set(RULES)


def test_prose_wrapped_at_a_margin_is_left_out() -> None:
    assert reason_to_drop(Entry(WRAPPED)) == "prose"


@pytest.mark.parametrize("text", [*ENGLISH.values(), *SPANISH.values()])
def test_poems_are_kept(text: str) -> None:
    assert reason_to_drop(Entry(text)) is None


GOOD = {
    "a question with a colon": (
        "Listen: the sea is at the door.\nListen: it has a letter.\nListen: it cannot read it\n"
        "any better than we can."
    ),
    "a refrain": "\n".join(
        line
        for verse in (
            "the boats go out",
            "the lamps come in",
            "the stair is wet",
            "the rope is thin",
        )
        for line in (verse, "and the sea goes on")
    ),
    "long lines": "\n".join(
        f"I sing the {thing} and everyone who ever laid a hand on it in the cold before the day began,"
        for thing in ("rope", "stair", "kettle", "mast", "harbour wall")
    ),
    "a short-lined poem": "sea\nof small\nhours, you\nknock\nand knock\nand I\nget up\nto let you\nin again",
    "sixteen syllables a line": "\n".join(
        f"la noche trae en su cesta {thing}, y la reparte entre los pobres;"
        for thing in ("la sal del mar", "la luz del faro", "el pan del sueño", "la red vacía") * 2
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_poems_of_odd_shape_are_kept(name: str) -> None:
    assert reason_to_drop(Entry(GOOD[name])) is None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_the_steps(text: str) -> None:
    row = prepare(to_table([Entry(text, title=text[:40], author=text[-20:])])).to_pylist()[0]
    assert isinstance(row["reason"], str)


# --- languages


@pytest.mark.parametrize(("text", "lang"), [(LOW_TIDE, "en"), (KITCHEN, "en"), (PATIO, "es")])
def test_the_language_is_found(text: str, lang: str) -> None:
    assert judge(Entry(text)) == (Entry(text, lang=lang), 0, None)


def test_a_stated_language_that_is_wrong() -> None:
    assert judge(Entry(PATIO, lang="en"))[2] == "wrong language"
    assert judge(Entry(LOW_TIDE, lang="es"))[2] == "wrong language"


FRENCH = "La mer se retire et laisse\nles bateaux endormis sur le sable,\nchacun penché sur l'ombre\nde son mât."
PORTUGUESE = "Os barcos voltam ao porto\nquando a noite os chama,\ntrazem a rede vazia\ne a lua na proa, partida."
ITALIAN = "Le barche tornano al porto\nquando la notte le chiama,\nportano la rete vuota\ne la luna spezzata."
LATIN = "Aestus recessit et naves\nin litore dormientes reliquit,\nquaeque umbrae mali sui\nincumbens tacet."


@pytest.mark.parametrize("text", [FRENCH, PORTUGUESE, ITALIAN, LATIN])
def test_another_language_is_left_out(text: str) -> None:
    assert judge(Entry(text))[2] in ("another language", "two languages")
    assert judge(Entry(text, lang="es"))[2] in ("another language", "two languages")


def test_a_language_that_is_neither_is_taken_at_its_word() -> None:
    assert judge(Entry(FRENCH, lang="fr"))[2] == "another language"


@pytest.mark.parametrize("verses", [1, 2, 4, 8])
def test_a_poem_of_two_languages_is_left_out(verses: int) -> None:
    """The first version's admitted fault."""
    english = LOW_TIDE.replace("\n\n", "\n").split("\n")
    mixed = "\n".join(english + PUERTO.split("\n")[:verses])
    _, foreign, reason = judge(Entry(mixed, lang="en"))
    assert foreign in (verses, verses - 1)
    assert (reason == "two languages") == (foreign * 10 > len(english) + verses)


def test_a_poem_and_its_translation_are_left_out() -> None:
    assert judge(Entry(f"{PUERTO}\n\n{LOW_TIDE}"))[2] in ("two languages", "wrong language")


@pytest.mark.parametrize("text", [*ENGLISH.values()])
def test_no_line_of_an_english_poem_is_foreign(text: str) -> None:
    assert not [line for line in text.split("\n") if is_foreign(line, "en")]


@pytest.mark.parametrize("line", ["Tra la la la, tra la la", "Lorraine!", "Don Diego", "O sole"])
def test_a_cry_or_a_name_is_no_evidence(line: str) -> None:
    assert not is_foreign(line, "en")


# --- the public domain


@pytest.mark.parametrize(
    ("author", "died", "kept"),
    [
        ("Antonio Machado", None, True),
        ("Machado, Antonio", None, True),
        ("Jorge Luis Borges", None, False),
        ("Jorge Luis Borges", 1700, False),  # the table knows better than a source
        ("Nobody At All", None, False),
        ("Nobody At All", 1900, True),
        ("Nobody At All", 1945, True),
        ("Nobody At All", 1946, False),
        ("", None, False),
    ],
)
def test_public_domain_only(author: str, died: int | None, kept: bool) -> None:
    entry = Entry(LOW_TIDE, author=author, author_death_year=died)
    row = prepare(to_table([entry]), public_domain_in=2026).to_pylist()[0]
    assert row["reason"] == ("" if kept else NOT_PUBLIC)
    assert prepare(to_table([entry])).to_pylist()[0]["reason"] == ""
