"""A Spanish line goes in; what it may count, and how it is said at each count, comes out.

Vowels that meet across words are one syllable (synalepha), and the line counts to its last stress
and one more, whatever follows it (T. Navarro Tomás, *Métrica española*, 1956, §§ 8-12; A. Quilis,
*Métrica española*, 1984, ch. 2). Wherever two vowels meet, the reading that is not the natural one
has its strain; a length is reached by what strains least. It does not know the line's neighbours.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations
from math import inf

from duende.poetics.phonology import Measure, Reading
from duende.poetics.spanish.metre import metre_name, rhythm_strain
from duende.poetics.spanish.numerals import read_out, unpunctuated
from duende.poetics.spanish.words import Word, read_word

PIECES = re.compile(r"[0-9]+|[^\W_0-9]+(?:['’][^\W_]+)*|[^\w\s]+")
ABBREVIATED = frozenset(["pág", "págs", "núm", "etc", "km", "kg"])
FIGURES = re.compile("[0-9][.,ºª]")
SILENT = frozenset("´`^¨~|<>_*^")
"""Symbols that only mark or set off."""
PAUSES = frozenset(".;:!?…—–")
OPENNESS = {"a": 3, "e": 2, "o": 2, "i": 1, "u": 1}
STRETCH = 5.5
"""The most strain, in nats, that a reading may ask: the length is right for 99 % of the lines."""
CAESURA = 1.0
"""What it asks to hear two halves in twelve syllables, or none in fourteen and sixteen."""
CROWD = 4
"""No syllable holds more vowels than these and one: what goes on for longer is no longer a line."""
CHOICES = 3
"""How many meetings beyond those needed are weighed, where several could be parted or joined."""
HALVES = {12: 6, 14: 7, 16: 8}
"""Lines of two halves, each counted by itself to its own last stress (Navarro Tomás, § 14)."""
OPENERS = frozenset(["cual", "cuanto", "cuanta", "cuantos", "cuantas"])
"""Relatives that open a comparison, and are stressed, at the head of a line: *Cual rosa…*"""


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of atoms that is counted by itself: a line, or half of one.

    It counts from its atom `first` to `last`, where its last stress is, and one more; `end` is one
    past its last atom.
    """

    first: int
    last: int
    end: int


