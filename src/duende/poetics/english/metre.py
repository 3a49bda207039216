"""Feet laid over the syllables of a line: strains of syllables in, the least strain by metre out.

Every metre is a row of feet, and a foot may be another than the metre's own at a price
(`metre.toml`): the foot substitutions of the handbooks (Attridge, *The Rhythms of English Poetry*,
1982; Hayes, "A grid-based theory of English meter", 1983). The cheapest row is found foot by foot
(dynamic programming). Knows nothing of words.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, repeat
from operator import add
from typing import Any, NamedTuple, cast

from duende.poetics.phonology import Measure

LENGTHS = ("mono", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa")
FREE = "free"
LONGEST = 28  # syllables: eight feet of three, and what may stand around them
NEVER = float("inf")

Costs = Sequence[float]
Prices = tuple[float, float, float, float]
"""What a foot asks as the line's first, after a pause, elsewhere, and as its last."""

FIRST, PAUSED, LAST = 1, 2, 4
"""Where a foot stands: at the line's start, after a pause, at its end; added up."""


@dataclass(frozen=True, slots=True)
class Metre:
    """A family of metres: its feet with their prices, and what may stand around them."""

    names: tuple[str, ...]
    prices: dict[str, Prices]
    before: tuple[float, ...]
    after: tuple[float, ...]
    rare: tuple[float, ...]

    def price(self, foot: str, where: int) -> float:
        """What a foot asks for not being the metre's own, at its place."""
        first, paused, elsewhere, last = self.prices[foot]
        if where & LAST and last != elsewhere:
            return min(first, last) if where & FIRST else last
        return first if where & FIRST else paused if where & PAUSED else elsewhere


