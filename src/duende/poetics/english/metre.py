"""Feet laid over the syllables of a line: strains of syllables in, the least strain by metre out.

Every metre is a row of feet, and a foot may be another than the metre's own at a price
(`metre.toml`): the foot substitutions of the handbooks (Attridge, *The Rhythms of English Poetry*,
1982; Hayes, "A grid-based theory of English meter", 1983). The cheapest row is found foot by foot
(dynamic programming). Knows nothing of words.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add
from typing import Any, cast

from duende.poetics.phonology import Measure

LENGTHS = ("mono", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa")
FREE = "free"
LONGEST = 28  # syllables: eight feet of three, and what may stand around them
NEVER = float("inf")

Costs = Sequence[float]
Prices = tuple[float, float, float, float]
"""What a foot asks as the line's first, after a pause, elsewhere, and as its last."""


@dataclass(frozen=True, slots=True)
class Metre:
    """A family of metres: what its feet ask first, after a pause, elsewhere and last."""

    names: tuple[str, ...]
    prices: dict[str, Prices]
    spans: tuple[tuple[str, ...], tuple[str, ...]]
    before: tuple[float, ...]
    after: tuple[float, ...]
    rare: tuple[float, ...]


@cache
def table() -> dict[str, Any]:
    """`metre.toml`."""
    text = files("duende.poetics.english").joinpath("metre.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _of(syllables: int, feet: Iterable[str]) -> tuple[str, ...]:
    return tuple(foot for foot in feet if len(foot) == syllables)


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
            spans=(_of(2, rows["feet"]), _of(3, rows["feet"])),
            before=(0.0, *rows["before"]),
            after=(0.0, *rows["after"]),
            rare=tuple(rare + strain for strain in table()["feet"]["strains"]),
        )
    return found


@dataclass(frozen=True, slots=True)
class Weights:
    """The strain of each syllable of a line: under a beat, off the beat, left out.

    `pauses` are the syllables (but the first) before which the voice may rest.
    """

    beat: Sequence[float]
    off: Sequence[float]
    drop: Sequence[float]
    pauses: Sequence[int] = ()


Edge = tuple[int, int, float, str]
"""A foot from one place to another: its strain and its marks."""


