"""The page's texts: both languages say the same things, and neither is empty."""

import re
import tomllib
from importlib.resources import files
from typing import Any, get_args

import pytest

from duende.errors import DuendeError
from duende.page.client import Trouble
from duende.page.link import LENGTHS, MOODS
from duende.page.words import Words, interface_language, words
from duende.poem import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
TABLE = tomllib.loads((files("duende.page") / "words.toml").read_text(encoding="utf-8"))


def leaves(table: dict[str, Any], under: str = "") -> dict[str, str]:
    """Every text by its name, tables and lists opened."""
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= leaves(value, f"{under}{name}.")
        elif isinstance(value, list):
            found |= {f"{under}{name}.{place}": each for place, each in enumerate(value)}
        else:
            found[under + name] = value
    return found


def every_kind() -> list[str]:
    """The kind of every error of ours, as the API names it."""
    kinds, left = [], [DuendeError]
    while left:
        error = left.pop()
        left.extend(error.__subclasses__())
        if error.__module__ == "duende.errors":
            kinds.append(re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower())
    return kinds


def test_both_languages_have_the_same_keys() -> None:
    assert list(TABLE) == list(LANGUAGES)
    assert leaves(TABLE["en"]).keys() == leaves(TABLE["es"]).keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty(lang: Language) -> None:
    assert all(isinstance(text, str) and text.strip() for text in leaves(TABLE[lang]).values())


def test_both_languages_fill_in_the_same_gaps() -> None:
    english, spanish = leaves(TABLE["en"]), leaves(TABLE["es"])
    for name in english:
        gaps = [set(re.findall(r"{\w+}", text[name])) for text in (english, spanish)]
        assert gaps[0] == gaps[1] or gaps == [{"{detail}"}, set()], name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_choice_has_its_word(lang: Language) -> None:
    said: Words = words(lang)
    assert said.lengths.keys() == LENGTHS.keys()
    assert said.moods.keys() == MOODS.keys()
    assert len(set(said.moods.values())) == len(MOODS)
    assert 4 <= len(said.examples) <= 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_of_the_api_has_its_sentence(lang: Language) -> None:
    elsewhere = {"duende-error", "request-error", "service-error"}  # never told as such
    elsewhere |= {
        "corpus-error",
        "source-error",
        "disk-full",
        "training-error",
    }  # told on the command line alone
    missing = set(every_kind()) - set(words(lang).troubles) - elsewhere
    assert not missing


def test_the_spanish_page_speaks_spanish_of_what_it_knows() -> None:
    for kind in every_kind():
        told = words("es").told(Trouble(kind, "An English sentence."))
        if kind in words("es").troubles:
            assert "English" not in told
    assert words("es").told(Trouble("new", "Detail.")) == "No se pudo escribir: Detail."


def test_spanish_opens_its_questions() -> None:
    for text in leaves(TABLE["es"]).values():
        assert text.count("?") == text.count("¿")
        assert text.count("!") == text.count("¡")


def test_braces_in_a_detail_are_left_alone() -> None:
    assert words("en").told(Trouble("length-error", "{oops} {0}")) == "{oops} {0}"


@pytest.mark.parametrize(
    ("asked", "locale", "lang"),
    [
        (None, None, "en"),
        (None, "es-419", "es"),
        ("en", "es-ES", "en"),
        ("es", None, "es"),
        ("<b>", "es", "es"),
        ("", "de-DE", "en"),
    ],
)
def test_the_language_of_the_interface(asked: str | None, locale: str | None, lang: str) -> None:
    assert interface_language(asked, locale) == lang
