"""The rhyming dictionary: what it offers, in what order, and that its index is today's."""

import gzip
from importlib.resources import files
from typing import get_args

import pytest

from duende.errors import UnknownKind, UnknownLanguage
from duende.poem import Language
from duende.poetics.dictionary import endings, find_rhymes, leans, rhymes
from duende.poetics.phonology import phonology

LANGUAGES: tuple[Language, ...] = get_args(Language)
KINDS = [(lang, kind) for lang in LANGUAGES for kind in phonology(lang).kinds]


def listed(lang: Language) -> list[str]:
    """The words of a language's list, in its order."""
    packed = (files("duende.poetics") / "words" / f"{lang}.tsv.gz").read_bytes()
    return [line.partition("\t")[0] for line in gzip.decompress(packed).decode().splitlines()]


@pytest.mark.parametrize(
    ("word", "lang", "kind", "offered"),
    [
        ("moon", "en", None, {"soon", "noon", "tune", "June", "afternoon"}),
        ("love", "en", "perfect", {"above", "dove", "glove"}),
        ("love", "en", "eye", {"move", "prove", "grove"}),
        ("blood", "en", "slant", {"good", "stood"}),
        ("and I did not know it", "en", None, {"poet"}),
        ("borogoves", "en", None, {"groves"}),  # a word that no list has
        ("corazón", "es", None, {"pasión", "razón", "canción"}),
        ("televisor", "es", "consonante", {"amor", "dolor", "ascensor"}),
        ("vida", "es", "asonante", {"día", "lira"}),
        ("luna", "es", None, {"fortuna", "cuna"}),
    ],
)
def test_it_offers_what_a_poet_expects(
    word: str, lang: str, kind: str | None, offered: set[str]
) -> None:
    assert offered <= set(rhymes(word, lang=lang, kind=kind, limit=5_000))


@pytest.mark.parametrize(("lang", "kind"), KINDS)
def test_every_word_offered_rhymes_in_that_kind(lang: Language, kind: str) -> None:
    asked = {"en": ("love", "heart", "time"), "es": ("vida", "corazón", "palabra")}
    for word in asked[lang]:
        found = find_rhymes(word, lang=lang, kind=kind, limit=200)
        assert found or kind == "eye"
        assert word not in {each.word for each in found}
        assert len({each.word for each in found}) == len(found)
        for each in found:
            assert each.kind == kind == phonology(lang).rhyme_kind(word, each.word)
            assert each.frequency > 0
        frequencies = [each.frequency for each in found]
        assert frequencies == sorted(frequencies, reverse=True)


def test_the_limit_holds() -> None:
    all_of_them = rhymes("day", lang="en", limit=10_000)
    assert len(all_of_them) > 100
    assert rhymes("day", lang="en", limit=7) == all_of_them[:7]
    assert len(rhymes("day", lang="en")) == 50
    assert rhymes("day", lang="en", limit=0) == rhymes("day", lang="en", limit=-1) == []


@pytest.mark.parametrize("word", ["", " ", "☃", "orange", "你好", "\n", "x" * 10_000])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_bad_input_has_an_answer(word: str, lang: Language) -> None:
    assert isinstance(rhymes(word, lang=lang), list)


def test_what_is_unknown_is_told() -> None:
    with pytest.raises(UnknownLanguage, match="no language 'fr': ask for 'en' or 'es'"):
        rhymes("lune", lang="fr")
    with pytest.raises(UnknownKind, match="'eye' in 'es': choose one of consonante, asonante"):
        rhymes("luna", lang="es", kind="eye")
    with pytest.raises(UnknownKind, match="'asonante' in 'en': choose one of perfect, slant, eye"):
        rhymes("moon", lang="en", kind="asonante")


@pytest.mark.parametrize(
    ("lang", "here", "elsewhere"),
    [
        ("en", "moon television airport God I June above", "mí corazón selfe loueth boston qué"),
        ("es", "luna televisión ordenador Dios amor ascensor", "the heart meninas coraçon questo"),
    ],
)
def test_the_list_has_words_of_its_language(lang: Language, here: str, elsewhere: str) -> None:
    words = set(listed(lang))
    assert set(here.split()) <= words
    assert not set(elsewhere.split()) & words
    assert len(words) == len(listed(lang)) > 20_000


@pytest.mark.parametrize(("lang", "kind"), KINDS)
def test_the_index_is_of_the_sounds_of_today(lang: Language, kind: str) -> None:
    """Where a language's sounds have changed: `duende corpus words --out src/duende/poetics/words`.

    A few words may lag behind: they cost a rhyme, and never offer a wrong one.
    """
    packed = (files("duende.poetics") / "words" / f"{lang}.{kind}.tsv.gz").read_bytes()
    index = {
        key: set(map(int, places.split(" ")))
        for key, _, places in (
            line.partition("\t") for line in gzip.decompress(packed).decode().splitlines()
        )
    }
    words = listed(lang)
    places = range(0, len(words), 61)
    lag = [
        words[place]
        for place in places
        if any(
            place not in index.get(key, ())
            for key in phonology(lang).rhyme_keys(words[place], kind)
        )
    ]
    assert len(lag) <= 0.01 * len(places), lag


def test_endings_are_common_and_rich() -> None:
    found = endings("es", common=40.0, rhymes=20)
    assert {"vida", "día", "amor"} <= {each.word for each in found}
    assert not {"noche", "silencio", "árbol"} & {each.word for each in found}
    for each in found[::97]:
        fellows = find_rhymes(each.word, lang="es", limit=400)
        assert sum(fellow.frequency >= 40 for fellow in fellows) >= 20
        assert each.frequency >= 40
    assert len(endings("es", common=40.0)) > 2 * len(found)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_leans_is_short_and_said_often(lang: Language) -> None:
    words = {each.word for each in endings(lang, common=20.0)}
    leaning = [word for word in words if leans(word, lang=lang)]
    assert 5 <= len(leaning) <= 0.02 * len(words)
    assert not leans("luna", lang="es")
    assert not leans("moon", lang="en")
