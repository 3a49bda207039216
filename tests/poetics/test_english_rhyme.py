"""How English words rhyme: the kinds, told apart, and the keys under which rhymes are found."""

import tomllib
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.errors import UnknownKind
from duende.poetics.english.rhyme import KINDS, LONGEST_END, ending, rhyme_keys, rhyme_kind

TABLE: dict[str, Any] = tomllib.loads(
    (files("duende.poetics.english") / "rhyme.toml").read_text(encoding="utf-8")
)

PERFECT = """
    moon/June  cat/hat  sight/site  leave/believe  night/knight  through/blue  rough/stuff
    poet/know it  fainter/paint her  show it/below it  eternity/thee  memory/be  wanderer/fur
    honeybee/tree  whirr/worshipper  starre/farre  displayd/shade  reard/appeard  ioy/boy
    company/sea  flower/hour  fire/higher  motion/ocean  dreaming/streaming  television/vision
    bow/low  bow/cow  read/bed  read/need  café/day  o'er/shore  hour/our  remember/December
"""
SLANT = """
    home/stone  time/line  blood/good  sea/obey  ease/peace  join/line  war/far  word/lord
    one/alone  there/here  eternity/die  given/heaven  tongue/song  memory/eternity
    wilderness/bless  innocence/sense  ignorance/chance  pilgrimage/age  funeral/all
    are/care  was/pass  been/green  company/sky  great/threat  farce/scarce  heard/spared
    nothing/loving  lake/late  robe/road  sing/begin  character/steer  miracle/hell
    imagined/bed  fault/thought  pleasure/seizure
"""
EYE = """
    love/move  love/prove  cough/bough  come/home  through/cough  laughter/daughter  tomb/bomb
    lover/over  grove/love
"""
NO_RHYME = """
    orange/door  cat/dog  table/chair  eye/eyes  cat/cats  love/hate  sun/moon  silver/river
    day/date  rhythm/him  beauty/tree  quiet/night  lion/line
    wanted/bed  table/hell  name/them
"""
SAME = """
    moon/Moon  moon/moon!  "moon"/moon  by the moon/to the Moon,  o’er/o'er  to me/of me
    I know it/and you know it
"""


def pairs(table: str) -> list[tuple[str, str]]:
    """The pairs of a table, two spaces or a line between them."""
    rows = [row.strip() for line in table.splitlines() for row in line.split("  ") if row.strip()]
    return [(one, other) for one, _, other in (row.partition("/") for row in rows)]


CASES = [
    *((*pair, "perfect") for pair in pairs(PERFECT)),
    *((*pair, "slant") for pair in pairs(SLANT)),
    *((*pair, "eye") for pair in pairs(EYE)),
    *((*pair, None) for pair in pairs(NO_RHYME)),
    *((*pair, "identical") for pair in pairs(SAME)),
]


@pytest.mark.parametrize(("one", "other", "kind"), CASES)
def test_the_kinds_of_rhyme(one: str, other: str, kind: str | None) -> None:
    assert rhyme_kind(one, other) == kind
    assert rhyme_kind(other, one) == kind
    assert rhyme_kind(f"and so I said {one},", f"— {other.upper()}…") == kind


@pytest.mark.parametrize("row", TABLE["near_vowels"], ids=lambda row: "/".join(row["sounds"]))
def test_each_family_of_near_vowels_rhymes_its_example(row: dict[str, Any]) -> None:
    one, other = (ending(word) for word in row["example"])
    name = "/".join(row["sounds"])
    shared = {key for key in one.near & other.near if key.startswith(f"{name}:")}
    assert shared, "the example is near for another reason, or not at all"
    assert rhyme_kind(*row["example"]) == "slant"


def test_the_table_names_sounds_that_exist() -> None:
    vowels = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY"}
    vowels |= {"UH", "UW"}
    for row in TABLE["near_vowels"]:
        assert set(row["sounds"]) < vowels
        assert row["because"]
        assert row["sounds"] == sorted(row["sounds"])
    for word, sounds in TABLE["older"].items():
        assert sounds.split()[0] in vowels
        assert sounds not in ending(word).stressed, f"{word}: today's sound"
    assert TABLE["leaning"] == sorted(TABLE["leaning"])


@pytest.mark.parametrize("kind", KINDS)
def test_words_that_rhyme_share_a_key(kind: str) -> None:
    for one, other, found in CASES:
        if found == kind:
            assert rhyme_keys(one, kind) & rhyme_keys(other, kind), (one, other)


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(UnknownKind, match="'asonante' in English: choose one of perfect, slant"):
        rhyme_keys("moon", "asonante")


@pytest.mark.parametrize("text", ["", " ", "…", "☃", "!?", "-", "'"])
def test_where_there_is_no_word_there_is_no_rhyme(text: str) -> None:
    assert rhyme_kind(text, text) is None
    assert rhyme_kind(text, "moon") is None
    assert all(not rhyme_keys(text, kind) for kind in KINDS)


def test_other_scripts_and_numbers_are_only_told_apart() -> None:
    assert rhyme_kind("Привет", "привет") == "identical"
    assert rhyme_kind("Привет", "ответ") is None
    assert rhyme_kind("1999", "1999") == "identical"


def test_of_a_long_line_the_end_counts() -> None:
    long = "the " * 3_000
    assert rhyme_kind(f"{long}moon", f"{long}June") == "perfect"
    assert rhyme_kind(f"{long}know it{'!' * 10_000}", "poet") == "perfect"
    assert rhyme_kind("a" * 10_000, "b" * 10_000) is None
    assert len(ending("a" * 10_000).word) <= LONGEST_END


@given(one=st.text(max_size=30), other=st.text(max_size=30))
def test_any_text_has_an_answer(one: str, other: str) -> None:
    kind = rhyme_kind(one, other)
    assert kind in (*KINDS, "identical", None)
    assert rhyme_kind(other, one) == kind


@given(word=st.from_regex("[a-z]{0,4}[aeiou][a-z]{0,4}", fullmatch=True))
def test_an_invented_word_is_identical_with_itself_and_has_a_sound(word: str) -> None:
    assert rhyme_kind(word, word) == "identical"
    assert rhyme_keys(word, "perfect")
    assert rhyme_keys(word, "slant")


def test_a_kind_is_the_strictest_that_holds() -> None:
    words = ["moon", "june", "love", "prove", "eternity", "die", "sea", "blood", "good", "poet"]
    for one, other in combinations(words, 2):
        shared = [kind for kind in KINDS if rhyme_keys(one, kind) & rhyme_keys(other, kind)]
        kind = rhyme_kind(one, other)
        assert kind is None or kind in shared
