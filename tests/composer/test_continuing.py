"""A poem that goes on: its lines stay, more come, and a form knows where it is whole."""

import pytest
from test_verse_in_form import FITTING, Scripted

from duende.composer.composer import Composer
from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Sampling
from duende.composer.engines.llamacpp import LlamaCpp
from duende.composer.request import ask_more
from duende.composer.verse import write_verse
from duende.errors import DuendeError, FirstLineError, LengthError
from duende.poetics.forms import find_form
from duende.voice.voices import find_voice

BEGUN = ["Vino la luna a mi puerta", "con una rosa encendida"]


def test_what_stands_is_kept_and_rhymed_with() -> None:
    form = find_form("redondilla", "es")
    draft = Draft("es", find_voice("default"), "", form, form.plan(4))
    draft.begin(BEGUN)
    lane = Scripted(*FITTING)
    lines = list(write_verse([lane], draft, sampling=Sampling(1.0, 0.9, 1), ending=Ending()))
    assert lines == [FITTING[1], f"{FITTING[2]}."]
    assert draft.lines[:2] == BEGUN
    assert " vida|" in lane.asked[0][1]


def test_a_form_is_written_to_its_end(engine: LlamaCpp) -> None:
    poem = Composer(engine).compose(ask_more("\n".join(BEGUN), form="redondilla", max_words=30))
    said = [line for line in poem.lines if line]
    assert said[:2] == BEGUN
    assert len(said) == 4
    assert [each.rhyme for each in poem.report.lines] == ["a", "b", "b", "a"]


def test_a_whole_form_gets_another_turn() -> None:
    stanza = [*BEGUN, "y me contó que la vida", "es una ventana abierta."]
    request = ask_more("\n".join(stanza), form="redondilla", max_words=30)
    assert len(request.plan) == 8


def test_free_verse_goes_on(engine: LlamaCpp) -> None:
    text = "Dejaste encendida la radio.\n\nDesde entonces\nalguien me lee en voz baja."
    poem = Composer(engine).compose(ask_more(text, max_words=40, seed=3))
    assert poem.text.startswith(text + "\n")
    assert len(poem.lines) > 4
    assert (poem.lang, poem.lang_assumed, poem.form) == ("es", True, "free")
    assert poem.words <= 40


VILLANELLE = "\n".join(["The heron waits until the pond forgets"] * 19)


@pytest.mark.parametrize(
    ("text", "settings", "error"),
    [
        ("", {}, FirstLineError),
        ("Sol\n" + "x" * 301, {}, FirstLineError),
        ("Sol\ny mar", {"max_words": 3}, LengthError),
        (VILLANELLE, {"form": "villanelle", "lang": "en"}, LengthError),
    ],
)
def test_what_cannot_go_on(
    text: str, settings: dict[str, object], error: type[DuendeError]
) -> None:
    with pytest.raises(error):
        ask_more(text, **settings)
