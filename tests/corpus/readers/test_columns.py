"""Columns guessed by their names; rows with anything in their cells."""

import math
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.corpus.readers.columns import Columns, death_year, entry, guess, language, tags
from duende.errors import SourceError


@pytest.mark.parametrize(
    ("names", "text", "title", "author"),
    [
        (["", "Title", "Poem", "Poet", "Tags"], "Poem", "Title", "Poet"),
        (["Title", "Poem", "Author"], "Poem", "Title", "Author"),
        (["Título", "POEMA", "Autor"], "POEMA", "Título", "Autor"),
        (["poem_name", "content", "author_name"], "content", "poem_name", "author_name"),
        (["PoemName", "body", "PoetName"], "body", "PoemName", "PoetName"),
        (["id", "text", "poem"], "text", None, None),
        (["versos"], "versos", None, None),
        (["\ufeffpoema", "titulo"], "\ufeffpoema", "titulo", None),
    ],
)
def test_columns_are_found(
    names: list[str], text: str, title: str | None, author: str | None
) -> None:
    found = guess(names)
    assert (found.text, found.title, found.author) == (text, title, author)


def test_where_there_is_no_text_the_columns_are_named() -> None:
    with pytest.raises(SourceError, match=r"there are label, score\. .*poema"):
        guess(["label", "score"])


def test_a_row_becomes_an_entry() -> None:
    row = {
        "id": 7,
        "Poema": "Canta\nel agua.",
        "Título": "  La \r\n acequia ",
        "autor": None,
        "idioma": "Español",
        "death_year": "1821.0",
        "etiquetas": "agua, noche,agua",
        "forma": math.nan,
    }
    made = entry(row, guess(row), place="poemas.csv:3")
    assert made.text == "Canta\nel agua."
    assert (made.title, made.author, made.lang, made.form) == ("La acequia", "", "es", "")
    assert (made.author_death_year, made.tags) == (1821, ("agua", "noche"))
    assert made.place == "poemas.csv:3#7"


def test_a_row_keeps_the_place_that_it_tells() -> None:
    row = {"text": "x", "url": "https://example.org/1", "id": 1}
    assert entry(row, guess(row), place="t:1").place == "https://example.org/1"


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (1821, 1821), (1821.0, 1821), ("1821", 1821), ("1795-1821", 1821), ("1795–1821", 1821),
        ("1795-1821-", None), (date(1936, 8, 18), 1936), (datetime(1616, 4, 22), 1616),
        ("1936-08-18", 1936), ("18 de agosto de 1936", 1936), ("1950-", None), ("b. 1950", None),
        ("n. 1950", None), ("", None), (None, None), (math.nan, None), (0, None), (9999, None),
        (True, None), ("unknown", None), ([], None), ("123456", None),
    ],
)  # fmt: skip
def test_years_of_death(cell: object, year: int | None) -> None:
    assert death_year(cell) == year


def test_tags_and_languages() -> None:
    assert tags("['sea', \"sky\"]") == ("sea", "sky")
    assert tags(["a", None, 3, math.nan]) == ("a", "3")
    assert tags(None) == ()
    said = ["en_US", "ENGLISH", "spa", "Castellano", "es-MX", "français", "", "3"]
    assert [language(each) for each in said] == ["en", "en", "es", "es", "es", "francais", "", ""]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(anything, min_size=11, max_size=11))
def test_no_cell_is_too_strange(cells: list[object]) -> None:
    names = [
        "text", "title", "author", "lang", "death_year", "form", "tags", "source", "licence",
        "id", "url",
    ]  # fmt: skip
    made = entry(dict(zip(names, cells, strict=True)), guess(names), place="here")
    assert isinstance(made.text, str)
    assert "\n" not in made.title + made.author
    assert made.place
    assert all(isinstance(tag, str) and tag for tag in made.tags)


def test_a_missing_cell_is_empty() -> None:
    assert entry({}, Columns("text", title="title"), place="here").text == ""
