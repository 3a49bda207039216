"""The rhyming dictionary of both languages: a word in, the words that rhyme with it out.

It stands on lists of words with frequencies and on indexes of their rhymes, packaged under `words`
and made by `duende corpus words`. How words sound is the languages' own affair.
"""

import gzip
import tomllib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice

from duende.errors import UnknownKind
from duende.poetics.phonology import phonology


@dataclass(frozen=True, slots=True)
class Rhyme:
    """A word that rhymes, how it does, and how much it is used.

    `frequency` is how many of a million lines end with it: the mean of what the poems of our
    corpus do and of what its place among the words of today lets expect.
    """

    word: str
    kind: str
    frequency: float


def rhymes(word: str, *, lang: str, kind: str | None = None, limit: int = 50) -> list[str]:
    """The words that rhyme with `word`, those that poets use most first, never the word itself.

    `kind` is one of the language's kinds of rhyme, the strictest where it is None. `word` may be
    the end of a line. At most `limit` words. Raises `UnknownLanguage` and `UnknownKind`.

    >>> rhymes("moon", lang="en", limit=3)
    ['soon', 'noon', 'tune']
    """
    return [each.word for each in find_rhymes(word, lang=lang, kind=kind, limit=limit)]


def find_rhymes(
    word: str, *, lang: str, kind: str | None = None, limit: int = 50
) -> tuple[Rhyme, ...]:
    """The same as `rhymes`, with what is known of each word.

    >>> [(each.word, each.kind) for each in find_rhymes("blood", lang="en", kind="slant", limit=1)]
    [('good', 'slant')]
    """
    return tuple(islice(_found(word, lang, _kind(kind, lang)), max(limit, 0)))


def leans(word: str, *, lang: str) -> bool:
    """Whether a word leans on the one that follows, so that no line should end in it.

    >>> leans("sobre", lang="es"), leans("sombra", lang="es")
    (True, False)
    """
    return word in _leaning(lang)


@cache
def endings(
    lang: str, *, common: float, kind: str | None = None, rhymes: int = 0
) -> tuple[Rhyme, ...]:
    """The words that end `common` lines of a million and more, the most used first.

    Those with at least `rhymes` others among them that rhyme in that `kind` (the strictest where it
    is None), or better. Raises `UnknownLanguage` and `UnknownKind`.

    >>> [each.word for each in endings("es", common=700, rhymes=2)][:5]
    ['día', 'cielo', 'que', 'mía', 'suelo']
    """
    kind = _kind(kind, lang)
    words, frequencies = _words(lang)
    known = sum(frequency >= common for frequency in frequencies)  # they are in this order
    rich: set[int] = set(range(known)) if not rhymes else set()
    for row in _index(lang, kind).splitlines() if rhymes else ():
        fellows = [place for place in map(int, row.partition("\t")[2].split()) if place < known]
        if len(fellows) > rhymes:
            rich.update(fellows)
    return tuple(Rhyme(words[place], kind, frequencies[place]) for place in sorted(rich))


def _found(word: str, lang: str, kind: str) -> Iterator[Rhyme]:
    """Every word of the list that shares a key and does rhyme, the most used first."""
    sounds = phonology(lang)
    words, frequencies = _words(lang)
    keys = sounds.rhyme_keys(word, kind)
    places = {place for key in keys for place in _places(key, lang, kind)}
    for place in sorted(places):
        if sounds.rhyme_kind(word, words[place]) == kind:
            yield Rhyme(words[place], kind, frequencies[place])


@cache
def _leaning(lang: str) -> frozenset[str]:
    text = (files("duende.poetics") / "leaning.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)[lang])


def _kind(kind: str | None, lang: str) -> str:
    kinds = phonology(lang).kinds
    if kind is None:
        return kinds[0]
    if kind not in kinds:
        raise UnknownKind(
            f"There is no kind of rhyme {kind!r} in {lang!r}: choose one of {', '.join(kinds)}."
        )
    return kind


@cache
def _words(lang: str) -> tuple[tuple[str, ...], "array[float]"]:
    """The words of a language, the most used first, and their frequencies (2 MB)."""
    rows = [line.partition("\t") for line in _text(f"{lang}.tsv.gz").splitlines()]
    return tuple(row[0] for row in rows), array("f", (float(row[2]) for row in rows))


def _places(key: str, lang: str, kind: str) -> list[int]:
    """The places in the list of the words that have a key."""
    index = _index(lang, kind)
    start = index.find(f"\n{key}\t")
    if start < 0:
        return []
    start += len(key) + 2
    return [int(place) for place in index[start : index.index("\n", start)].split(" ")]


@cache
def _index(lang: str, kind: str) -> str:
    """The places of the words of each key, a key a line.

    Left as text: to look through it takes under a millisecond, and a dict of it five times the
    memory.
    """
    return f"\n{_text(f'{lang}.{kind}.tsv.gz')}"


def _text(name: str) -> str:
    packed = (files("duende.poetics") / "words" / name).read_bytes()
    return gzip.decompress(packed).decode("utf-8")
