"""A Spanish word goes in; its syllables, its stress and the vowels that may part or join come out.

Syllables and stress follow the orthography (RAE, *Ortografía de la lengua española*, 2010, II.2 and
III.3), which leaves to the ear whether two vowels make one syllable or two. So a word is kept as
atoms, the smallest pieces that a poet may count as a syllable each, with a bond between two of
them where only vowels meet.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

STRONG = frozenset("aeoáéóíú")
"""Vowels that hold a syllable of their own beside another of these; í and ú by their accent."""
WEAK = frozenset("iuü")
VOWELS = STRONG | WEAK
ACCENTED = frozenset("áéíóú")
FOREIGN = str.maketrans("àèìòùâêîôûäëöãõåýœæç", "aeiouaeiouaeoaoaíeez")
SPANISH = re.compile(r"[a-zñáéíóúüï]+")
VOWEL = re.compile(r"[aeiouyáéíóúüï]")
BARE = str.maketrans("áéíóúüï", "aeiouui")
ONSETS = frozenset(
    [first + second for first in "pbfcgk" for second in "lr"]
    + ["tr", "dr", "tl", "ch", "ll", "rr", "qu", "gu", "sh", "th", "ph"]
)
ACUTE = str.maketrans("aeiou", "áéíóú")
CONJUNCTIONS = frozenset("yeoué")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as verse needs it.

    `atoms` are its smallest syllables as written, `spelling` the word in plain lower case. `bonds`
    say for each atom but the last what binds it to the next: None where a consonant stands between
    them, else how much likelier the two vowels are one syllable than two, in nats; below 0 they
    are two unless something asks for fewer. `stressed` are the atoms that carry a stress, the last
    of them the main one, and `marked` says the same of each atom. `weak` says that the word leans
    on its neighbours and is unstressed inside a line. `opens` and `closes` are the vowels at its
    edges, empty where a consonant stands there; `breath` is `"h"` or `"aspirate"` where it opens
    with one. `conjunction` says that it is *y*, *e*, *o* or *u*. `ending` is what is spelt from the
    vowel of the main stress on.
    """

    text: str
    spelling: str
    atoms: tuple[str, ...]
    bonds: tuple[float | None, ...]
    stressed: tuple[int, ...]
    marked: tuple[bool, ...]
    unmarked: tuple[bool, ...]
    weak: bool
    opens: str
    closes: str
    breath: str
    conjunction: bool
    ending: str

    @property
    def syllables(self) -> tuple[str, ...]:
        """The word's syllables as they are said when nothing presses.

        >>> read_word("murciélago").syllables
        ('mur', 'cié', 'la', 'go')
        >>> read_word("poeta").syllables
        ('po', 'e', 'ta')
        """
        joined = [self.atoms[0]]
        for bond, atom in zip(self.bonds, self.atoms[1:], strict=True):
            if bond is not None and bond > 0:
                joined[-1] += atom
            else:
                joined.append(atom)
        return tuple(joined)


@lru_cache(maxsize=32_768)
def read_word(text: str) -> Word | None:
    """Read one word, as it is written. None where it has no Latin letter.

    >>> read_word("gravemente").stressed
    (0, 2)
    >>> read_word("de").weak
    True
    >>> read_word("...") is None
    True
    """
    word, letters = _spell(text)
    if not word:
        return None
    pieces = _pieces(word)
    stressed = _stressed_vowel(pieces, word)
    bonds = _bonds(pieces, word, stressed)
    atoms, seams, owners = _cut(pieces, bonds)
    stresses = _stresses(word, len(atoms), owners[stressed])
    if len(letters) == len(word):
        atoms = _as_written(atoms, letters)
    return Word(
        text=text,
        spelling=word,
        atoms=tuple(atoms),
        bonds=tuple(seams),
        stressed=stresses,
        marked=tuple(at in stresses for at in range(len(atoms))),
        unmarked=(False,) * len(atoms),
        weak=word in _table("weak"),
        opens=_opening(pieces),
        closes=_closing(word, pieces),
        breath=_breath(word),
        conjunction=word in CONJUNCTIONS,
        ending=_ending(pieces, stressed, stresses[-1] == owners[stressed]),
    )


def _spell(text: str) -> tuple[str, str]:
    """A word as Spanish spells it, in lower case, and its letters as they were written."""
    letters = "".join(letter for letter in normalize("NFC", text) if letter.isalpha())
    word = letters.lower().translate(FOREIGN)
    if SPANISH.fullmatch(word) is None:
        word = "".join(SPANISH.findall("".join(map(_plain, word))))
    if word and VOWEL.search(word) is None:
        return by_name(word), ""
    return word, letters


def by_name(word: str) -> str:
    """The names of a word's letters as one word, stressed on the last of them.

    >>> by_name("cd"), by_name("adn")
    ('cedé', 'adeene')
    """
    names = [_table("letters").get(each, each if VOWEL.match(each) else "e") for each in word]
    said = "".join(names)
    return said if len(names[-1]) > 2 else said[:-1] + said[-1].translate(ACUTE)


