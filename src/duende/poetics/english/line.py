"""An English line by itself: text in, all the metres that it may have and how each is said, out.

A beat is not a stress: the metre says where beats may fall, the words say what a careful reader
stresses (Attridge, *The Rhythms of English Poetry*, 1982, ch. 7: promotion and demotion). Knows
nothing of the lines around it.
"""

import re
from collections.abc import Mapping

from duende.poetics.english.division import divided
from duende.poetics.english.metre import FREE, IDEAL, NEVER, Feet, Weights, ideal, table
from duende.poetics.english.numerals import unpunctuated
from duende.poetics.english.shapes import Syllable, elided, shape
from duende.poetics.english.words import pronunciations
from duende.poetics.phonology import Measure, Reading

EASY = 1.9  # nats: licences that ask more are not counted in `least` and `most` unless used

_PIECES = re.compile(r"['’‘]?[^\W_]+(?:['’‘\-‐‑][^\W_]+)*['’]?|&|\S")
_FIGURES = re.compile("[0-9][.,][0-9]")
_PAUSE = frozenset(',;:.!?—–-()[]…"“”«»/¡¿')
_SILENT = _PAUSE | frozenset("'’‘`´*_~|\\<>{}#^=+§¶†•·")


class Line:
    """A line of English: the `Verse` of `duende.poetics.phonology`.

    >>> line = Line("The rain came down on the empty street")
    >>> line.least, line.most
    (9, 9)
    >>> min(line.strains, key=line.strains.__getitem__)
    'iambic tetrameter'
    >>> line.read("iambic tetrameter").stresses
    '-+++--+-+'
    """

    __slots__ = (
        *("_feet", "_last", "_loose", "_pauses", "_starts", "_syllables", "_usual", "_words"),
        "unread",
    )

    def __init__(self, text: str) -> None:
        words: list[str] = []
        syllables: list[Syllable] = []
        starts: list[int] = []
        pauses: list[int] = []
        unread: list[str] = []
        paused = False
        if _FIGURES.search(text):
            text = unpunctuated(text)
        for piece in _PIECES.findall(text):
            if said := shape(piece):
                place = len(syllables)
                if paused:
                    paused = False
                    if place:
                        pauses.append(place)
                starts.append(place)
                words.append(piece)
                syllables += said
            elif piece in _PAUSE:
                paused = True
            elif piece not in _SILENT and not pronunciations(piece):
                unread.append(piece)
        elided(words, starts, syllables)
        self._words, self._starts = words, starts
        self._syllables, self._pauses = syllables, pauses
        self._loose = [each for each in syllables if each[3] != NEVER]
        self._usual = -1 if self._loose else len(syllables)
        self._feet: Feet | None = None
        self._last: tuple[str, list[str]] = ("", [])  # asked twice: for the count, then for itself
        self.unread = tuple(unread)

    def _laid(self) -> Feet:
        if self._feet is None:
            columns = tuple(zip(*self._syllables, strict=True)) or ((), (), (), (), ())
            self._feet = Feet(Weights(columns[1], columns[2], columns[3], self._pauses))
        return self._feet

    @property
    def strains(self) -> Mapping[Measure, float]:
        """What each metre asks of the reader, in nats."""
        return self._laid().strains

    def _said(self) -> int:
        """How many syllables the easiest reading has."""
        if self._usual < 0:
            strains = self._laid().strains
            marks = "".join(self._row(str(min(strains, key=strains.__getitem__))))
            self._usual = len(marks) - marks.count(" ")
        return self._usual

    @property
    def least(self) -> int:
        """The fewest syllables that it is easily read with."""
        lost = sum([each.drop <= EASY for each in self._loose])
        return min(len(self._syllables) - lost, self._said())

    @property
    def most(self) -> int:
        """The most syllables that it is easily read with."""
        lost = sum([each.keep > EASY for each in self._loose])
        return max(len(self._syllables) - lost, self._said())

    def _row(self, metre: str) -> list[str]:
        """The line's feet in a metre; in free verse one piece, with a dot for every syllable."""
        if self._last[0] != metre:
            if metre == FREE:
                dots = (" " if each.drop <= each.keep else "." for each in self._syllables)
                self._last = metre, ["".join(dots)]
            else:
                self._last = metre, self._laid().row(metre)
        return self._last[1]

    def read(self, measure: Measure) -> Reading:
        """The line in one of its metres, or in `"free"`."""
        metre = str(measure)
        row = self._row(metre)
        marks = "".join(row)
        return Reading(
            stresses=stresses(self._syllables, marks, self._pauses),
            metre=None if metre == FREE else metre,
            licences=licences(self._syllables, row, metre),
            division=divided(self._words, self._starts, marks),
        )


