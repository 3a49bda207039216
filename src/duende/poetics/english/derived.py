"""Words that no dictionary has, taken apart: a word in, what its parts say out.

Endings and prefixes are taken off, what an apostrophe left out is put back and left unsaid, older
and British spellings are written as today, compounds are cut in two. The tables are in
`affixes.toml`. Knows nothing of words that have no known part: `letters.py` reads those.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice, product
from typing import Any

from duende.poetics.english.lexicon import Phones
from duende.poetics.english.spelling import perhaps, today
from duende.poetics.english.syncope import optional, vowel, without

_VOWEL = re.compile("[aeiouy]")
_MUTE = re.compile(
    "[^aeiou][aeiouy][^aeiouywx]$|[cgvszu]$|th$|gui[^aeiou]$"
)  # what an e was lost after
_NG = re.compile("ng$")

Said = tuple[Phones, ...]
Known = Callable[[str], Said]

VOICELESS = frozenset({"P", "T", "K", "F", "TH", "S", "SH", "CH"})
HISSING = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
DEPTH = 3  # parts of parts: un-utter-able-ness
FAMILIAR = 7  # letters: "rosered" is "rose" and "red", "seared" is not "sea" and "red"
LONGEST = 40  # letters; a longer word is not a word, and is read by its letters


@cache
def _tables() -> dict[str, Any]:
    text = files("duende.poetics.english").joinpath("affixes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _endings() -> tuple[tuple[str, Phones, bool], ...]:
    """Endings, the longest first, with their sounds and whether they begin with a vowel."""
    tables = _tables()
    rows = [
        (ending, tuple(sounds.split()), name == "after_vowelless")
        for name in ("after_vowelless", "after_anything")
        for ending, sounds in tables[name].items()
    ]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@cache
def _compounding() -> frozenset[str]:
    table = _tables()["compounds"]
    return frozenset(f"{table['short']} {table['common']} {table['more']}".split())


def derived(word: str, known: Known, depth: int = 0) -> Said:
    """The pronunciations of `word` by its parts; empty where it has none that are known.

    >>> from duende.poetics.english.words import known
    >>> derived("moonlessness", known)
    (('M', 'UW1', 'N', 'L', 'AH0', 'S', 'N', 'AH0', 'S'),)
    """
    if depth > DEPTH or len(word) > LONGEST:
        return ()

    def say(part: str) -> Said:
        return known(part) or (derived(part, known, depth + 1) if len(part) > 2 else ())

    if "'" in word:
        return _elided(word, known) or _elided(word, say)
    sure = today(word)
    return (
        (_compound(word, known, familiar=True) if len(word) >= FAMILIAR else ())
        or _plain(word, known)
        or _first(sure, known)
        or _formed(word, known)
        or _first(sure, lambda spelling: _formed(spelling, known))
        or _formed(word, say)
        or _compound(word, known)
        or (
            _first(sure, say) or _leant_on(word, known) or _respelt(word, known)
            if not depth
            else ()
        )
    )


def _first(spellings: Iterable[str], say: Known) -> Said:
    """What the first of the spellings that is known says."""
    return next(filter(None, map(say, spellings)), ())


def joined(parts: list[Said], first: str = "") -> Said:
    """The parts as one word: the first keeps its stress, that of the others becomes secondary.

    >>> joined([(("S", "IY1"),), (("S", "AO1", "NG"),)])
    (('S', 'IY1', 'S', 'AO2', 'NG'),)
    """
    found = []
    weak = len(parts) == 2 and first in _tables()["compounds"]["weak_first"]
    for head, *rest in islice(product(*parts), 4):
        tail = [phone for part in rest for phone in part]
        if weak:
            found.append((*(phone.replace("1", "0") for phone in head), *tail))
        else:
            found.append((*head, *(phone.replace("1", "2") for phone in tail)))
    return tuple(found)


def _add_d(phones: Phones) -> Phones:
    if phones[-1] in ("T", "D"):
        return (*phones, "IH0", "D")
    return (*phones, "T" if phones[-1] in VOICELESS else "D")


def _add_s(phones: Phones) -> Phones:
    if phones[-1] in HISSING:
        return (*phones, "IH0", "Z")
    return (*phones, "S" if phones[-1] in VOICELESS else "Z")


def _bases(stem: str, vowel_follows: bool) -> Iterator[str]:
    """What a stem may have been before its ending came, the likeliest first."""
    if len(stem) < 2 or not _VOWEL.search(stem):
        return
    if not vowel_follows:
        if stem.endswith("i"):
            yield f"{stem[:-1]}y"
        yield stem
        yield f"{stem}e"
        yield stem + stem[-1]
        return
    if stem.endswith("i"):
        yield f"{stem[:-1]}y"
        yield f"{stem}e"
    twice = len(stem) > 3 and stem[-1] == stem[-2]
    if twice and stem[-1] not in "lsfz":  # "barred" is of "bar", "called" of "call"
        yield stem[:-1]
    mute = _MUTE.search(stem) and not _NG.search(stem)
    if mute or stem in _tables()["soft"]["ng"]:
        yield f"{stem}e"
    yield stem
    if not mute and stem[-1] not in "aeo":  # "ween" is not of "wee"
        yield f"{stem}e"
    if twice:
        yield stem[:-1]
    if stem.endswith("y"):
        yield f"{stem}ie"


def _formed(word: str, say: Known) -> Said:
    """A known word with an ending or a prefix: the one that leaves most of the word."""
    found = [each for take in (_inflected, _ended, _begun) if (each := take(word, say))]
    return max(found, key=lambda each: each[0])[1] if found else ()


def _inflected(word: str, say: Known) -> tuple[int, Said] | None:
    """Plurals and past tenses: griefs, quenched, dropt, and the bare -d of old prints: displayd.

    With how many letters the word has without the ending.
    """
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        singulars = [word[:-1]]
        if word.endswith("ies"):
            singulars.insert(0, f"{word[:-3]}y")
        elif word.endswith(("sses", "shes", "ches", "xes", "zzes")):
            singulars.insert(0, word[:-2])
        elif word.endswith("oes"):
            singulars.append(word[:-2])
        for base in singulars:
            if len(base) > 2 and (found := say(base)):
                return len(word) - 1, tuple(_add_s(phones) for phones in found)
        if word.endswith("ves"):
            for base in (f"{word[:-3]}f", f"{word[:-3]}fe"):
                if found := say(base):
                    return len(word) - 1, tuple((*phones[:-1], "V", "Z") for phones in found)
    if word.endswith("d"):
        bare = not word.endswith("ed")
        stem = word[:-1] if bare else word[:-2]
        bases = [f"{stem[:-1]}y"] if stem.endswith("i") else [*_bases(stem, True)]
        if bare and (stem.endswith("i") or (len(stem) < 4 and stem[-1] in "aeounrl")):
            return None  # "fand" is not of "fan", nor "gelid" of "gel"; "movd" is of "move"
        for base in bases:
            if (len(base) > 2 or base == "dy") and (found := say(base)):
                if bare and found[0][-1] in ("T", "D"):
                    continue
                return len(stem), tuple(_add_d(phones) for phones in found)
    if word.endswith("t") and len(word) > 3:
        for base in (word[:-1], word[:-1] + word[-2], f"{word[:-1]}e"):
            if len(base) > 2 and (found := say(base)) and found[0][-1] in VOICELESS - {"T"}:
                return len(word) - 1, tuple((*phones, "T") for phones in found)
    return None


def _ended(word: str, say: Known) -> tuple[int, Said] | None:
    for ending, sounds, vowel_follows in _endings():
        if not word.endswith(ending) or len(word) < len(ending) + 2:
            continue
        stem = word[: -len(ending)]
        if ending == "st" and stem.endswith("e"):
            continue  # -est has a vowel
        if ending == "y" and stem[-1] in "aeio":
            continue  # "obay" is not of "oba"
        if ending in ("ly", "y") and len(stem) > 3 and stem.endswith(("bl", "gl", "pl", "b")):
            base = f"{stem}e" if stem.endswith("l") else f"{stem}le"
            if found := say(base):
                return len(stem), tuple((*phones[:-2], "L", "IY0") for phones in found)
        if ending in ("ier", "iest"):
            if (found := say(f"{stem}y")) and found[0][-1][:2] == "IY":
                return len(stem), tuple((*phones[:-1], *sounds) for phones in found)
            continue
        for base in _bases(stem, vowel_follows):
            if (len(base) > 2 or ending in ("st", "eth", "est", "ing")) and (found := say(base)):
                return len(stem), tuple((*phones, *_doubled(phones, sounds)) for phones in found)
    return None


def _doubled(phones: Phones, sounds: Phones) -> Phones:
    """The ending without a consonant that the word already has: real-ly, full-ly."""
    return sounds[1:] if phones[-1] == sounds[0] == "L" else sounds


def _begun(word: str, say: Known) -> tuple[int, Said] | None:
    for prefix, sounds in _tables()["before"].items():
        stem = word[len(prefix) :]
        least = 3 if prefix in ("un", "over") else 4
        if word.startswith(prefix) and len(stem) >= least and (found := say(stem)):
            return len(stem), tuple((*sounds.split(), *phones) for phones in found)
    return None


def _leant_on(word: str, known: Known) -> Said:
    """An article or "to" that lost its vowel and its apostrophe: thexpense, tadvance."""
    head = "th" if word.startswith("th") else "t"
    rest = word.removeprefix(head)
    if word.startswith("t") and len(rest) > 3 and rest[0] in "aeiouh" and (found := known(rest)):
        return tuple(("DH" if head == "th" else "T", *phones) for phones in found)
    return ()


def _respelt(word: str, known: Known) -> Said:
    """What the word says in today's spelling, the likeliest that is known."""
    spellings = perhaps(word)
    return _first(spellings, known) or _first(spellings, lambda each: _formed(each, known))