def _plain(letter: str) -> str:
    """A letter without the marks that Spanish does not know: `ě` is an `e`."""
    return letter if SPANISH.fullmatch(letter) else normalize("NFD", letter)[0]


def _as_written(atoms: list[str], letters: str) -> list[str]:
    written, at = [], 0
    for atom in atoms:
        written.append(letters[at : at + len(atom)])
        at += len(atom)
    return written


@dataclass(slots=True)
class _Piece:
    """A run of consonants, maybe empty, and the vowel after it."""

    consonants: str
    vowel: str


def _pieces(word: str) -> list[_Piece]:
    """Cut a word into vowels, each with the consonants before it; the tail joins the last."""
    pieces: list[_Piece] = []
    consonants = ""
    length = len(word)
    at = 0
    while at < length:
        letter = word[at]
        following = word[at + 1] if at + 1 < length else ""
        if letter in "qg" and following == "u" and word[at + 2 : at + 3] in tuple("eiéí"):
            consonants += letter + "u"
            at += 2
            continue
        if letter == "y":
            # A vowel at the end and before a consonant, a consonant before a vowel.
            if following in VOWELS or following == "ï":
                consonants += letter
            else:
                pieces.append(_Piece(consonants, "y"))
                consonants = ""
        elif letter in VOWELS or letter == "ï":
            pieces.append(_Piece(consonants, letter))
            consonants = ""
        else:
            consonants += letter
        at += 1
    if pieces and consonants:
        pieces.append(_Piece(consonants, ""))
    return pieces


def _cut(
    pieces: list[_Piece], bonds: list[float | None]
) -> tuple[list[str], list[float | None], list[int]]:
    """Share the consonants out between the vowels.

    The atoms, what binds each to the next, and the atom that each piece went into.
    """
    atoms: list[str] = []
    seams: list[float | None] = []
    owners: list[int] = []
    for piece, bond in zip(pieces, bonds, strict=True):
        if not piece.vowel:
            atoms[-1] += piece.consonants
        elif not atoms:
            atoms.append(piece.consonants + piece.vowel)
        elif piece.consonants not in ("", "h"):
            coda, onset = _share(piece.consonants)
            atoms[-1] += coda
            atoms.append(onset + piece.vowel)
            seams.append(None)
        elif bond is None:  # a glide: never a syllable of its own
            atoms[-1] += piece.consonants + piece.vowel
        else:
            atoms.append(piece.consonants + piece.vowel)
            seams.append(bond)
        owners.append(len(atoms) - 1)
    return atoms, seams, owners


def _share(consonants: str) -> tuple[str, str]:
    """The end of one syllable and the start of the next: pairs such as `tr` stay together."""
    if len(consonants) == 1 or consonants in ONSETS:
        return "", consonants
    if consonants[-2:] in ONSETS:
        return consonants[:-2], consonants[-2:]
    return consonants[:-1], consonants[-1]


def _bonds(pieces: list[_Piece], word: str, stressed: int) -> list[float | None]:
    """For each vowel how it hangs on the vowel before it; None where they cannot be parted."""
    weights = _table("bonds")
    bonds: list[float | None] = [None] * len(pieces)
    vowels = [index for index, piece in enumerate(pieces) if piece.vowel]
    lexical = _lexical(word)
    for number in vowels[1:]:
        one, other = pieces[number - 1].vowel, pieces[number].vowel
        if pieces[number].consonants not in ("", "h") or not one:
            continue
        kind = _meeting(one, other)
        final = number == vowels[-1]
        if other == "y" and final:
            bonds[number] = None  # rey, hoy, muy
        elif kind == "rising" and number - 1 == 0 and pieces[0].consonants in ("", "h"):
            bonds[number] = None  # hie-, hue-, io-: the glide is the word's consonant
        elif pieces[number].consonants == "h" and other in "iu" and _opens_glide(pieces, number):
            bonds[number] = -weights["written"]  # ahuecar, deshielo: hue and hie are consonants
        elif one in "üï" or other in "üï":
            # Written to be parted, save ü after g, which only says that it sounds.
            glide = one == "ü" and pieces[number - 1].consonants[-1:] in ("g", "q")
            bonds[number] = None if glide else -weights["written"]
        elif lexical is not None and (kind == "weak" or stressed in (number, number - 1)):
            bonds[number] = lexical
        else:
            name = kind
            if kind == "rising" and one == "u" and pieces[number - 1].consonants[-1:] in ("c", "g"):
                name = "rising-velar"
            elif kind == "rising" and other in "eé":
                name = f"rising-{one}e"
            elif kind == "rising" and word.endswith(("ión", "iones")) and one == "i":
                name = "rising-ion"
            elif kind == "rising" and number == stressed:
                name = "rising-stressed"
            elif kind == "hiatus" and number - 1 > stressed:
                name = "hiatus-after"
            elif kind == "hiatus" and number < stressed:
                name = "hiatus-before"
            elif kind in ("hiatus", "accented") and final and number - 1 == stressed:
                name += "-final"
            bonds[number] = weights[name]
    return bonds