def can_lead(beginning: Line, ending: Line, syllables: int, metre: str) -> bool:
    """Whether a line that begins and ends so can count `syllables`, and be in `metre` if named.

    What stands between is taken to be as the metre has it.

    >>> can_lead(Line("The harbour lights"), Line("sea"), 10, "iambic pentameter")
    True
    >>> can_lead(Line("It is the harbour that I"), Line("sea"), 10, "iambic tetrameter")
    False
    """
    if not metre or beginning.unread or ending.unread:
        return beginning.least + ending.least <= syllables
    said = len(beginning._syllables) + len(ending._syllables)
    loose = len(beginning._loose) + len(ending._loose)
    return any(
        _leads(beginning, ending, ideal(metre, syllables), syllables - said + gone, metre)
        for gone in range(loose + 1)
    )


def _leads(beginning: Line, ending: Line, beats: list[bool], between: int, metre: str) -> bool:
    if between < 0 or not beats:
        return False
    last = len(beats) - ending.least
    filled = [
        Syllable("", 0.0 if beat else IDEAL, IDEAL if beat else 0.0)
        for beat in beats[last - between : last]
    ]
    row = [*beginning._syllables, *filled, *ending._syllables]
    _, beat, off, drop, _ = zip(*row, strict=True)
    strains = Feet(Weights(beat, off, drop, beginning._pauses)).strains
    return metre in strains and strains[metre] <= min(strains.values())


def stresses(syllables: list[Syllable], marks: str, pauses: list[int]) -> str:
    """What a careful reader stresses: `marks` are the beats, a blank for a syllable left out.

    >>> stresses(list(shape("golden")) + list(shape("bell")), "+-+", [])
    '+-+'
    """
    weights = table()["stress"]
    last = len(marks.rstrip()) - 1
    said: list[str] = []
    strong = False
    for place, (syllable, mark) in enumerate(zip(syllables, marks, strict=True)):
        if mark == " ":
            continue
        beat, off, free, first, paused, after = weights[syllable[0]]
        score = beat if mark == "+" else off if mark == "-" else free
        if not said:
            score += first
        elif strong and place not in pauses:
            score += after
        if place == last or place + 1 in pauses:
            score += paused
        strong = score > 0 and syllable[0] in "MPS"
        said.append("+" if score > 0 else "-")
    return "".join(said)


def licences(syllables: list[Syllable], row: list[str], metre: str) -> tuple[str, ...]:
    """What was done to reach the metre, in plain words.

    >>> said = [*shape("golden"), *shape("wandering"), *shape("water")]
    >>> licences(said, ["", "+-", "+ -", "+-", ""], "trochaic trimeter")
    ('elision',)
    """
    found = []
    for (_, _, _, drop, keep), mark in zip(syllables, "".join(row), strict=True):
        if drop == NEVER:
            continue
        if mark == " " and drop > keep:
            found.append("elision")
        elif mark != " " and drop < keep:
            found.append("syllable sounded")
    if metre == FREE:
        return tuple(dict.fromkeys(found))
    family = metre.partition(" ")[0]
    names = table()["licences"][family]
    before, *feet, after = row
    if "-" in before:
        found.append("anacrusis")
    for place, foot in enumerate(feet):
        said = foot.replace(" ", "")
        if said in names:
            found.append(_named(said, names[said], family, place, len(feet)))
    if "-" in after:
        found.append("feminine ending" if after.count("-") == 1 else "triple ending")
    return tuple(dict.fromkeys(name for name in found if name))


def _named(foot: str, name: str, family: str, place: int, feet: int) -> str:
    """The name of a foot that is cut short at an end of the line; none for a usual ending."""
    rising = family in ("iambic", "anapaestic")
    if foot == "+":
        return (
            "headless"
            if rising and place == 0
            else ("catalexis" if not rising and place == feet - 1 else name)
        )
    return "catalexis" if family == "dactylic" and place == feet - 1 else name
