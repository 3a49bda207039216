"""Words that no dictionary knows, read by their letters: a made-up word in, sounds and stress out.

The letters become sounds by the rows of `letters.tsv`; the stress falls as in the Latinate words of
English (Hayes, *Metrical Stress Theory*, 1995): on the last syllable but one where that is heavy,
else on the one before; words of two syllables with a weak prefix, or with a long vowel before the
mute e of old prints, have it on the last.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from duende.poetics.english.lexicon import Phones

VOWELS = frozenset(
    {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
)
TENSE = frozenset({"AO", "AW", "AY", "ER", "EY", "IY", "OW", "OY", "UW"})
REDUCED = {"AA": "AH", "AE": "AH", "AO": "AH", "EH": "AH", "UH": "AH"}

_LONG_LAST = re.compile("(?:ai|ee|oa|oo|ei|ou|ea|au)[^aeiouy]e$")  # despaire, vnweare

LOOKS_BACK = 16  # letters; the table's rules look at fewer, and very long words stay linear

_Row = tuple[re.Pattern[str] | None, str, re.Pattern[str] | None, Phones]


@cache
def _rows() -> dict[str, tuple[_Row, ...]]:
    """The rows of the table by the first of their letters, the longest letters first."""
    found: dict[str, list[_Row]] = {}
    text = files("duende.poetics.english").joinpath("letters.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        before, letters, after, sounds = line.split("\t")
        row = (
            None if before == "." else re.compile(f"(?:{before})$"),
            letters,
            None if after == "." else re.compile(after),
            () if sounds == "-" else tuple(sounds.split()),
        )
        found.setdefault(letters[0], []).append(row)
    return {
        first: tuple(sorted(rows, key=lambda row: -len(row[1]))) for first, rows in found.items()
    }


@cache
def _endings() -> tuple[tuple[str, int], ...]:
    """Endings that tell where the stress is: how many syllables it stands from the last."""
    text = files("duende.poetics.english").joinpath("stress.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return tuple(
        (ending, int(place)) for place, endings in table["endings"].items() for ending in endings
    )


@cache
def _prefixes() -> tuple[str, ...]:
    text = files("duende.poetics.english").joinpath("stress.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["weak_prefixes"])


def _sounds(word: str) -> list[str]:
    """The sounds of the letters, without stress."""
    sounds: list[str] = []
    place = 0
    while place < len(word):
        # A rule looks a few letters back; the vowel before them keeps "^" from matching there.
        head = word[:place] if place <= LOOKS_BACK else f"a{word[place - LOOKS_BACK : place]}"
        tail, step = word[place : place + LOOKS_BACK], 1
        for before, letters, after, said in _rows().get(word[place], ()):
            if (
                tail.startswith(letters)
                and (before is None or before.search(head))
                and (after is None or after.match(tail[len(letters) :]))
            ):
                sounds.extend(said)
                step = len(letters)
                break
        place += step
    return sounds


def _syllabic(sounds: list[str]) -> list[str]:
    """An l, m, n or r at the word's end that no vowel carries gets one (`brindle`, `chasm`)."""
    if not sounds:  # all its letters were silent: "h"
        return sounds
    end = len(sounds)
    while end > 1 and sounds[end - 1] in ("D", "Z"):
        end -= 1
    last, before = sounds[end - 1], sounds[end - 2] if end > 1 else ""
    if last == "L" and before not in (*VOWELS, "R", "W", ""):
        return [*sounds[: end - 1], "AH", *sounds[end - 1 :]]
    if last in ("M", "N") and before not in (*VOWELS, "R", "L", "M", "N", ""):
        return [*sounds[: end - 1], "AH", *sounds[end - 1 :]]
    if last == "R" and before not in (*VOWELS, ""):
        return [*sounds[: end - 1], "ER", *sounds[end:]]
    return sounds


def _stressed(word: str, sounds: list[str]) -> int:
    """Which vowel (counted from 0) bears the main stress."""
    places = [place for place, sound in enumerate(sounds) if sound in VOWELS]
    count = len(places)
    if count < 2:
        return 0
    for ending, back in _endings():
        if word.endswith(ending) and count > back:
            return count - 1 - back
    if count == 2:
        weak = any(
            word.startswith(prefix) and len(word) > len(prefix) + 2 for prefix in _prefixes()
        )
        if _LONG_LAST.search(word):
            return 1
        tail = sounds[places[1] :]
        return 1 if weak and tail[0] != "ER" and (tail[0] in TENSE or len(tail) > 2) else 0
    penult, last = places[-2], places[-1]
    heavy = sounds[penult] in TENSE - {"ER"} or last - penult > 2
    return count - 2 if heavy else count - 3


def spelt(word: str) -> Phones:
    """How a word of plain letters a–z would be said; never empty for a word with a letter in it.

    >>> spelt("slithy")
    ('S', 'L', 'IH1', 'TH', 'IY0')
    >>> spelt("brell")
    ('B', 'R', 'EH1', 'L')
    """
    sounds = _syllabic(_sounds(word))
    if not any(sound in VOWELS for sound in sounds):
        return tuple(said for letter in word for said in NAMES.get(letter, "").split())
    main = _stressed(word, sounds)
    phones: list[str] = []
    vowel = -1
    for sound in sounds:
        if sound not in VOWELS:
            phones.append(sound)
            continue
        vowel += 1
        if vowel == main:
            phones.append(f"{sound}1")
        elif sound in TENSE - {"AO", "ER", "IY"} and abs(vowel - main) > 1:
            phones.append(f"{sound}2")
        else:
            phones.append(f"{REDUCED.get(sound, sound)}0")
    return tuple(phones)


NAMES = {
    **{"a": "EY1", "b": "B IY1", "c": "S IY1", "d": "D IY1", "e": "IY1", "f": "EH1 F"},
    **{"g": "JH IY1", "h": "EY1 CH", "i": "AY1", "j": "JH EY1", "k": "K EY1", "l": "EH1 L"},
    **{"m": "EH1 M", "n": "EH1 N", "o": "OW1", "p": "P IY1", "q": "K Y UW1", "r": "AA1 R"},
    **{"s": "EH1 S", "t": "T IY1", "u": "Y UW1", "v": "V IY1", "w": "D AH1 B AH0 L Y UW0"},
    **{"x": "EH1 K S", "y": "W AY1", "z": "Z IY1"},
}
