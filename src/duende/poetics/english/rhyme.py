"""How English words rhyme: perfectly, slantwise, or to the eye alone.

Words or the ends of lines go in, the kind of their rhyme comes out. What counts as near is in
`rhyme.toml`; how a word sounds is known by `words`. Knows nothing of stanzas.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from duende.errors import UnknownKind
from duende.poetics.english.lexicon import Phones
from duende.poetics.english.words import pronunciations

KINDS = ("perfect", "slant", "eye")
"""The kinds of rhyme, the strictest first."""

LONGEST_END = 64  # characters of a line's end that are looked at: three words fit, and any word
REMEMBERED = 4_096  # endings kept in memory, some 1.6 kB each: the words that a writer weighs

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_VOWEL_LETTERS = re.compile(r"(?:(?<!q)u|[aeio])+(?:[wy](?![aeiouy]))?|(?<!^)y+")
_SILENT_END = re.compile(r"[^aeiou](e)([ds]?)$")
_FULL = ("ee", "ea", "be", "me")  # the second part of a compound: "shotfree", "honeybee"
_FRENCH_LE = re.compile(r"[^aeiouy]les?$")  # "miracle" ends as "hell" does
_LIFTED = re.compile(r"[^aeiouytd]ed$")  # "imaginèd" ends as "bed" does
_LONG_BEFORE = re.compile(r"[aeiouy][^aeiouy]es?$")  # one consonant between: "fate", not "chance"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a line's end has to rhyme with, each part told as a string of sounds or letters."""

    word: str
    before: str
    stressed: frozenset[str]
    promoted: frozenset[str]
    mosaic: frozenset[str]
    near: frozenset[str]
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Family:
    """Vowels that are near one another, and the sounds before which they are."""

    name: str
    before: tuple[str, ...] | None

    def takes(self, rest: str) -> bool:
        """Whether the vowels are near before `rest`, the sounds that follow them."""
        if self.before is None:
            return True
        return any(rest == each or rest.startswith(f"{each} ") for each in self.before)


