"""Words that no dictionary has, taken apart: a word in, what its parts say out.

First version: endings, apostrophes and compounds.
"""

import re
from collections.abc import Callable
from itertools import product

from duende.poetics.english.lexicon import Phones
from duende.poetics.english.letters import VOWELS

Known = Callable[[str], tuple[Phones, ...]]

VOICELESS = frozenset("P T K F TH S SH CH".split())
HISSING = frozenset("S Z SH ZH CH JH".split())


def _bases(stem: str) -> tuple[str, ...]:
    found = [stem, f"{stem}e"]
    if stem.endswith("i"):
        found.insert(0, f"{stem[:-1]}y")
    if len(stem) > 3 and stem[-1] == stem[-2]:
        found.append(stem[:-1])
    return tuple(found)


def _past(phones: Phones) -> Phones:
    last = phones[-1]
    if last in ("T", "D"):
        return (*phones, "IH0", "D")
    return (*phones, "T" if last in VOICELESS else "D")


def _plural(phones: Phones) -> Phones:
    last = phones[-1]
    if last in HISSING:
        return (*phones, "IH0", "Z")
    return (*phones, "S" if last in VOICELESS else "Z")


ENDINGS: tuple[tuple[str, str], ...] = (
    ("ëd", "IH0 D"), ("ing", "IH0 NG"), ("in'", "IH0 N"), ("est", "IH0 S T"), ("eth", "IH0 TH"),
    ("edst", "D S T"), ("ly", "L IY0"), ("ness", "N AH0 S"), ("less", "L AH0 S"), ("lesse", "L AH0 S"),
    ("ful", "F AH0 L"), ("full", "F AH0 L"), ("ish", "IH0 SH"), ("er", "ER0"), ("y", "IY0"), ("like", "L AY2 K"), ("ward", "W ER0 D"),
    ("wards", "W ER0 D Z"), ("some", "S AH0 M"), ("ship", "SH IH2 P"), ("dom", "D AH0 M"),
    ("ment", "M AH0 N T"), ("able", "AH0 B AH0 L"), ("let", "L AH0 T"), ("ess", "AH0 S"), ("st", "S T"), ("'st", "S T"),
)  # fmt: skip

PREFIXES: tuple[tuple[str, str], ...] = (
    ("un", "AH0 N"), ("re", "R IY0"), ("over", "OW2 V ER0"), ("under", "AH2 N D ER0"), ("out", "AW2 T"),
    ("fore", "F AO2 R"), ("be", "B IH0"), ("en", "EH0 N"), ("mis", "M IH0 S"), ("dis", "D IH0 S"), ("a", "AH0"),
    ("in", "IH0 N"), ("up", "AH2 P"), ("inter", "IH2 N T ER0"), ("self", "S EH2 L F"),
)  # fmt: skip


def derived(word: str, known: Known, depth: int = 0) -> tuple[Phones, ...]:
    """The pronunciations of `word` by its parts; empty where it has none that are known."""
    if depth > 3 or not word:
        return ()

    def say(part: str) -> tuple[Phones, ...]:
        return known(part) or (derived(part, known, depth + 1) if len(part) > 2 else ())

    if "-" in word:
        parts = [part for part in word.split("-") if part]
        spoken = [say(part) for part in parts]
        return _joined(spoken) if all(spoken) else ()
    if "'" in word:
        return _elided(word, say)
    if word.endswith(("s", "ed", "'s")):
        for base in ([word[:-1], word[:-2]] if word.endswith("s") else [*_bases(word[:-2])]):
            if len(base) > 2 and (found := say(base)):
                join = _plural if word.endswith("s") else _past
                return tuple(join(phones) for phones in found)
    for ending, sounds in ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            for base in _bases(stem):
                if found := known(base):
                    return tuple((*phones, *sounds.split()) for phones in found)
    for prefix, sounds in PREFIXES:
        stem = word.removeprefix(prefix)
        if stem != word and len(stem) > 3 and (found := say(stem)):
            return tuple((*sounds.split(), *phones) for phones in found)
    splits = sorted(range(3, len(word) - 2), key=lambda cut: -min(cut, len(word) - cut))
    for cut in splits:
        if (head := known(word[:cut])) and (tail := known(word[cut:])):
            return _joined([head, tail])
    return ()


def _joined(parts: list[tuple[Phones, ...]]) -> tuple[Phones, ...]:
    """The parts as one word: the first keeps its stress, those of the others become secondary."""
    found = []
    for each in product(*parts):
        tail = tuple(phone.replace("1", "2") for part in each[1:] for phone in part)
        found.append((*each[0], *tail))
    return tuple(found[:8])


def _elided(word: str, say: Callable[[str], tuple[Phones, ...]]) -> tuple[Phones, ...]:
    """A word with an apostrophe: a possessive, an ending or a vowel left out."""
    if word.endswith("'s") or word.endswith("s'"):
        if found := say(word.removesuffix("'s") if word.endswith("'s") else word[:-1]):
            return tuple(_plural(phones) if word.endswith("'s") else phones for phones in found)
    if word.endswith("'d"):
        for base in (word[:-2], f"{word[:-2]}e", word[:-3]):
            if len(base) > 1 and (found := say(base)):
                return tuple(_past(phones)[:-2] + ("D",) if phones[-1] in "TD" else _past(phones) for phones in found)
    if word.endswith("'") and (found := say(word[:-1]) or say(f"{word[:-1]}g")):
        return found
    if word.startswith("'"):
        for prefix in ("", "a", "be", "e", "de", "dis"):
            if found := say(prefix + word[1:]):
                return tuple(phones if not prefix else _beheaded(phones) for phones in found)
    if word.startswith("th'") and (found := say(word[3:])):
        return tuple(("DH", *phones) for phones in found)
    for vowel in ("e", "o", "i", "v", "a", "ve", ""):
        if found := say(re.sub("'", vowel, word, count=1)):
            return tuple(_shortened(phones) if vowel != "" else phones for phones in found)
    return ()


def _beheaded(phones: Phones) -> Phones:
    first = next(place for place, phone in enumerate(phones) if phone[:2] in VOWELS)
    return phones[first + 1 :]


def _shortened(phones: Phones) -> Phones:
    """The phones without their last weak vowel."""
    for place in reversed(range(1, len(phones))):
        if phones[place].endswith("0") and phones[place][:2] in VOWELS:
            rest = ("R",) if phones[place] == "ER0" else ()
            return (*phones[:place], *rest, *phones[place + 1 :])
    return phones
