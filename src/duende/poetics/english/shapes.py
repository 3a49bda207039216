"""The syllables of a word as verse weighs them: a word in, a kind and a strain for each, out.

Kinds are letters: see `kinds.toml`. Knows nothing of lines.
"""

import re
import tomllib
from collections.abc import Collection
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from duende.poetics.english.lexicon import Phones
from duende.poetics.english.metre import NEVER, table
from duende.poetics.english.syncope import CLOSING, SYNCOPE, optional, vowel
from duende.poetics.english.words import WORDS, full

LOST = {"ed": 2.6, "the": 2.0, "to": 2.2, "y a": 1.6, "y": 2.2}
"""Strains, in nats: an -ed said (wishèd); the, to and -y lost before another word's vowel."""


# Where the spelling tells more than the sounds, strains of leaving out and of saying.
_UNWRITTEN = re.compile(r"[bcdfgkpstz]l(?:ings?|ingly|ers?|est)$")
UNWRITTEN = (0.0, 0.6)  # trembling, whistler: the vowel before the l is not even written
_ONE = re.compile(r"(?:[iy]re|our)(?:s|d|'s)?$")
CLOSED = (0.2, 0.5)  # fire, hour; not flower, tower


class Syllable(NamedTuple):
    """A syllable: its kind, and the strain of a beat on it, of none, of leaving it out.

    `keep` is the part of the first two that it costs to say it at all.
    """

    kind: str
    beat: float
    off: float
    drop: float = NEVER
    keep: float = 0.0


@cache
def _syllable(kind: str, drop: float = NEVER, keep: float = 0.0) -> Syllable:
    beat, off = table()["syllables"][kind]
    return Syllable(kind, beat + keep, off + keep, drop, keep)


_CLASSES = {
    **{"clitic": "a", "weak": "b", "pronoun": "c", "auxiliary": "d"},
    **{"medium": "m", "firm": "q", "light": "l"},
}


@cache
def _degrees() -> dict[str, str]:
    text = files("duende.poetics.english").joinpath("function_words.toml").read_text("utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)
    found = {word: letter for name, letter in _CLASSES.items() for word in table[name]}
    return {**found, **dict.fromkeys(table["longer"], "f")}


def _digits(phones: Phones) -> str:
    return "".join([phone[-1] for phone in phones if phone[-1] in "012"])


@lru_cache(maxsize=WORDS)
def shape(word: str) -> tuple[Syllable, ...]:
    """The syllables of a word as it is written, all those that it may have; empty for no sound.

    >>> "".join(each.kind for each in shape("moonlight"))
    'PS'
    """
    said = full(word)
    if not any(map(vowel, said[0] if said else ())):
        return ()
    word = word.lower().replace("’", "'")
    if word.startswith("'") and word not in _degrees():
        word = word[1:]
    degree = _degrees().get(word)
    if degree and degree not in "lf":
        return (_syllable(degree),)
    stresses = [_digits(each) for each in said]
    trusted = (at for at, each in enumerate(said) if _trusted(each, said[0]))
    longest = max(trusted, key=lambda at: len(stresses[at]))
    base, digits = said[longest], stresses[longest]
    kinds = _kinds(digits, degree, stresses)
    nuclei = [place for place, phone in enumerate(base) if vowel(phone)]
    strains = {nuclei.index(place): (drop, keep) for place, drop, keep in optional(base)}
    for place, (drop, _) in strains.items():
        if drop == SYNCOPE[0] and _UNWRITTEN.search(word):
            strains[place] = UNWRITTEN
        elif drop == CLOSING[0] and _ONE.search(word):
            strains[place] = CLOSED
    shorter = len(stresses[0]) < len(digits)
    for at, other in enumerate(stresses):
        missing = _missing(digits, other, strains)
        if missing is not None and missing not in strains:
            strains[missing] = (1.2, 0.1)
        if missing is not None and shorter and at == 0:
            strains[missing] = (0.2, 0.3)
    found = [_syllable(kind, *strains.get(place, ())) for place, kind in enumerate(kinds)]
    if word.endswith("ed") and not word.endswith("eed") and base[-2] not in ("IH0", "AH0"):
        found.append(_syllable("w", 0.0, LOST["ed"]))
    return tuple(found)


def _trusted(phones: Phones, first: Phones) -> bool:
    """Whether a pronunciation may add syllables to the first: fire does, the dictionary's spurrings
    for "springs" do not."""
    if len(_digits(first)) > 1 or len(_digits(phones)) == 1 or phones is first:
        return True
    return any(vowel(one) and vowel(two) for one, two in pairwise(phones))


def _missing(longer: str, shorter: str, likely: Collection[int]) -> int | None:
    """Which weak syllable of `longer` is gone in `shorter`, if one is: a likely one if it can."""
    if len(longer) != len(shorter) + 1:
        return None
    gone = [
        place
        for place in range(len(longer))
        if longer[place] == "0" and longer[:place] + longer[place + 1 :] == shorter
    ]
    return next((place for place in gone if place in likely), gone[0] if gone else None)


def _kinds(digits: str, degree: str | None, others: list[str]) -> str:
    if len(digits) == 1:
        return degree if degree and degree != "f" else "M"
    strong = {place for place, digit in enumerate(digits) if digit != "0"}
    if "1" not in digits:
        strong = {0}
    kinds = []
    for place, digit in enumerate(digits):
        if digit == "1":
            kinds.append("F" if degree == "f" else "P")
        elif digit == "2":
            kinds.append("S")
        elif place - 1 in strong or place + 1 in strong:
            kinds.append("w")
        else:
            kinds.append("x")
    for other in others:
        if len(other) == len(digits) and other.find("1") != digits.find("1"):
            for place in (other.find("1"), digits.find("1")):
                if place >= 0:
                    kinds[place] = "v"
    return "".join(kinds)


def elided(words: list[str], starts: list[int], syllables: list[Syllable]) -> None:
    """Mark the weak vowels that may be lost before another word's vowel: the eternal, many a."""
    for place in range(len(words) - 1):
        following = words[place + 1]
        if following[0] not in "aeiouAEIOU":
            continue
        word = words[place].lower()
        last = starts[place + 1] - 1
        if word in ("the", "to"):
            syllables[last] = syllables[last]._replace(drop=LOST[word])
        elif word[-1] in "yw" and syllables[last].kind in "wx" and syllables[last].drop == NEVER:
            strain = LOST["y a"] if following in ("a", "an") else LOST["y"]
            syllables[last] = syllables[last]._replace(drop=strain)
