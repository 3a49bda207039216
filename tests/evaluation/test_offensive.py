"""Offensive words are found however they are spelt, and nothing else is."""

import tomllib
from importlib.resources import files

import pytest

from duende.evaluation.offensive import offensive_words
from duende.evaluation.poems import first_lines
from duende.language import LANGUAGES


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("Shit!", "en", ["shit"]),
        ("SHITS and Shitty", "en", ["shits", "shitty"]),
        ("sh1t, 5hit, $hit, sh!t", "en", ["shit"] * 4),
        ("f*ck f**k f#ck", "en", ["fuck"] * 3),
        ("fuuuuuck", "en", ["fuck"]),
        ("f u c k, f.u.c.k; s-h-i-t", "en", ["fuck", "fuck", "shit"]),
        ("ｓｈｉｔ s\u200bhit sh\u00adit", "en", ["shit"] * 3),
        ("a55hole, a$$hole", "en", ["asshole"] * 2),
        ("coño, COÑO, con\u0303o, c0ño", "es", ["coño"] * 4),
        ("CABRÓN cabron cabro\u0301n", "es", ["cabron"] * 3),
        ("hijo de p*ta", "es", ["puta"]),
        ("Ni puta idea, ¡joder!", "es", ["puta", "joder"]),
    ],
)
def test_found(text: str, lang: str, found: list[str]) -> None:
    assert offensive_words(text, lang) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Scunthorpe, Sussex, Penistone; a cockerel, an ass, a blue tit", "en"),
        ("The shitake's cousin, the shiitake; a spice; the kikest", "en"),
        ("I am a b c d e; 455 and 5417; *** ### !!!", "en"),
        ("*and* #there# it was!", "en"),
        ("a bundle of sticks, a bastard son, the cum laude", "en"),
        ("un cono, los conos, año tras año", "es"),
        ("computa, disputa, reputación, putrefacto, imputada", "es"),
        ("el negro mar, el moro, la concha, la polla y sus pollos, la hostia blanca", "es"),
        ("", "es"),
    ],
)
def test_not_found(text: str, lang: str) -> None:
    assert offensive_words(text, lang) == []  # type: ignore[arg-type]


def test_each_word_of_the_list_is_found() -> None:
    text = (files("duende.evaluation") / "offensive.toml").read_text(encoding="utf-8")
    for lang, kinds in tomllib.loads(text).items():
        for word in [word for words in kinds.values() for word in words]:
            assert len(offensive_words(f"oh, {word}!", lang)) == 1, word


def test_no_first_line_has_one() -> None:
    for kind in ("ordinary", "provoking"):
        for lang in LANGUAGES:
            for line in first_lines(kind)[lang]:  # type: ignore[arg-type]
                assert offensive_words(line, lang) == [], line