@cache
def table() -> dict[str, Any]:
    """`metre.toml`."""
    text = files("duende.poetics.english").joinpath("metre.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def metres() -> dict[str, Metre]:
    """The four families, the commonest first."""
    found = {}
    for family, rare in table()["metres"].items():
        rows = table()[family]
        found[family] = Metre(
            names=tuple(f"{family} {length}meter" for length in LENGTHS),
            prices={
                foot: cast(Prices, tuple(NEVER if price < 0 else price for price in prices))
                for foot, prices in rows["feet"].items()
            },
            before=(0.0, *rows["before"]),
            after=(0.0, *rows["after"]),
            rare=tuple(rare + strain for strain in table()["feet"]["strains"]),
        )
    return found


class Weights(NamedTuple):
    """The strain of each syllable of a line: under a beat, off the beat, left out.

    `pauses` are the syllables (but the first) before which the voice may rest.
    """

    beat: Sequence[float]
    off: Sequence[float]
    drop: Sequence[float]
    pauses: Sequence[int] = ()


IDEAL = 3.0
"""The strain (nats) of a beat on a syllable that has none, and the other way round."""


def ideal(metre: str, syllables: int) -> list[bool]:
    """Where the beats of a metre are, in so many syllables of it; empty where it has another count.

    A rising metre is short of syllables, or has too many, at its end and at its head: it may close
    weakly, or begin with the beat. A falling one may leave off after its last beat.

    >>> "".join("-+"[beat] for beat in ideal("iambic trimeter", 7))
    '-+-+-+-'
    """
    family, _, length = metre.partition(" ")
    foot = FEET[family]
    beats = [mark == "+" for mark in foot * (LENGTHS.index(length.removesuffix("meter")) + 1)]
    over = syllables - len(beats)
    if abs(over) >= len(foot):
        return []
    if over > 0:
        return [*beats, False] if foot[-1] == "+" else [False, *beats]
    return beats[-over:] if foot[0] == "-" else beats[: len(beats) + over]


FEET = {"iambic": "-+", "trochaic": "+-", "anapaestic": "--+", "dactylic": "+--"}
"""The feet that the metres are named by."""

ABREAST = 4
"""The families of `metre.toml`, side by side in every row."""
SAME = 1e-9  # nats: sums of the same strains in another order
Edge = tuple[int, int, Costs]
"""A foot from one place in a row to one in the next, and what it asks in each family."""
ASKED = 1 << 12  # feet remembered: the table's syllables make some 2,000


@lru_cache(maxsize=ASKED)
def _foot(syllables: int, first: float, last: float, where: int = 0) -> tuple[float, ...]:
    """The least that a foot of so many syllables asks in each family, by the lifts of its ends.

    Every foot has its one beat at an end.

    >>> _foot(2, 3.0, -1.5)
    (-1.5, 0.7000000000000002, -0.7, 3.8)
    """
    return tuple(
        min(
            (
                (first if foot[0] == "+" else last) + metre.price(foot, where)
                for foot in metre.prices
                if len(foot) == syllables
            ),
            default=NEVER,
        )
        for metre in metres().values()
    )


@lru_cache(maxsize=ASKED)
def _closings(size: int, lost: tuple[float, ...]) -> tuple[tuple[tuple[int, int, float], ...], ...]:
    """How each family may end a line of `size` syllables after its last foot.

    `lost` is what it asks to leave out each of the last three syllables rather than to say it weak.
    A way to end is the place in a row that it starts from, how many weak syllables are said, and
    what it asks.
    """
    ends = [[NEVER] * (len(lost) + 1) for _ in range(4)]
    ends[0][-1] = 0.0
    for place in range(len(lost) - 1, -1, -1):
        for weak in range(3):
            said = ends[weak - 1][place + 1] if weak else NEVER
            ends[weak][place] = min(said, ends[weak][place + 1] + lost[place])
    opened = size - len(lost)
    return tuple(
        tuple(
            (ABREAST * (opened + place) + family, weak, end + price)
            for weak, price in enumerate(metre.after)
            for place, end in enumerate(ends[weak])
            if end < NEVER
        )
        for family, metre in enumerate(metres().values())
    )


@cache
def _opening() -> list[float]:
    """What it asks to begin with no weak syllable before the first foot, with one, with two."""
    return [
        metre.before[weak] if weak < len(metre.before) else NEVER
        for weak in range(3)
        for metre in metres().values()
    ]


_TWO, _THREE = repeat(2), repeat(3)


class Feet:
    """The metres over one line.

    What a row of feet asks is what the line asks with no beat at all, and for each foot its price
    and the *lift* of its beat: how much more the syllable asks under a beat than off it. To leave
    a syllable out asks the difference too.

    The four families are laid at once. A row of numbers says what it asks at least to be at each
    place between two syllables after so many feet, the families side by side: place 2 of the third
    family is number 2 * 4 + 2. So the next row, one foot further, is the sum of two lists, moved by
    2 * 4 for feet of two syllables and by 3 * 4 for feet of three. Only the numbers from `low` to
    `high` can be reached. Feet that stand in few places are edges, added one by one.

    >>> beat, off = zip(*[(3.0, 0.0), (0.0, 3.0)] * 4)
    >>> feet = Feet(Weights(beat, off, [NEVER] * 8))
    >>> min(feet.strains, key=feet.strains.get), feet.row("iambic tetrameter")
    ('iambic tetrameter', ['', '-+', '-+', '-+', '-+', ''])
    """

    __slots__ = (
        *("_closings", "_edges", "_finals", "_lifts", "_loose", "_pauses", "_rows"),
        *("_three", "_two", "strains"),
    )

    def __init__(self, weights: Weights) -> None:
        beat, off, drop, self._pauses = weights
        size = len(off)
        self.strains: dict[Measure, float] = {}
        if size == 0:
            return
        free = table()["free"]
        self.strains[FREE] = free["line"] + free["syllable"] * size
        if size > LONGEST:
            return
        self._lifts = [one - other for one, other in zip(beat, off, strict=True)]
        self._loose = (
            {place: strain - off[place] for place, strain in enumerate(drop) if strain != NEVER}
            if min(drop) != NEVER
            else {}
        )
        self._finals = [size]
        while self._finals[-1] - 1 in self._loose:
            self._finals.append(self._finals[-1] - 1)
        ends = range(max(size - 3, 0), size)
        self._closings = _closings(size, tuple(self._loose.get(place, NEVER) for place in ends))
        self._edges: list[Edge] = []
        self._ask()
        self._lay()
        self._close(sum(off))

    def _where(self, start: int, end: int) -> int:
        """Where a foot from `start` to `end` stands."""
        at = 0 if start and start not in self._pauses else PAUSED if start else FIRST
        return at | LAST if end in self._finals else at

    def _ask(self) -> None:
        """What feet ask at each place: of two syllables, of three, and the rest as edges."""
        lifts, edges = self._lifts, self._edges
        size = len(lifts)
        self._two = two = list(chain.from_iterable(map(_foot, _TWO, lifts, lifts[1:])))
        self._three = three = list(chain.from_iterable(map(_foot, _THREE, lifts, lifts[2:])))
        special = {(start, start + span) for start in (0, *self._pauses) for span in (1, 2, 3)}
        special.update((end - span, end) for end in self._finals for span in (1, 2, 3))
        for start, end in special:
            if start < 0 or end > size:
                continue
            span, at = end - start, ABREAST * start
            asked = _foot(span, lifts[start], lifts[end - 1], self._where(start, end))
            if span == 1:
                edges.append((at, at + ABREAST, asked))
            else:
                column = two if span == 2 else three
                column[at : at + ABREAST] = asked
        for gone, strain in self._loose.items():
            for start, end in ((gone - 1, gone + 2), (gone - 1, gone + 3), (gone - 2, gone + 2)):
                if start < 0 or end > size:
                    continue
                said, at = end - start - 1, ABREAST * start
                asked = _foot(said, lifts[start], lifts[end - 1], self._where(start, end))
                edges.append((at, ABREAST * end, tuple([strain + each for each in asked])))

    def _lay(self) -> None:
        """A row for each foot, up to eight: what it asks at least to be where after that foot."""
        two, three, edges, loose = self._two, self._three, self._edges, self._loose
        width = ABREAST * (len(self._lifts) + 1)
        row = _opening()[:width]
        low, high = 0, len(row)
        row += [NEVER] * (width - high)
        if loose:
            high = self._leave_out(row, low, high)
        self._rows = [row]
        for _ in LENGTHS:
            before, row = row, [NEVER] * width
            reached = before[low:high]
            row[low + 3 * ABREAST : high + 3 * ABREAST] = map(add, reached, three[low:high])
            for at, strain in enumerate(map(add, reached, two[low:high]), low + 2 * ABREAST):
                if strain < row[at]:
                    row[at] = strain
            first, last = low, high
            low += 2 * ABREAST
            high = high + 3 * ABREAST if high + 3 * ABREAST < width else width
            for start, end, asked in edges:
                if first <= start < last:
                    if end < low:
                        low = end
                    elif end >= high:
                        high = end + ABREAST
                    for at, strain in enumerate(map(add, before[start:last], asked), end):
                        if strain < row[at]:
                            row[at] = strain
            if low >= width:
                break
            if loose:
                high = self._leave_out(row, low, high)
            self._rows.append(row)

    def _leave_out(self, row: list[float], low: int, high: int) -> int:
        """Leave out syllables after a foot where that asks less; gives how far the row reaches."""
        for place, lost in self._loose.items():
            at = ABREAST * place
            if low <= at < high:
                for strain in row[at : at + ABREAST]:
                    if strain + lost < row[at + ABREAST]:
                        row[at + ABREAST] = strain + lost
                    at += 1
                if at == high:
                    high += ABREAST
        return high

    def _close(self, bare: float) -> None:
        """The least that a line asks in each metre; `bare` is what it asks with no beat at all."""
        for metre, closings in zip(metres().values(), self._closings, strict=True):
            for feet, row in enumerate(self._rows[1:]):
                least = NEVER
                for place, _, strain in closings:
                    strain += row[place]
                    if strain < least:
                        least = strain
                if least < NEVER:
                    self.strains[metre.names[feet]] = least + metre.rare[feet] + bare

    def row(self, name: str) -> list[str]:
        """The cheapest row of that metre: what stands before the feet, each foot, what follows.

        A `+` marks a beat, a `-` none, a blank a syllable left out.
        """
        family = name.partition(" ")[0]
        at = list(metres()).index(family)
        metre = metres()[family]
        feet = metre.names.index(name) + 1
        _, place, weak = min(
            (self._rows[feet][place] + strain, place // ABREAST, weak)
            for place, weak, strain in self._closings[at]
        )
        found = [self._closing(place, weak)]
        while feet:
            least, before = self._rows[feet][ABREAST * place + at], self._rows[feet - 1]
            for asked, marks in self._standing(metre, place):
                start = place - len(marks)
                if abs(before[ABREAST * start + at] + asked - least) < SAME:
                    found.append(marks)
                    place = start
                    feet -= 1
                    break
            else:  # a syllable left out between two feet
                place -= 1
                found[-1] = f" {found[-1]}"
        weak = min(place, len(metre.before) - 1)
        found.append("-" * weak + " " * (place - weak))
        return found[::-1]

    def _standing(self, metre: Metre, end: int) -> Iterator[tuple[float, str]]:
        """The feet that may stand before `end`, each with what it asks and its marks."""
        lifts, loose = self._lifts, self._loose
        for foot in metre.prices:
            start = end - len(foot)
            if start >= 0:
                lift = lifts[start if foot[0] == "+" else end - 1]
                yield lift + metre.price(foot, self._where(start, end)), foot
            start -= 1
            if start < 0 or not loose:
                continue
            for inside in range(1, len(foot)):
                if start + inside in loose:
                    lift = lifts[start if foot[0] == "+" else end - 1] + loose[start + inside]
                    asked = lift + metre.price(foot, self._where(start, end))
                    yield asked, f"{foot[:inside]} {foot[inside:]}"

    def _closing(self, place: int, weak: int) -> str:
        """The marks from `place` to the end, of which `weak` are said."""
        if place == len(self._lifts):
            return ""
        by_ease = sorted(range(place, len(self._lifts)), key=lambda at: self._loose.get(at, NEVER))
        said = by_ease[len(by_ease) - weak :]
        return "".join("-" if at in said else " " for at in range(place, len(self._lifts)))