class SpanishVerse:
    """A line by itself; see `duende.poetics.phonology.Verse`.

    >>> verse = SpanishVerse("la noche en que se abrió la puerta")
    >>> verse.least, verse.most, min(verse.strains, key=verse.strains.get)
    (9, 10, 9)
    >>> verse.read(9).division
    'la no·che‿en que se‿a·brió la puer·ta'
    """

    __slots__ = (
        *("_atoms", "_bonds", "_halved", "_marks", "_starts", "_whole", "_words"),
        *("strains", "unread"),
    )

    strains: Mapping[Measure, float]
    unread: tuple[str, ...]

    def __init__(self, line: str) -> None:
        words, pauses, self.unread = words_of(line)
        self._lay_out(words, pauses)
        strains = self._measure()
        if strains:
            self._hear_halves(strains)
        self.strains = strains

    @property
    def least(self) -> int:
        """The fewest syllables it can be read with."""
        return min(map(int, self.strains), default=0)

    @property
    def most(self) -> int:
        """The most syllables it can be read with."""
        return max(map(int, self.strains), default=0)

    def read(self, measure: Measure) -> Reading:
        """The line said in `measure` syllables, a length that `strains` names."""
        count = int(measure)
        if count in self._halved:
            left, right = (self._say(span, count // 2) for span in self._halved[count])
            stresses, division = left[0] + right[0], f"{left[1]} | {right[1]}"
            licences = tuple(dict.fromkeys(left[2] + right[2]))
        else:
            stresses, division, licences = self._say(self._whole, count)
        name = metre_name(stresses, halved=count in self._halved)
        return Reading(stresses, name, licences, division)

    def _lay_out(self, words: list[Word], pauses: list[str]) -> None:
        """Put the words' atoms in a row, and say what binds each to the next."""
        atoms: list[str] = []
        marks: list[bool] = []
        bonds: list[float | None] = []
        starts: list[int] = []
        final = len(words) - 1
        for number, word in enumerate(words):
            if number:
                one = words[number - 1]
                meets = one.closes and word.opens
                if number > CROWD and None not in bonds[-CROWD:]:
                    meets = ""
                bonds.append(_bond(words, pauses, number) if meets else None)
            starts.append(len(atoms))
            atoms += word.atoms
            bonds += word.bonds
            leans = word.weak and number != final and (number or word.spelling not in OPENERS)
            marks += word.unmarked if leans else word.marked
        self._atoms, self._marks, self._bonds, self._starts = atoms, marks, bonds, starts
        self._words = words
        last = starts[-1] + words[-1].stressed[-1] if words else 0
        self._whole = _Span(0, last, len(atoms))
        self._halved: dict[int, tuple[_Span, _Span]] = {}

    def _measure(self) -> dict[Measure, float]:
        """The strain of each length that parting or joining the loosest meetings gives."""
        if not self._atoms:
            return {}
        joined: list[float] = []
        parted: list[float] = []
        length = 2
        for bond in self._bonds[: self._whole.last]:
            if bond is None:
                length += 1
            elif bond > 0:
                joined.append(bond)
            else:
                parted.append(-bond)
                length += 1
        strains: dict[Measure, float] = {length: 0.0}
        for step, flips in ((1, joined), (-1, parted)):
            strain, count = 0.0, length
            for flip in sorted(flips):
                strain += flip
                count += step
                if strain > STRETCH or count < 2:
                    break
                strains[count] = strain
        return strains

    def _hear_halves(self, strains: dict[Measure, float]) -> None:
        """Add the lengths that two halves give, each with its own last stress."""
        natural = next(iter(strains))
        before = [0]  # the syllables that begin before each atom, less one
        for bond in self._bonds:
            before.append(before[-1] + (bond is None or bond <= 0))
        last = self._whole.last
        for whole, half in HALVES.items():
            if whole != 12 and whole in strains:
                strains[whole] += CAESURA
            if not whole - 2 <= int(natural) <= whole + 2:
                continue
            for number in range(1, len(self._starts)):
                word, start = self._words[number - 1], self._starts[number]
                stress = self._starts[number - 1] + word.stressed[-1]
                left = before[stress] + 2 - half
                right = before[last] - before[start] + 2 - half
                if word.weak or abs(left) > 1 or abs(right) > 1 or start > last:
                    continue
                spans = _Span(0, stress, start), _Span(start, last, self._whole.end)
                strain = self._strain(spans[0], -left) + self._strain(spans[1], -right)
                strain += CAESURA if whole == 12 else 0.0
                if strain < min(strains.get(whole, inf), STRETCH):
                    strains[whole] = strain
                    self._halved[whole] = spans

    def _strain(self, span: _Span, wanted: int) -> float:
        """What it asks to give a span so many syllables more (or fewer) than it has."""
        loose = self._loose(span, wanted)
        if len(loose) < abs(wanted):
            return inf
        return sum(abs(self._bonds[at] or 0.0) for at in loose[: abs(wanted)])

    def _loose(self, span: _Span, wanted: int) -> list[int]:
        """The meetings of a span that could be parted (or joined), the loosest first."""
        if not wanted:
            return []
        able = []
        for at in range(span.first, span.last):
            bond = self._bonds[at]
            if bond is not None and (bond > 0) == (wanted > 0):
                able.append((abs(bond), at))
        return [at for _, at in sorted(able)]

    def _say(self, span: _Span, count: int) -> tuple[str, str, tuple[str, ...]]:
        """The stresses, the division and the licences of a span in `count` syllables."""
        bonds = self._bonds[span.first : span.last]
        wanted = count - 2 - sum(bond is None or bond <= 0 for bond in bonds)
        able = self._loose(span, wanted)[: abs(wanted) + CHOICES]
        said = [self._utter(span, flips) for flips in combinations(able, abs(wanted))]
        if len(said) == 1:
            stresses, division, licences, _ = said[0]
        else:
            stresses, division, licences, _ = min(said, key=lambda each: each[3])
        return stresses, division, licences

    def _utter(
        self, span: _Span, flips: tuple[int, ...]
    ) -> tuple[str, str, tuple[str, ...], float]:
        """One way to say a span: where `flips` part what is joined and join what is parted."""
        text = self._atoms[span.first]
        stresses = "+" if self._marks[span.first] else "-"
        strain = 0.0
        licences: list[str] = []
        starts = set(self._starts)
        for at in range(span.first, span.end - 1):
            bond = self._bonds[at]
            between = at + 1 in starts
            joined = bond is not None and bond > 0
            if at in flips:
                joined = not joined
                strain += abs(bond or 0.0)
                licences.append("dialefa" if between else "sinéresis" if joined else "diéresis")
            text += ("‿" if joined else " ") if between else "" if joined else "·"
            text += self._atoms[at + 1]
            if at >= span.last:
                continue
            mark = self._marks[at + 1]
            if not joined:
                stresses += "+" if mark else "-"
            elif mark:
                stresses = stresses[:-1] + "+"
        stresses += "-"
        return stresses, text, tuple(dict.fromkeys(licences)), strain + rhythm_strain(stresses)


def words_of(line: str) -> tuple[list[Word], list[str], tuple[str, ...]]:
    """A line's words, the marks that stand before each, and the pieces that are not read."""
    words: list[Word] = []
    pauses: list[str] = []
    unread: list[str] = []
    pause = ""
    if FIGURES.search(line):
        line = unpunctuated(line)
    if not line.isascii():
        line = unicodedata.normalize("NFKC", line)
    for piece in PIECES.findall(line):
        # A word in lower case, as most are, is neither a numeral nor an abbreviation.
        word = read_word(piece) if piece.islower() else None
        if word is not None and piece not in ABBREVIATED:
            words.append(word)
            pauses.append(pause)
            pause = ""
            continue
        before = words[-1].text if words else ""
        shouted = piece.isalpha() and line.isupper()  # then VI is a verb, not a six
        said = (piece,) if shouted else read_out(piece, before) or (piece,)
        for number, spelling in enumerate(said):
            word = read_word(spelling)
            if word is not None:
                words.append(word)
                pauses.append(pause if number == 0 else "")
                pause = ""
            elif any(map(_sounds, spelling)):
                unread.append(spelling)
            else:
                pause += spelling
    return words, pauses, tuple(unread)


def _sounds(sign: str) -> bool:
    """Whether a sign stands for something that is said: a letter, a digit, a symbol, an emoji."""
    return unicodedata.category(sign)[0] in "LNS" and sign not in SILENT


def _bond(words: list[Word], pauses: list[str], number: int) -> float | None:
    """What binds the vowel that closes a word to the one that opens the next; None if nothing.

    A conjunction between two vowels more open than its own is said with the second alone: `blanca
    y alta` has six syllables, not five (Navarro Tomás, § 9).
    """
    one, other = words[number - 1], words[number]
    final = number == len(words) - 1
    if other.conjunction and not final:
        following = words[number + 1].opens
        if following and OPENNESS[one.closes] > OPENNESS[other.opens] <= OPENNESS[following]:
            return None
    weights = _tables()["synalepha"]
    bond = weights["base"]
    stressed = other.marked[0] and (final or not other.weak)
    if one.marked[-1] and not one.weak:
        bond += weights["first"]
        if stressed:
            bond += weights["both"]
    if stressed:
        bond += weights["second"]
        if final:
            bond += weights["last"]
        elif len(other.atoms) == 1:
            bond += weights["monosyllable"]
    if other.breath:
        bond += weights[other.breath]
        if stressed:
            bond += weights["h-stressed"]
    if one.conjunction:
        bond += weights["after-conjunction"]
    if other.conjunction:
        bond += weights["before-conjunction"]
    if pauses[number] and not PAUSES.isdisjoint(pauses[number]):
        bond += weights["pause"]
    return max(bond, weights["least"])


@cache
def _tables() -> dict[str, dict[str, float]]:
    text = (files("duende.poetics.spanish") / "line.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def lengths() -> dict[Measure, float]:
    """The share of verses that have each number of syllables."""
    return {int(count): share for count, share in _tables()["lengths"].items()}
