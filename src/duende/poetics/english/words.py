"""How English words are said: a word in, every pronunciation out, the best first.

The CMU dictionary knows most; `words.toml` adds what poets say. Other words are taken apart
(`derived.py`) or read by their letters (`letters.py`). Knows nothing of lines.
"""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from duende.poetics.english.derived import derived
from duende.poetics.english.lexicon import Phones, entries
from duende.poetics.english.letters import spelt

_MARKS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ſ": "s", "—": "-", "–": "-"})
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ð": "th", "þ": "th", "ł": "l"})


@cache
def _said() -> dict[str, tuple[Phones, ...]]:
    text = files("duende.poetics.english").joinpath("words.toml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)["said"]
    return {word: tuple(tuple(each.split()) for each in said) for word, said in table.items()}


def known(word: str) -> tuple[Phones, ...]:
    """What the tables say of a word in lower case; empty where they do not have it."""
    return _said().get(word) or entries(word)


@lru_cache(maxsize=1 << 15)
def pronunciations(word: str) -> tuple[Phones, ...]:
    """Every pronunciation of `word`, the best first; empty for what has no sound.

    >>> pronunciations("moon")
    (('M', 'UW1', 'N'),)
    >>> pronunciations("o'er")
    (('AO1', 'R'),)
    >>> pronunciations("…")
    ()
    """
    plain = _plain(word)
    if not plain:
        return ()
    found = known(plain) or derived(plain, known)
    if found:
        return found
    letters = re.sub(r"[^a-z]", "", plain)
    return (spelt(letters),) if letters else ()


def _plain(word: str) -> str:
    """The word in lower case, without accents and the marks around it; -èd keeps its accent."""
    lower = unicodedata.normalize("NFC", word.lower().translate(_MARKS)).translate(_PLAIN)
    lower = re.sub("[èé](d|st|s)$", r"ë\1", lower)
    lower = "".join(
        letter if letter == "ë" else unicodedata.normalize("NFD", letter)[0] for letter in lower
    )
    return re.sub(r"^[^a-zë0-9']+|[^a-zë0-9']+$", "", lower)
