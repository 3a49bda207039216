"""An English line by itself: text in, all the metres that it may have and how each is said, out.

A beat is not a stress: the metre says where beats may fall, the words say what a careful reader
stresses (Attridge, *The Rhythms of English Poetry*, 1982, ch. 7: promotion and demotion). Knows
nothing of the lines around it.
"""

import re
from collections.abc import Mapping
from functools import cached_property

from duende.poetics.english.division import divided
from duende.poetics.english.metre import FREE, NEVER, Feet, Weights, table
from duende.poetics.english.shapes import Syllable, elided, shape
from duende.poetics.english.words import pronunciations
from duende.poetics.phonology import Measure, Reading

_PIECES = re.compile(r"['’‘]?[^\W_]+(?:['’‘\-‐‑][^\W_]+)*['’]?|&|\S")
_PAUSE = frozenset(",;:.!?—–-()[]…\"“”«»/")
_SILENT = _PAUSE | frozenset("'’‘`´*_~|\\<>{}#^=+§¶†•·")


class Line:
    """A line of English: the `Verse` of `duende.poetics.phonology`.

    >>> line = Line("The rain came down on the empty street")
    >>> line.least, line.most
    (9, 9)
    >>> min(line.strains, key=line.strains.get)
    'iambic tetrameter'
    >>> line.read("iambic tetrameter").stresses
    '-+-+--+-+'
    """

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.syllables: list[Syllable] = []
        self.starts: list[int] = []
        unread: list[str] = []
        pauses: list[int] = []
        paused = False
        for piece in _PIECES.findall(text):
            said = shape(piece)
            if said:
                place = len(self.syllables)
                if paused and place:
                    pauses.append(place)
                paused = False
                self.starts.append(place)
                self.words.append(piece)
                self.syllables += said
            elif piece in _PAUSE:
                paused = True
            elif piece not in _SILENT and not pronunciations(piece):
                unread.append(piece)
        self.pauses = tuple(pauses)
        self.unread = tuple(unread)
        if len(self.words) > 1:
            elided(self.words, self.starts, self.syllables)

    @cached_property
    def _feet(self) -> Feet:
        weights = table()["syllables"]
        pairs = [weights[each.kind] for each in self.syllables]
        return Feet(
            Weights(
                [pair[0] + each.keep for pair, each in zip(pairs, self.syllables, strict=True)],
                [pair[1] + each.keep for pair, each in zip(pairs, self.syllables, strict=True)],
                [NEVER if each.drop is None else each.drop for each in self.syllables],
                self.pauses,
            )
        )

    @property
    def strains(self) -> Mapping[Measure, float]:
        """What each metre asks of the reader, in nats."""
        return self._feet.strains

    @cached_property
    def _best(self) -> int:
        """How many syllables the easiest reading has."""
        if not self.syllables:
            return 0
        strains = self._feet.strains
        return sum(mark != " " for mark in self._marks(min(strains, key=strains.__getitem__)))

    @property
    def least(self) -> int:
        """The fewest syllables that it is easily read with."""
        easy = sum(each.drop is None or each.drop > EASY for each in self.syllables)
        return min(easy, self._best)

    @property
    def most(self) -> int:
        """The most syllables that it is easily read with."""
        return max(sum(each.keep <= EASY for each in self.syllables), self._best)

    def _marks(self, metre: str) -> str:
        if metre != FREE:
            return self._feet.beats(metre)
        return "".join(
            " " if each.drop is not None and each.drop <= each.keep else "."
            for each in self.syllables
        )

    def read(self, measure: Measure) -> Reading:
        """The line in one of its metres, or `"free"`."""
        marks = self._marks(str(measure))
        return Reading(
            stresses=stresses(self.syllables, marks, self.pauses),
            metre=None if measure == FREE else str(measure),
            licences=licences(self.syllables, marks, str(measure)),
            division=divided(self.words, self.starts, marks),
        )


EASY = 1.6  # nats


def stresses(syllables: list[Syllable], marks: str, pauses: tuple[int, ...]) -> str:
    """What a careful reader stresses, syllable by syllable."""
    weights = table()["stress"]
    return "".join(
        "+" if weights[each.kind]["+-.".index(mark)] > 0 else "-"
        for each, mark in zip(syllables, marks, strict=True)
        if mark != " "
    )


def licences(syllables: list[Syllable], marks: str, measure: str) -> tuple[str, ...]:
    """What was done to reach the metre, in plain words."""
    return ()