def _opens_glide(pieces: list[_Piece], number: int) -> bool:
    """Whether a close vowel has an open one right after it."""
    following = pieces[number + 1] if number + 1 < len(pieces) else None
    return following is not None and not following.consonants and following.vowel in "aeoáéó"


def _meeting(one: str, other: str) -> str:
    """What kind of meeting two vowels of a word are."""
    if one in "íú" or other in "íú":
        return "accented"
    alike = one.translate(BARE) == other.translate(BARE)
    if alike or (one in STRONG and other in STRONG):
        return "hiatus"
    if one in STRONG:
        return "falling"
    return "rising" if other in STRONG else "weak"


def _stressed_vowel(pieces: list[_Piece], word: str) -> int:
    """The piece whose vowel is stressed, by the written accent or by the orthography's rule."""
    for number, piece in enumerate(pieces):
        if piece.vowel in ACCENTED:
            return number
    nuclei: list[int] = []
    previous = ""
    for number, piece in enumerate(pieces):
        if not piece.vowel:
            continue
        one, other = previous, piece.vowel
        joined = (
            nuclei
            and piece.consonants in ("", "h")
            and not (one in STRONG and other in STRONG)
            and one != other
            and "ï" not in (one, other)
        )
        if joined:
            if other in STRONG or one not in STRONG:
                nuclei[-1] = number  # the open vowel, or the second of two close ones
        else:
            nuclei.append(number)
        previous = other
    if len(nuclei) == 1:
        return nuclei[0]
    flat = word[-1] in "aeiouns" + "áéíóú" and not (word[-1] in "ns" and word[-2] not in VOWELS)
    return nuclei[-2] if flat else nuclei[-1]


def _stresses(word: str, atoms: int, stressed: int) -> tuple[int, ...]:
    """The atoms with a stress: in an adverb in -mente the adjective's own, then the suffix's."""
    if word.endswith("mente") and len(word) > 6 and word not in _table("nouns-in-mente"):
        adjective = read_word(word[:-5])
        if adjective is not None and adjective.stressed[-1] < atoms - 2:
            return (adjective.stressed[-1], atoms - 2)
    return (stressed,)


def _ending(pieces: list[_Piece], stressed: int, main: bool) -> str:
    """The letters from the vowel of the main stress on; an adverb in -mente has it in -ente."""
    if not main:
        return "ente"
    letters = "".join(piece.consonants + piece.vowel for piece in pieces[stressed:])
    return letters[len(pieces[stressed].consonants) :]


def _breath(word: str) -> str:
    """How the h that a word opens with holds it from the vowel before: as none, a little, much."""
    if word[0] != "h" or word in _table("haber"):
        return ""
    breaths = _table("aspirate")
    stems, exceptions = tuple(breaths["stems"]), tuple(breaths["exceptions"])
    return "aspirate" if word.startswith(stems) and not word.startswith(exceptions) else "h"


def _opening(pieces: list[_Piece]) -> str:
    """The vowel that a word opens with; none where a glide makes a consonant of it."""
    first = pieces[0]
    if first.consonants not in ("", "h") or not first.vowel:
        return ""
    second = pieces[1] if len(pieces) > 1 else None
    glide = (
        first.vowel in "iuy"
        and second is not None
        and second.consonants == ""
        and second.vowel in STRONG - {"í", "ú"}
    )
    return "" if glide else first.vowel.translate(BARE).replace("y", "i")


def _closing(word: str, pieces: list[_Piece]) -> str:
    """The vowel that a word closes with; none after -ay, -ey, -oy, whose y opens what follows."""
    if word[-1] == "y" and len(word) > 1 and word[-2] in VOWELS:
        return ""
    last = pieces[-1].vowel or ("h" if pieces[-1].consonants == "h" else "")
    if last == "h":
        last = pieces[-2].vowel
    return last.translate(BARE).replace("y", "i")


def _lexical(word: str) -> float | None:
    """The bond of a word whose vowels part (or hold) against its spelling, by its stem."""
    table = _table("lexical")
    exact: float | None = table["words"].get(word)
    if exact is not None:
        return exact
    stems: dict[str, float] = table["stems"]
    return next((stems[word[:end]] for end in range(len(word), 2, -1) if word[:end] in stems), None)


@cache
def _tables() -> dict[str, Any]:
    text = (files("duende.poetics.spanish") / "words.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    tables["weak"] = frozenset(tables["weak"]["words"])
    tables["nouns-in-mente"] = frozenset(tables["nouns-in-mente"]["words"])
    tables["haber"] = frozenset(tables["haber"]["forms"])
    return tables


def _table(name: str) -> Any:
    return _tables()[name]
