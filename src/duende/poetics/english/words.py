"""How English words are said: a word in, every pronunciation out, the best first.

The CMU dictionary knows most; `words.toml` adds what poets say. Other words are taken apart
(`derived.py`), numbers are read out, and what is left is read by its letters (`letters.py`).
Knows nothing of lines.
"""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from duende.poetics.english.derived import derived, joined
from duende.poetics.english.letters import NAMES, spelt
from duende.poetics.english.lexicon import Phones, entries
from duende.poetics.english.numerals import cardinal, roman
from duende.poetics.english.spelling import shaped
from duende.poetics.english.syncope import optional, stretched, without

Said = tuple[Phones, ...]

_MARKS = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ſ": "s", "—": "-", "–": "-", "‑": "-"}
)
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ð": "th", "þ": "th", "ł": "l"})
_SYLLABIC = re.compile("[èéëē](?=d$|dly$|dness$)")
_SHORT_R = re.compile("['’]r")  # pow'r, thou'rt: the apostrophe says that nothing is stretched
_AROUND = re.compile(r"^[^a-zë0-9'&]+|[^a-zë0-9'&]+$")
EASE = 1.9  # nats: shortened forms that ask more are kept out of the list of pronunciations
WORDS = 1 << 15  # words remembered, some 8 MB


@cache
def _said() -> dict[str, Said]:
    text = files("duende.poetics.english").joinpath("words.toml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)["said"]
    return {word: tuple(tuple(each.split()) for each in said) for word, said in table.items()}


def known(word: str) -> Said:
    """What the tables say of a word in lower case; empty where they do not have it.

    >>> known("whereon")
    (('W', 'EH0', 'R', 'AA1', 'N'),)
    """
    if said := _said().get(word):
        return said
    found = entries(word)
    if len(word) > 3 or not found:
        return found
    names = tuple(" ".join(NAMES.get(letter, "") for letter in word).split())
    said = tuple(phones for phones in found if len(word) < 2 or not _alike(phones, names))
    return said or found  # "us" is not U.S., but "tv" is T.V.


def _alike(one: Phones, other: Phones) -> bool:
    """Whether two are the same but for the degree of stress."""
    return [phone.rstrip("012") for phone in one] == [phone.rstrip("012") for phone in other]


def full(word: str) -> Said:
    """The pronunciations of `word` with every syllable that it may have; empty where none.

    >>> full("hourly")
    (('AW1', 'R', 'L', 'IY0'), ('AW1', 'ER0', 'L', 'IY0'))
    """
    said = spoken(word)
    if _SHORT_R.search(word):
        return said
    return tuple(dict.fromkeys((*said, *map(stretched, said))))


@lru_cache(maxsize=1 << 10)
def spoken(word: str) -> Said:
    """The pronunciations of `word` as it is usually said; empty where it has none."""
    if word.isupper() and (number := roman(word)):
        return _counted(number)
    plain = _plain(word)
    if not plain.strip("'"):
        return ()
    if plain == "&":
        return known("and")
    found = known(plain) or (known(plain.replace("ë", "e")) if "ë" in plain[:-2] else ())
    if found:
        return found
    if "-" in plain:
        parts = [part for part in plain.split("-") if part]
        said = [each for each in map(spoken, parts) if each]
        return joined(said, parts[0]) if said else ()
    if any(letter.isdigit() for letter in plain):
        return _figures(plain)
    letters = re.sub("[^a-z]", "", plain.replace("ë", "e"))
    return derived(plain, known) or ((spelt(shaped(letters)),) if letters else ())


@lru_cache(maxsize=WORDS)
def pronunciations(word: str) -> Said:
    """Every pronunciation of `word`, the best first; empty for what has no sound.

    Shortened forms follow: "heaven" of one syllable, "glorious" of two.

    >>> pronunciations("moon")
    (('M', 'UW1', 'N'),)
    >>> pronunciations("o'er")
    (('AO1', 'R'),)
    >>> pronunciations("heaven")
    (('HH', 'EH1', 'V', 'AH0', 'N'), ('HH', 'EH1', 'V', 'N'))
    >>> pronunciations("…")
    ()
    """
    said = full(word)
    short = [
        without(phones, (place,))
        for phones in said
        for place, drop, _ in optional(phones)
        if drop <= EASE
    ]
    return tuple(dict.fromkeys((*said, *short)))


def _counted(number: str) -> Said:
    parts = [known(part) or spoken(part) for part in number.split()]  # no table has "zeroth"
    return (tuple(phone for part in parts for phone in part[0]),)


def _figures(word: str) -> Said:
    """Figures read out, with the letters around them: 1914, 3rd, 2b, 1960s."""
    sounds: list[str] = []
    for piece in re.findall("[0-9]+(?:st|nd|rd|th)?|[a-z']+", word):
        if piece[0].isdigit():
            sounds += _counted(cardinal(piece))[0]
        elif piece in ("s", "'s") and sounds:
            sounds += ("AH0", "Z") if sounds[-1] in ("S", "Z") else ("Z",)
        elif letters := re.sub("[^a-z]", "", piece):
            sounds += (known(letters) or (spelt(letters),))[0]
    return (tuple(sounds),) if sounds else ()


def _plain(word: str) -> str:
    """The word in lower case, without accents and the marks around it; -èd is written -ëd."""
    lower = unicodedata.normalize("NFC", word.lower().translate(_MARKS)).translate(_PLAIN)
    if not lower.isascii():
        lower = _SYLLABIC.sub("ë", lower)
        lower = "".join(
            letter if letter == "ë" else unicodedata.normalize("NFD", letter)[0] for letter in lower
        )
        if not _SYLLABIC.search(lower):
            lower = lower.replace("ë", "e")
    return _AROUND.sub("", lower)
