"""Poems in form, measured: what was let off is counted, people's verse is found, runs go on."""

import json
from pathlib import Path

import pytest

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from duende.composer.request import ask
from duende.evaluation.in_form import (
    evaluate_forms,
    in_the_form,
    measure,
    rhyming,
    told,
    write_in_form,
)
from duende.evaluation.people import HumanPoem
from duende.poem import Language, Poem
from duende.poetics.forms import find_form

STANZA = """Vino la luna a mi puerta
con una rosa encendida
y me contó que la vida
es una ventana abierta."""


def compose(line: str, form: str, lang: Language, seed: int) -> Poem:
    return Composer(Echo()).compose(ask(line, form=form, lang=lang, seed=seed, max_words=40))


def poem(*let_off: list[str], finish: str = "complete") -> dict[str, object]:
    lines = [{"syllables": 8, "let_off": faults} for faults in let_off]
    return {
        "lines": ["con una rosa", *["sin una rosa"] * (len(lines) - 1)],
        "report": {"lines": lines},
        "finish": finish,
        "seconds": 2.0,
    }


def test_what_is_let_off_is_counted() -> None:
    poems = [
        poem(["syllables"], [], []),
        poem([], ["metre"], []),
        poem([], [], [], finish="deadline"),
    ]
    figures = measure("haiku", "es", poems)
    assert figures.fitting == pytest.approx(5 / 6)
    assert figures.whole == pytest.approx(1 / 3)
    assert figures.seconds == 2.0
    # Of the six long words "rosa" comes twice again, and once with all that is before it.
    assert figures.again[0] == pytest.approx(2 / 3)
    assert (figures.people, figures.people_again, figures.bits) == (0, None, None)


def test_people_keep_the_form_or_stand_in_for_it() -> None:
    other = "Nadie\nviene\npor la calle\nhoy."
    people = [HumanPoem("es", STANZA), HumanPoem("es", other), HumanPoem("en", STANZA)]
    assert in_the_form(people, find_form("redondilla", "es"), "es", 4) == [STANZA]
    assert len(in_the_form(people, find_form("haiku", "es"), "es", 3)) == 2
    assert not in_the_form(people, find_form("redondilla", "es"), "es", 8)


def test_rhymes_are_pairs_of_neighbours() -> None:
    assert list(rhyming(find_form("redondilla", "es").plan(4))) == [(1, 2), (0, 3)]
    assert list(rhyming(find_form("romance", "es").plan()))[:2] == [(1, 3), (3, 5)]
    assert not list(rhyming(find_form("haiku", "es").plan()))


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    into = tmp_path / "poems" / "forms.jsonl"
    first = write_in_form(compose, "haiku", "es", 2, into)
    heard: list[str] = []
    figures = evaluate_forms(
        compose,
        into,
        poems=3,
        forms=[("es", "haiku"), ("en", "haiku")],
        people=[HumanPoem("es", STANZA)],
        bits=lambda texts, lang: float(len(texts)),
        say=heard.append,
    )
    rows = [json.loads(line) for line in into.read_text(encoding="utf-8").splitlines()]
    assert rows[:2] == json.loads(json.dumps(first))
    assert len(rows) == 6
    assert len(heard) == 4
    spanish, english = figures
    assert (spanish.poems, spanish.people, spanish.bits, spanish.people_bits) == (3, 1, 3.0, 1.0)
    assert (english.people, english.people_bits) == (0, None)
    table = told(figures).splitlines()
    assert len(table) == 4
    assert "3.000 / 1.000" in table[2]
