"""Another line in place of one: it fits, leads on to the next, and changes nothing else."""

import pytest
from test_verse_in_form import Scripted

from duende.composer.composer import Composer
from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Sampling
from duende.composer.engines.echo import Echo
from duende.composer.engines.llamacpp import LlamaCpp
from duende.composer.fit import rhymes_as
from duende.composer.request import ask_rewrite
from duende.composer.rewriting import alternatives, plan_of
from duende.errors import LengthError, SamplingError, UnknownLine
from duende.poetics.forms import find_form
from duende.voice.voices import find_voice

REDONDILLA = [
    "Vino la luna a mi puerta",
    "con una rosa encendida",
    "y me contó que la vida",
    "es una ventana abierta.",
]


def draft() -> Draft:
    form = find_form("redondilla", "es")
    begun = Draft("es", find_voice("default"), "", form, plan_of(form, REDONDILLA, "es"))
    for line in REDONDILLA:
        begun.add(line)
    return begun


def test_others_rhyme_with_the_lines_after_too() -> None:
    others = ["con una lámpara herida", "con la mano conocida", "con una rosa dormida"]
    lane = Scripted(*others, "con una rosa muy roja")
    found = alternatives(
        [lane], draft(), 1, count=2, sampling=Sampling(1.0, 0.9, 1), ending=Ending()
    )
    assert len(found) == 2
    for each in found:
        assert each.text in others
        assert (each.syllables, each.let_off) == (8, ())
        assert rhymes_as(each.text, REDONDILLA[2], kind="consonante", lang="es")
    prompt, _ = lane.heard[0]
    assert prompt.rpartition("\n")[0].endswith(f"8 puerta| {REDONDILLA[0]}")
    assert not any(each.endswith("\n8 vida|") for each, _ in lane.heard)
    # Each is read together with the line that follows.
    prompt, text = lane.read[0]
    assert prompt.endswith(f"redondilla:\n{REDONDILLA[0]}\n")
    assert text.endswith(f"\n{REDONDILLA[2]}\n")


def test_the_last_line_ends_its_sentence() -> None:
    lane = Scripted("en una casa desierta", "y la noche descubierta", "y está muerta")
    found = alternatives(
        [lane], draft(), 3, count=1, sampling=Sampling(1.0, 0.9, 1), ending=Ending()
    )
    assert found[0].text.endswith("desierta.") or found[0].text.endswith("descubierta.")


def test_a_poem_of_another_length_is_held_to_what_it_is() -> None:
    plan = plan_of(find_form("soneto", "es"), REDONDILLA, "es")
    assert [slot.syllables for slot in plan] == [(8,)] * 4
    assert plan[0].letter == plan[3].letter != plan[1].letter == plan[2].letter


def test_in_free_verse_a_line_has_nothing_to_keep(engine: LlamaCpp) -> None:
    text = "Dejaste encendida la radio.\nDesde entonces\nalguien me lee en voz baja."
    request = ask_rewrite(text, line=2, candidates=3, seed=4)
    found = Composer(engine).rewrite(request)
    assert 1 <= len(found) <= 3
    assert len({each.text for each in found}) == len(found)
    assert all(each.text not in text and not each.let_off for each in found)
    assert engine._free.qsize() == engine.slots


def test_in_a_form_it_keeps_the_form(engine: LlamaCpp) -> None:
    request = ask_rewrite("\n".join(REDONDILLA), line=2, form="redondilla", candidates=3, seed=4)
    for each in Composer(engine).rewrite(request):
        if not each.let_off:
            assert each.syllables == 8
            assert rhymes_as(each.text, REDONDILLA[2], kind="consonante", lang="es")


def test_the_echo_rewrites_too() -> None:
    assert Composer(Echo()).rewrite(ask_rewrite("Under the sun\nwe wait.", line=2, seed=1))


@pytest.mark.parametrize(
    ("text", "asked", "error"),
    [
        ("Sol", {"line": 2}, UnknownLine),
        ("Sol", {"line": 0}, UnknownLine),
        ("", {"line": 1}, UnknownLine),
        ("Sol\ny mar", {"line": 1, "candidates": 0}, SamplingError),
        ("sol " * 201, {"line": 1}, LengthError),
    ],
)
def test_what_cannot_be_rewritten(text: str, asked: dict[str, int], error: type[Exception]) -> None:
    with pytest.raises(error):
        ask_rewrite(text, **asked)  # type: ignore[arg-type]