def _compound(word: str, known: Known, familiar: bool = False) -> Said:
    """A word cut in two that are known: moon-flower, dancing-places.

    With `familiar` both must be of those that compounds are often made of.
    """
    parts = _compounding()
    best: tuple[float, int] | None = None
    for cut in range(2, len(word) - 2):
        head, tail = word[:cut], word[cut:]
        often = (head in parts) + (tail in parts or tail.removesuffix("s") in parts)
        if often < 2 and (familiar or min(len(head), len(tail)) < 4):
            continue
        if tail in _tables()["after_anything"]:
            continue  # "deathless" and "horseman" have an ending
        worth = often * 4 + min(len(head), len(tail))
        if (best is None or worth > best[0]) and _plain(head, known) and _plain(tail, known):
            best = (worth, cut)
    if best is None:
        return ()
    head, tail = word[: best[1]], word[best[1] :]
    return joined([_plain(head, known), _plain(tail, known)], head)


def _plain(word: str, known: Known) -> Said:
    """A known word, or a plural or a past of one."""
    return known(word) or ((found := _inflected(word, known)) and found[1]) or ()


def _elided(word: str, say: Known) -> Said:
    """A word with an apostrophe: a possessive, a verb that leans on it, or sounds left out."""
    if found := say(word.strip("'")):
        return found
    if word.endswith(("'s", "s'")):
        base = word[:-2] if word.endswith("'s") else word[:-1]
        if found := say(base):
            return tuple(_add_s(phones) if word.endswith("'s") else phones for phones in found)
    if word.endswith("'d"):
        for base in (*_bases(word[:-2], True), word[:-2]):
            if len(base) > 1 and (found := say(base)):
                return tuple(
                    (*phones, "D") if phones[-1] in ("T", "D") else _add_d(phones)
                    for phones in found
                )
    for ending, sounds in _tables()["leaning"].items():
        if word.endswith(ending) and (found := say(word.removesuffix(ending))):
            return tuple((*phones, *sounds.split()) for phones in found)
    if word.endswith("in'") and (found := say(f"{word[:-1]}g")):
        return tuple((*phones[:-1], "N") for phones in found)
    if word.endswith("'"):
        for left_out in ("d", "f", "v", "ve", "l", "ll", "e", "t", "th"):
            if found := say(word[:-1] + left_out):
                return tuple(phones if left_out == "e" else phones[:-1] for phones in found)
    if word.startswith("'"):
        for prefix in ("a", "be", "e", "de", "re", "h", "th", "dis"):
            if found := say(prefix + word[1:]):
                keep = len(prefix) == 1 and prefix == "h"
                return tuple(phones[1:] if keep else _beheaded(phones) for phones in found)
    if word.startswith("o'er") and (found := say(word[4:])):
        return tuple(("AO2", "R", *phones) for phones in found)
    if word.startswith(("th'", "t'", "i'", "o'")):
        head, _, rest = word.partition("'")
        sounds = {"th": "DH", "t": "T", "i": "IH0", "o": "AH0"}[head]
        if found := say(rest):
            return tuple((sounds, *phones) for phones in found)
    for left_out in ("e", "o", "i", "a", "u", "v", "ve", "th", "he", "ea", "er"):
        if found := say(word.replace("'", left_out, 1)):
            place = word.index("'") / len(word)
            longest = max(map(_length, found))
            return tuple(
                _shortened(phones, place) for phones in found if _length(phones) == longest
            )
    return say(word.replace("'", ""))


def _length(phones: Phones) -> int:
    return sum(map(vowel, phones))


def _beheaded(phones: Phones) -> Phones:
    """The phones after their first vowel: 'neath."""
    first = next((place for place, phone in enumerate(phones) if vowel(phone)), -1)
    return phones[first + 1 :] or phones


def _shortened(phones: Phones, place: float) -> Phones:
    """The phones less the weak vowel that an apostrophe at `place` (0 to 1) left out."""
    nuclei = [at for at, phone in enumerate(phones) if vowel(phone)]
    weak = [at for at in nuclei if phones[at].endswith("0") and at > 0]
    if len(nuclei) < 2 or not weak:
        return phones
    easy = [at for at, _, _ in optional(phones) if at in weak]
    chosen = min(easy or weak, key=lambda at: abs((at + 0.5) / len(phones) - place))
    return without(phones, (chosen,))