class Feet:
    """The metres over one line.

    >>> beat, off = zip(*[(3.0, 0.0), (0.0, 3.0)] * 4)
    >>> feet = Feet(Weights(beat, off, [NEVER] * 8))
    >>> min(feet.strains, key=feet.strains.get), feet.row("iambic tetrameter")
    ('iambic tetrameter', ['', '-+', '-+', '-+', '-+', ''])
    """

    __slots__ = (
        *("_closing_at", "_edges", "_ends", "_finals", "_levels", "_loose", "_plain", "_short"),
        *("_weights", "strains"),
    )

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._loose = [place for place, strain in enumerate(weights.drop) if strain != NEVER]
        self._levels: dict[str, list[list[float]]] = {}
        self._edges: dict[str, tuple[Costs, Costs, list[Edge]]] = {}
        self.strains: dict[Measure, float] = {}
        size = len(weights.beat)
        if size == 0:
            return
        free = table()["free"]
        self.strains[FREE] = free["line"] + free["syllable"] * size
        if size <= LONGEST:
            beat, off = weights.beat, weights.off
            iamb = list(map(add, off, beat[1:]))
            trochee = list(map(add, beat, off[1:]))
            self._plain = {
                "-+": iamb,
                "+-": trochee,
                "--+": list(map(add, off, iamb[1:])),
                "+--": list(map(add, trochee, off[2:])),
                "+": beat,
            }
            self._short = [edge for foot in self._plain for edge in self._shortened(foot)]
            self._ends = self._closings()
            places = range(max(size - 3, 0), size + 1)
            self._finals = [place for place in places if self._ends[0][place] < NEVER]
            self._closing_at = [
                (weak, place, end[place])
                for weak, end in enumerate(self._ends)
                for place in places
                if end[place] < NEVER
            ]
            for family, metre in metres().items():
                self._lay(family, metre)

    def _shortened(self, foot: str) -> Iterator[Edge]:
        """The places where a foot has one syllable more, which is left out."""
        beat, off, drop = self._weights.beat, self._weights.off, self._weights.drop
        for gone in self._loose:
            for inside in range(1, len(foot)):
                start = gone - inside
                end = start + len(foot) + 1
                if start >= 0 and end <= len(beat):
                    marks = f"{foot[:inside]} {foot[inside:]}"
                    strain = drop[gone]
                    for place, mark in enumerate(marks, start):
                        if mark != " ":
                            strain += beat[place] if mark == "+" else off[place]
                    yield start, end, strain, marks

    def _closings(self) -> list[Costs]:
        """What it asks to end a line from each of its last places with 0, 1, 2 weak syllables."""
        off, drop = self._weights.off, self._weights.drop
        size = len(off)
        none, one, two = ([NEVER] * (size + 1) for _ in range(3))
        none[size] = 0.0
        for place in range(size - 1, max(size - 4, -1), -1):
            none[place] = none[place + 1] + drop[place]
            one[place] = min(none[place + 1] + off[place], one[place + 1] + drop[place])
            two[place] = min(one[place + 1] + off[place], two[place + 1] + drop[place])
        return [none, one, two]

    def _price(self, prices: Prices, start: int, end: int) -> float:
        """What a foot asks for not being the metre's own, at its place."""
        first, paused, elsewhere, last = prices
        if end in self._finals and last != elsewhere:
            return min(first, last) if start == 0 else last
        if start == 0:
            return first
        return paused if start in self._weights.pauses else elsewhere

    def _priced(self, foot: str, prices: Prices) -> Costs:
        """What a foot of two or three syllables asks at each place."""
        plain, span = self._plain[foot], len(foot)
        first, paused, elsewhere, last = prices
        found = [strain + elsewhere for strain in plain] if elsewhere else list(plain)
        if not found:
            return found
        if paused != elsewhere:
            for place in self._weights.pauses:
                if place < len(found):
                    found[place] = plain[place] + paused
        if first != elsewhere:
            found[0] = plain[0] + first
        if last != elsewhere:
            for end in self._finals:
                if end >= span:
                    found[end - span] = plain[end - span] + last
            if len(found) == 1:
                found[0] = plain[0] + min(first, last)
        return found

    def _sparse(self, metre: Metre) -> list[Edge]:
        """Feet that stand in few places: of one syllable, or with a syllable left out."""
        beat = self._plain["+"]
        found: list[Edge] = []
        first, paused, _, last = metre.prices["+"]
        if first < NEVER:
            found.append((0, 1, beat[0] + first, "+"))
        if paused < NEVER:
            for start in self._weights.pauses:
                found.append((start, start + 1, beat[start] + paused, "+"))
        if last < NEVER:
            for end in self._finals:
                if end:
                    found.append((end - 1, end, beat[end - 1] + last, "+"))
        for start, end, strain, marks in self._short:
            prices = metre.prices.get(marks.replace(" ", ""))
            if prices:
                price = self._price(prices, start, end)
                found.append((start, end, strain + price, marks))
        return found

    def _columns(self, metre: Metre) -> tuple[Costs, Costs]:
        """The least that a foot of two, and of three, asks at each place."""
        columns: list[Costs] = []
        for feet in metre.spans:
            column, *others = (self._priced(foot, metre.prices[foot]) for foot in feet)
            for other in others:
                column = [one if one < two else two for one, two in zip(column, other, strict=True)]
            columns.append(column)
        return columns[0], columns[1]

    def _lay(self, family: str, metre: Metre) -> None:
        """Feet one after the other, up to eight, and what may follow the last."""
        drop, loose = self._weights.drop, self._loose
        size = len(drop)
        two, three = self._columns(metre)
        sparse = self._sparse(metre)
        self._edges[family] = two, three, sparse
        level = [NEVER] * (size + 1)
        strain = 0.0
        for place, price in enumerate(metre.before[: size + 1]):
            level[place] = strain + price
            if place < size:
                strain += self._weights.off[place]
        after = metre.after
        finish = [
            (place, strain + after[weak])
            for weak, place, strain in self._closing_at
            if weak < len(after)
        ]
        low, levels = 0, [level]
        for feet, name in enumerate(metre.names, 1):
            for place in loose:
                gone = level[place] + drop[place]
                if gone < level[place + 1]:
                    level[place + 1] = gone
            reached = level[low:]
            by_two = list(map(add, reached, two[low:]))
            by_three = map(add, reached, three[low:])
            level = [NEVER] * (low + 2)
            level += by_two[:1]
            level += [
                one if one < other else other
                for one, other in zip(by_two[1:], by_three, strict=True)
            ]
            level += [NEVER] * (size + 1 - len(level))
            before = levels[-1]
            for start, end, strain, _ in sparse:
                strain += before[start]
                if strain < level[end]:
                    level[end] = strain
            levels.append(level)
            while low < size and level[low] == NEVER:
                low += 1
            if loose or 3 * feet + 5 >= size:
                strain = NEVER
                for place, closing in finish:
                    if level[place] + closing < strain:
                        strain = level[place] + closing
                if strain < NEVER:
                    self.strains[name] = strain + metre.rare[feet - 1]
                if low >= size:
                    break
        self._levels[family] = levels

    def row(self, name: str) -> list[str]:
        """The cheapest row of that metre: what stands before the feet, each foot, what follows.

        A `+` marks a beat, a `-` none, a blank a syllable left out.
        """
        family = name.partition(" ")[0]
        metre = metres()[family]
        feet = metre.names.index(name) + 1
        levels, drop = self._levels[family], self._weights.drop
        size = len(drop)
        two, three, sparse = self._edges[family]
        _, place, weak = min(
            (levels[feet][place] + self._ends[weak][place] + price, place, weak)
            for place in range(max(size - 3, 0), size + 1)
            for weak, price in enumerate(metre.after)
        )
        found = [self._closing(place, weak)]
        while feet:
            strain, before = levels[feet][place], levels[feet - 1]
            for start, end, asked, marks in sparse:
                if end == place and before[start] + asked == strain:
                    found.append(marks)
                    place = start
                    break
            else:
                for span, column in ((2, two), (3, three)):
                    start = place - span
                    if start >= 0 and before[start] + column[start] == strain:
                        found.append(self._foot(metre, start, span, column[start]))
                        place = start
                        break
                else:  # a syllable left out between two feet
                    place -= 1
                    found[-1] = f" {found[-1]}"
                    continue
            feet -= 1
        weak = min(place, len(metre.before) - 1)
        found.append("-" * weak + " " * (place - weak))
        return found[::-1]

    def _closing(self, place: int, weak: int) -> str:
        """The marks from `place` to the end, of which `weak` are said."""
        off, ends = self._weights.off, self._ends
        marks = ""
        for at in range(place, len(off)):
            said = weak > 0 and ends[weak][at] == ends[weak - 1][at + 1] + off[at]
            marks += "-" if said else " "
            weak -= said
        return marks

    def _foot(self, metre: Metre, start: int, span: int, strain: float) -> str:
        """Which foot goes over `span` syllables from `start` at that strain."""
        return min(
            metre.spans[span - 2],
            key=lambda foot: abs(
                self._plain[foot][start]
                + self._price(metre.prices[foot], start, start + span)
                - strain
            ),
        )
