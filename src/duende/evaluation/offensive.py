"""Finds offensive words: a text goes in, the words of the list that stand in it come out.

Words are whole words, in every spelling that hides them: other widths of letters, invisible
characters, figures and signs for letters, one letter drawn out, letters held apart. An acute accent
makes no difference; a tilde does: *coño* is on the list and *cono* is a cone.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, product
from unicodedata import category, normalize

from duende.poem import Language

LETTERS_FOR = {
    **{"0": "o", "1": "1il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"},
    **{"@": "a", "$": "s", "!": "i", "€": "e", "|": "il", "+": "t"},
}
COVERS = "*#"  # they stand for any letter inside a word
SIGNS = re.escape("".join(LETTERS_FOR) + COVERS)
TOKEN = re.compile(rf"[\w{SIGNS}]+")
APART = re.compile(r"(?<!\w)[^\W\d_](?:([ .*_-])[^\W\d_])(?:\1[^\W\d_])+(?!\w)")
DRAWN_OUT = re.compile(r"(.)\1{2,}")
MARKS_THAT_FALL = ("\u0301", "\u0308")  # acute and diaeresis; not the tilde of ñ
MOST_READINGS = 64


def offensive_words(text: str, lang: Language) -> list[str]:
    """The offensive words in `text`, in their order, without accents.

    >>> offensive_words("What the f*ck, SH1T and shiiiit", "en")
    ['fuck', 'shit', 'shit']
    >>> offensive_words("Scunthorpe, Essex and a cockerel", "en")
    []
    >>> offensive_words("¡Coño! Un cono de piñas, año tras año", "es")
    ['coño']
    """
    shown = "".join(letter for letter in normalize("NFKC", text) if category(letter) != "Cf")
    plain = APART.sub(lambda apart: re.sub(r"[\W_]", "", apart[0]), _plain(shown))
    found = (_listed(token, lang) for token in TOKEN.findall(plain))
    return [word for word in found if word is not None]


def _plain(text: str) -> str:
    """Lower case, vowels without accents, and ñ as it is.

    >>> _plain("CABRÓN, coño")
    'cabron, coño'
    """
    parted = normalize("NFD", text.casefold())
    return normalize("NFC", "".join(letter for letter in parted if letter not in MARKS_THAT_FALL))


@lru_cache(maxsize=1 << 16)
def _listed(token: str, lang: Language) -> str | None:
    """The word of the list that a token is, however it is written."""
    bare = token.strip("!|+" + COVERS)
    words = _words(lang)
    for reading in _readings(bare):
        if reading in words:
            return reading
    return _uncovered(bare, lang) if any(sign in bare for sign in COVERS) else None


def _readings(token: str) -> Iterator[str]:
    """What a token may be read as, with letters for figures and nothing drawn out.

    >>> list(_readings("sh1t"))
    ['sh1t', 'shit', 'shlt']
    """
    if not any(letter.isalpha() for letter in token):
        return  # 455 is a number
    choices = (LETTERS_FOR.get(letter, letter) for letter in token)
    for letters in islice(product(*choices), MOST_READINGS):
        reading = "".join(letters)
        yield reading
        if DRAWN_OUT.search(reading):
            yield DRAWN_OUT.sub(r"\1", reading)
            yield DRAWN_OUT.sub(r"\1\1", reading)


def _uncovered(token: str, lang: Language) -> str | None:
    """The word that a token with covered letters may be: at least half of it must be seen."""
    if 2 * sum(token.count(sign) for sign in COVERS) > len(token):
        return None
    pattern = re.compile("".join(r"\w" if sign in COVERS else re.escape(sign) for sign in token))
    return next((word for word in sorted(_words(lang)) if pattern.fullmatch(word)), None)


@cache
def _words(lang: Language) -> frozenset[str]:
    text = (files("duende.evaluation") / "offensive.toml").read_text(encoding="utf-8")
    kinds: dict[str, list[str]] = tomllib.loads(text)[lang]
    return frozenset(_plain(word) for words in kinds.values() for word in words)
