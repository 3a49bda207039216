"""Poems as they are taught: cut, described, ordered and drawn, the same way every time."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.errors import TrainingError
from duende.poem import count_words
from duende.poetics.forms import forms
from duende.training.poems import (
    Source,
    cut,
    described,
    in_order,
    read_jsonl,
    read_poems,
    taught,
)
from duende.training.recipe import Data

STANZA = ["The rain came down all night,", "and nobody was home.", "The dog looked at the door."]
LINES = st.lists(st.sampled_from(["one two three", "four.", "", "five six"]), max_size=12)


@given(LINES, st.integers(1, 12))
def test_a_cut_poem_is_a_beginning_within_its_words(lines: list[str], words: int) -> None:
    found = cut(lines, words)
    whole = "\n".join(lines).strip("\n").split("\n")
    assert found == whole[: len(found)]
    assert sum(map(count_words, found)) <= max(words, count_words(whole[0]))
    assert found[-1] or whole == [""]


def test_a_poem_is_cut_where_a_stanza_ends() -> None:
    poem = [*STANZA, "", *STANZA, "", *STANZA]
    assert cut(poem, 40) == [*STANZA, "", *STANZA]
    assert cut(poem, 100) == poem


def test_a_long_stanza_is_cut_where_a_sentence_ends() -> None:
    assert cut([*STANZA, "and then"], 12) == STANZA[:2]
    assert cut(["one two three four"], 2) == ["one two three four"]


def test_a_form_is_named_where_it_is_kept() -> None:
    for form in forms():
        for lang, example in form.example.items():
            found, codes = described(example.strip().split("\n"), lang)
            assert codes is not None
            if form.id in ("soneto", "limerick", "decima", "haiku", "villanelle", "romance"):
                assert found == form.id


def test_verse_without_a_form_is_free_or_rhymed() -> None:
    assert described(STANZA, "en")[0] == "free"
    rhymed = [
        "He drove his old cab through the pouring November rain.",
        "He bought himself an orange and he peeled it on the quay,",
        "and hummed,",
        "as if a thing so yellow and so small could possibly",
        "explain",
        "the world. Nobody asked him",
        "whether his fingers were numbed.",
    ]
    assert described(rhymed, "en")[0] == "rhymed"


def test_codes_count_syllables_and_name_the_last_word() -> None:
    lines = ["Dejé la lámpara encendida", "", "y abrí la ventana al mar."]
    _, codes = described(lines, "es")
    assert [str(code) for code in codes or ()] == ["9 encendida|", "8 mar|"]


def test_a_line_that_cannot_be_read_has_no_code() -> None:
    assert described(["The moon came up.", "—"], "en")[1] is None


def test_an_order_is_a_weighted_draw_that_repeats() -> None:
    some = [Source("en", f"old {n}", "golden-age") for n in range(300)]
    some += [Source("en", f"new {n}", "early-20th-century") for n in range(300)]
    data = Data(eras={"golden-age": 0.25})
    first = in_order(some, data, seed="1")
    assert first == in_order(list(reversed(some)), data, seed="1")
    assert first != in_order(some, data, seed="2")
    old = sum(poem.era == "golden-age" for poem in first[:200])
    assert 20 < old < 65  # a fifth of the draws at first: 40 expected
    assert len(in_order(some, Data(eras={"golden-age": 0}), seed="1")) == 300


def test_shares_of_coded_and_bare_poems_and_of_forms() -> None:
    words = (f"rain{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(400))
    openings = (f"The {word} came down." for word in words)
    some = [Source("en", "\n".join([each, *STANZA]), "19th-century") for each in openings]
    found = [taught(poem, Data(coded=0.5, bare=0.25), seed="1") for poem in some]
    poems = [poem for poem in found if poem is not None]
    assert len(poems) == 400
    assert 160 < sum(poem.codes is not None for poem in poems) < 240
    assert 65 < sum(poem.era == "" for poem in poems) < 140
    assert all((poem.era == "") == (poem.form == "") for poem in poems)
    kept = [taught(poem, Data(forms={"free": 0.25}), seed="1") for poem in some]
    assert 65 < sum(poem is not None for poem in kept) < 140


def test_jsonl_is_read_gzipped_or_not(tmp_path: Path) -> None:
    row = json.dumps({"lang": "es", "text": "Sol.", "period": "18th-century"}) + "\n\n"
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_text(row, encoding="utf-8")
    packed.write_bytes(gzip.compress(row.encode()))
    assert list(read_jsonl(plain)) == list(read_jsonl(packed))
    assert next(read_jsonl(plain)) == Source("es", "Sol.", "18th-century")


@pytest.mark.parametrize(
    "row",
    ['{"lang": "fr", "text": "Soleil"}', '{"lang": "en"}', '{"lang": "en", "text": " "}', "[1]",
     '{"lang": "en", "text": 5}', "{"],
)  # fmt: skip
def test_a_line_that_is_no_poem_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"lang": "en", "text": "Sun."}}\n{row}\n', encoding="utf-8")
    with pytest.raises(TrainingError, match="line 2"):
        list(read_jsonl(path))


def test_a_file_of_poems_keeps_some_for_validation(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl"
    rows = (json.dumps({"lang": "en", "text": f"Poem number {n}"}) for n in range(200))
    path.write_text("\n".join(rows), encoding="utf-8")
    train, held_out = read_poems(path, "train"), read_poems(path, "validation")
    assert not set(train) & set(held_out)
    assert 8 <= len(held_out) <= 35
    assert len(train) + len(held_out) == 200


def test_a_folder_that_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(TrainingError):
        read_poems(tmp_path, "train")
