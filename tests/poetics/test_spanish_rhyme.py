"""Spanish rhyme: consonante, asonante, by sound and not by letter."""

import pytest

from duende.poetics.spanish.rhyme import rhyme_keys, rhyme_kind


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("corazón", "canción", "consonante"),
        ("nieve", "debe", "consonante"),  # b and v
        ("coge", "deje", None),
        ("coge", "despoje", "consonante"),  # g and j
        ("calla", "playa", "consonante"),  # ll and y
        ("rey", "jersey", "consonante"),
        ("hay", "mayoral", "asonante"),
        ("ahora", "implora", "consonante"),  # a mute h
        ("quiso", "piso", "consonante"),
        ("guitarra", "cigarra", "consonante"),
        ("casa", "caza", "asonante"),
        ("taza", "plaza", "consonante"),
        ("cielo", "recuerdo", "asonante"),
        ("aire", "madre", "asonante"),  # a diphthong's weak vowel
        ("gloria", "rosa", "asonante"),
        ("lámpara", "cama", "asonante"),  # a proparoxytone's middle vowel
        ("cráter", "madre", "asonante"),
        ("fácil", "valle", "asonante"),  # a weak i at the end sounds as e
        ("Venus", "cielo", "asonante"),
        ("amor", "voz", "asonante"),
        ("amor", "cosa", None),  # an oxytone has no second vowel
        ("día", "María", "consonante"),
        ("ruido", "perdido", "consonante"),
        ("lentamente", "gente", "consonante"),
        ("llega la noche", "un coche", "consonante"),
        ("Sol", "sol", "idéntica"),
        ("el sol", "del sol,", "idéntica"),
        ("mar", "perro", None),
        ("", "mar", None),
        ("…", "mar", None),
        ("42", "mar", None),
    ],
)
def test_kinds(one: str, other: str, kind: str | None) -> None:
    assert rhyme_kind(one, other) == rhyme_kind(other, one) == kind


@pytest.mark.parametrize(
    ("one", "other", "strict", "seseo"),
    [
        ("casa", "caza", "asonante", "consonante"),
        ("veces", "meses", "asonante", "consonante"),
        ("crezca", "fresca", "asonante", "consonante"),
        ("voz", "dos", "asonante", "consonante"),
        ("mesa", "cosa", None, None),
    ],
)
def test_seseo(one: str, other: str, strict: str | None, seseo: str | None) -> None:
    assert rhyme_kind(one, other) == strict
    assert rhyme_kind(one, other, seseo=True) == seseo


def test_words_that_rhyme_share_a_key() -> None:
    assert rhyme_keys("calla", "consonante") == rhyme_keys("playa", "consonante")
    assert rhyme_keys("calla", "consonante") != rhyme_keys("cala", "consonante")
    assert rhyme_keys("aire", "asonante") == rhyme_keys("madre", "asonante")
    assert not rhyme_keys("…", "asonante")


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("mi tío y sus 20", "la noche y su fuente", "asonante"),
        ("a las 3", "otro mes", "consonante"),
        ("Alfonso XIII", "si apareciese", "asonante"),
        ("perdí el DVD", "un bebé", "consonante"),
        ("el día 1º", "un lucero", "consonante"),
    ],
)
def test_figures_and_initials_rhyme_as_they_are_said(one: str, other: str, kind: str) -> None:
    assert rhyme_kind(one, other) == kind