@cache
def _table() -> dict[str, Any]:
    text = (files("duende.poetics.english") / "rhyme.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _families() -> dict[str, tuple[_Family, ...]]:
    """The families of near vowels, by each vowel that they hold."""
    found: dict[str, list[_Family]] = {}
    for row in _table()["near_vowels"]:
        before = tuple(row["before"]) if "before" in row else None
        family = _Family("/".join(row["sounds"]), before)
        for vowel in row["sounds"]:
            found.setdefault(vowel, []).append(family)
    return {vowel: tuple(each) for vowel, each in found.items()}


def rhyme_kind(one: str, other: str) -> str | None:
    """How two words, or the ends of two lines, rhyme.

    `"perfect"`: all is the same from the last stressed vowel on, in some pronunciation of each
    (Fabb and Halle, Meter in Poetry, 2008); a weak last syllable that the metre lends a beat to
    counts as stressed, and a line may end its rhyme with a word that leans on the one before.
    `"slant"`: the sounds are near, as `rhyme.toml` tells. `"eye"`: only the letters are the same.
    `"identical"`: the same word twice, which is not a rhyme. None: none of these.

    >>> rhyme_kind("moon", "June")
    'perfect'
    >>> rhyme_kind("eternity", "thee"), rhyme_kind("poet", "and all who know it")
    ('perfect', 'perfect')
    >>> rhyme_kind("blood", "good"), rhyme_kind("love", "prove")
    ('slant', 'eye')
    >>> rhyme_kind("Moon,", "moon")
    'identical'
    >>> rhyme_kind("orange", "door")
    """
    first, second = ending(one), ending(other)
    if first.word == second.word:
        shared = first.mosaic & second.mosaic
        if shared and first.before != second.before:
            return "perfect"
        return "identical" if first.word else None
    if not first.stressed.isdisjoint(second.stressed):
        return "perfect"
    if not (
        first.promoted.isdisjoint(second.stressed)
        and second.promoted.isdisjoint(first.stressed)
        and first.mosaic.isdisjoint(second.stressed)
        and second.mosaic.isdisjoint(first.stressed)
        and first.mosaic.isdisjoint(second.mosaic)
    ):
        return "perfect"
    if not first.near.isdisjoint(second.near):
        return "slant"
    if not first.letters.isdisjoint(second.letters):
        return "eye"
    return None


def rhyme_keys(word: str, kind: str) -> frozenset[str]:
    """The sounds (for `"eye"` the letters) under which words that rhyme so with `word` are found.

    Raises `UnknownKind`.

    >>> sorted(rhyme_keys("june", "perfect") & rhyme_keys("moon", "perfect"))
    ['UW N']
    >>> rhyme_keys("love", "eye")
    frozenset({'ove'})
    """
    end = ending(word)
    if kind == "perfect":
        return end.stressed | end.promoted | end.mosaic
    if kind == "slant":
        return end.near
    if kind == "eye":
        return end.letters
    raise UnknownKind(
        f"There is no kind of rhyme {kind!r} in English: choose one of {', '.join(KINDS)}."
    )


def ending(text: str) -> Ending:
    """What the last word of `text` rhymes by, with the word before it where it leans on that.

    >>> sorted(ending("fainter").stressed), sorted(ending("paint her").mosaic)
    (['EY N T ER'], ['EY N T ER'])
    """
    if len(text) > LONGEST_END:
        text = " ".join(_WORD.findall(text)[-3:])[-LONGEST_END:]
    return _ending(text)


@lru_cache(REMEMBERED)
def _ending(text: str) -> Ending:
    words = [_plain(word) for word in _WORD.findall(text)[-3:]]
    if not words:
        return Ending("", "", *[frozenset[str]()] * 5)
    stressed, promoted, near, letters = _sounds(words[-1])
    mosaic = frozenset(_mosaic(words))
    before = words[-2] if len(words) > 1 else ""
    return Ending(words[-1], before, stressed, promoted, mosaic, near, letters)


@lru_cache(REMEMBERED)
def _sounds(word: str) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """What a word has to rhyme with by itself: stressed, promoted, near, and by its letters."""
    sounds = _said_strongly(word)
    stressed = {part for phones in sounds for part in _stressed(phones)}
    promoted = {part for phones in sounds for part in _promoted(phones)}
    older = _table()["older"].get(word)
    near = {_near(part) for part in stressed | promoted}
    near |= {_near(part) for phones in sounds for part in _spelt(phones, word)}
    near |= {_near(older)} if older else set()
    near |= {key for part in stressed for key in _near_vowels(part)}
    near |= {key for part in promoted if part.startswith("ER") for key in _near_vowels(part)}
    if _LIFTED.search(word) and any(phones[_vowels(phones)[-1]][-1] == "0" for phones in sounds):
        near.add("EH D")
    near |= {f"y:{part[3:]}" for part in promoted if part.startswith("IY")}
    letters = frozenset(_letters(word, phones) for phones in sounds[:1]) - {""}
    return frozenset(stressed), frozenset(promoted), frozenset(near), letters


def _said_strongly(word: str) -> tuple[Phones, ...]:
    """The pronunciations of a word that carry a stress, where any does: what ends a line has one.

    "can" then sounds as in "yes, we can", and not as in "we can go". The second stress that the
    dictionary gives a few words in -y ("company") and no others ("harmony") is left out.
    """
    sounds = tuple(
        (*phones[:-1], "IY0") if phones[-1] == "IY2" and word[-2:] not in _FULL else phones
        for phones in pronunciations(word)
    )
    strong = tuple(phones for phones in sounds if any(phone[-1] in "12" for phone in phones))
    if len(strong) > 1:
        drawn = _drawn_together(strong)
        strong = tuple(phones for phones in strong if phones not in drawn)
    return strong or sounds


def _drawn_together(sounds: tuple[Phones, ...]) -> set[Phones]:
    """Pronunciations that draw two vowels into one, which metre allows and rhyme does not.

    "quiet" may fill one place of a verse and yet does not rhyme with "night"; before l it may,
    as in "cruel" and "rule", "trial" and "mile".
    """
    return {
        phones[:place] + phones[place + 1 :]
        for phones in sounds
        for place in range(1, len(phones) - 1)
        if phones[place] in ("AH0", "IH0")
        and phones[place - 1][-1] in "12"
        and phones[place + 1] != "L"
    }


def _plain(word: str) -> str:
    """A word in lower case with straight apostrophes, as it is looked up."""
    return unicodedata.normalize("NFC", word).lower().replace("’", "'")


def _part(phones: Phones) -> str:
    """The sounds from a vowel on, as they are compared.

    Weak vowels are one, and r after a vowel is one with the weak syllable it may become: "fire"
    and "higher", "hour" and "flower".
    """
    vowel, *rest = phones
    vowel = vowel[:2]
    if vowel == "ER":
        rest = ["R", *rest]
    elif rest and vowel in ("AY", "AW", "OY") and rest[0][:2] == "ER":
        rest[0] = "R"
    elif rest and rest[0] == "R":
        vowel = {"IY": "IH", "UW": "UH", "AE": "EH", "EY": "EH"}.get(vowel, vowel)
    weak = {"IH0": "AH", "UH0": "AH", "AH0": "AH"}
    return " ".join([vowel, *(weak.get(phone) or phone.rstrip("012") for phone in rest)])


def _vowels(phones: Phones) -> list[int]:
    return [place for place, phone in enumerate(phones) if phone[-1].isdigit()]


def _stressed(phones: Phones) -> Iterator[str]:
    """The part from the last stressed vowel on, and from the main stress where that is earlier."""
    vowels = _vowels(phones)
    strong = [place for place in vowels if phones[place][-1] != "0"] or vowels[-1:]
    main = [place for place in strong if phones[place][-1] == "1"]
    for place in {*strong[-1:], *main[-1:]}:
        yield _part(phones[place:])


def _lent(phones: Phones) -> int | None:
    """The place of a last weak vowel that the metre may lend a beat to, two from the main stress.

    Attridge's promotion (Poetic Rhythm, 1995): a weak syllable after another takes the beat at
    the line's end. The second stress that Americans give "savagery" or "purgatory" is none here.
    """
    vowels = _vowels(phones)
    if len(vowels) < 3 or phones[vowels[-1]][-1] != "0" or phones[vowels[-2]][-1] == "1":
        return None
    return vowels[-1]


def _promoted(phones: Phones) -> Iterator[str]:
    """The part from a promoted last vowel on, where it has a vowel of its own."""
    place = _lent(phones)
    if place is not None and phones[place] not in ("AH0", "IH0"):
        yield _part(phones[place:])


def _spelt(phones: Phones, word: str) -> Iterator[str]:
    """The parts of a promoted last syllable whose weak vowel takes back the sound of its letter."""
    place = _lent(phones)
    if place is None or phones[place] not in ("AH0", "IH0") or place + 1 == len(phones):
        return
    groups = _syllable_letters(word, phones)
    if groups:
        start, end = groups[-1]
        letter = word[
            end - 1 if len(groups) < len(_vowels(phones)) else start
        ]  # "ual" is two syllables
        if _FRENCH_LE.search(word):
            letter = "e"
        table = "spelt_with_silent_e" if _LONG_BEFORE.search(word) else "spelt"
        for vowel in _table()[table].get(letter, ()):
            yield " ".join([vowel, *phones[place + 1 :]])


def _mosaic(words: list[str]) -> Iterator[str]:
    """The parts that go over the end of a word: "paint her", "know it"."""
    leaning = _table()["leaning"]
    tail: Phones = ()
    for word in reversed(words):
        if not tail and word not in leaning:
            return
        sounds = pronunciations(word)
        if tail and word not in leaning:
            for phones in sounds:
                for place in _vowels(phones)[-1:]:
                    if phones[place][-1] != "0" or len(_vowels(phones)) == 1:
                        yield _part(phones[place:] + tail)
            return
        if not sounds:
            return
        weak = tuple(phone[:-1] + "0" if phone[-1].isdigit() else phone for phone in sounds[0])
        # The h of "her" and "him" is not heard there (Hayes, Introductory Phonology, 2009).
        tail = (weak[1:] if weak[0] == "HH" else weak) + tail


def _near(part: str) -> str:
    """A part with its near consonants made one."""
    near = _table()["near_consonants"]
    return " ".join(near.get(sound, sound) for sound in part.split(" "))


def _near_vowels(part: str) -> Iterator[str]:
    """The keys of the near vowels that a part belongs to."""
    vowel, _, rest = part.partition(" ")
    for family in _families().get(vowel, ()):
        if family.takes(rest):
            yield f"{family.name}:{rest}"
    if vowel == "AY":
        yield f"y:{rest}"


def _syllable_letters(word: str, phones: Phones) -> list[tuple[int, int]]:
    """Where the vowel letters of each syllable begin and end, a silent e at the end left out."""
    groups = [found.span() for found in _VOWEL_LETTERS.finditer(word)]
    end = _SILENT_END.search(word)
    if end and groups and groups[-1][0] == end.start(1):
        silent = len(groups) > len(_vowels(phones)) if end[2] else not phones[-1][-1].isdigit()
        if silent:
            groups.pop()
    return groups


def _letters(word: str, phones: Phones) -> str:
    """The letters from those of the last stressed vowel on; empty where one letter is left."""
    vowels = _vowels(phones)
    strong = [place for place in vowels if phones[place][-1] != "0"] or vowels[-1:]
    groups = _syllable_letters(word, phones)
    if not strong or not groups:
        return ""
    after = sum(place >= strong[-1] for place in vowels)
    letters = word[groups[-after if after <= len(groups) else 0][0] :]
    return letters if len(letters) > 1 else ""
