"""The words of a corpus: which are listed, how often they stand, and the same bytes each time."""

import gzip
from pathlib import Path

import pytest

from corpus.small_corpus import row, tables, write
from duende.corpus.words import Counted, frequencies, index_words, list_words
from duende.errors import SourceError
from duende.poem import Language

PIECES = "▁the ▁Boston ▁boston ▁computer ▁computers ▁laun ▁ordenadores ing"
TOKENS = PIECES.split()


def counted(**verses: str) -> dict[Language, Counted]:
    """Every line of each language said by three poets."""
    found: dict[Language, Counted] = {"en": Counted(), "es": Counted()}
    for lang in found:
        for author in "abc":
            found[lang].add(verses.get(lang, ""), author)
    return found


@pytest.mark.parametrize(
    ("lang", "verse", "listed", "left"),
    [
        ("en", "the moon is low", "the moon is low", ""),
        ("en", "they say that Boston sleeps", "they say that sleeps", "boston Boston"),
        ("en", "I love the loue of me me me me mee", "I love the of me", "loue mee"),
        ("en", "a drinkin man knoweth he drinks", "a man he drinks", "drinkin knoweth"),
        ("en", "the half-sung o'er and o'er", "the and", "half-sung half sung o'er o"),
        ("en", "the Кот and 99 cats", "the and cats", "кот 99"),
        ("es", "la luz del corazón", "la luz del corazón", ""),
        ("es", "el Duero pasa", "el pasa", "duero Duero"),
        ("es", "la fuerça mía", "la mía", "fuerça"),
    ],
)
def test_what_poets_write_is_listed(lang: Language, verse: str, listed: str, left: str) -> None:
    found = set(frequencies(lang, counted(**{lang: verse}), []))
    assert set(listed.split()) <= found
    assert not set(left.split()) & found


def test_a_word_wants_three_poets() -> None:
    words = counted()
    for author in "ab":
        words["en"].add("the brindled moon", author)
    words["en"].add("the moon", "c")
    found = frequencies("en", words, [])
    assert "moon" in found
    assert "brindled" not in found


def test_words_of_today_come_from_the_tokens() -> None:
    english = frequencies("en", counted(en="the moon"), TOKENS)
    assert "computer" in english
    assert not {"boston", "Boston", "laun", "ordenadores", "ing"} & set(english)
    assert "television" in english  # of the table
    spanish = frequencies("es", counted(es="la luna"), ["▁comunicación", "▁computer"])
    assert {"comunicación", "ordenador"} <= set(spanish)
    assert "computer" not in spanish


def test_a_word_of_the_other_language_is_left_out() -> None:
    words = counted(en="the moon " * 200 + "\nla", es="la luna")
    assert "la" not in frequencies("en", words, [])
    assert "la" in frequencies("es", words, [])


def test_what_ends_lines_comes_before_what_stands_within() -> None:
    found = frequencies("en", counted(en="the bird of the night\nthe bird of the night"), [])
    assert found["night"] > found["the"] > 0
    assert found["night"] > found["bird"]


def test_the_same_corpus_gives_the_same_files(tmp_path: Path) -> None:
    rows = tables()
    rows["train"] += [row("The moon at noon\nsoon", id=f"m{each}", author=each) for each in "abc"]
    corpus = write(tmp_path / "corpus", rows)
    sizes = list_words(corpus, tmp_path / "one", tokens=TOKENS)
    assert list_words(corpus, tmp_path / "two", tokens=TOKENS) == sizes
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {"en.tsv.gz", "es.tsv.gz", "en.perfect.tsv.gz", "es.asonante.tsv.gz"} <= names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    lines = gzip.decompress((tmp_path / "one" / "en.tsv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == sizes["en"]
    words = [line.split("\t")[0] for line in lines]
    index = gzip.decompress((tmp_path / "one" / "en.perfect.tsv.gz").read_bytes()).decode()
    places = dict(line.split("\t") for line in index.splitlines())["UW N"].split(" ")
    assert {words[int(place)] for place in places} == {"moon", "noon", "soon", "June"}


def test_the_index_is_made_again_without_a_corpus(tmp_path: Path) -> None:
    for lang, word in (("en", "moon"), ("es", "luna")):
        (tmp_path / f"{lang}.tsv.gz").write_bytes(gzip.compress(f"{word}\t1.00\n".encode()))
    index_words(tmp_path)
    packed = (tmp_path / "en.perfect.tsv.gz").read_bytes()
    assert gzip.decompress(packed).decode() == "UW N\t0\n"


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no corpus"):
        list_words(tmp_path, tmp_path / "out", tokens=[])
    with pytest.raises(SourceError, match="no list of words"):
        index_words(tmp_path)
