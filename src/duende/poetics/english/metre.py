"""Feet laid over the syllables of a line: strains of syllables in, the least strain by metre out.

Every metre is a row of feet, and a foot may be another than the metre's own at a price
(`metre.toml`): the foot substitutions of the handbooks (Attridge, *The Rhythms of English Poetry*,
1982; Hayes, "A grid-based theory of English meter", 1983). The cheapest row is found foot by foot
(dynamic programming). Knows nothing of words.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add
from typing import Any

LENGTHS = ("mono", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa")
FREE = "free"
LONGEST = 28  # syllables: eight feet of three, and what may stand around them
NEVER = float("inf")

Costs = list[float]


@dataclass(frozen=True, slots=True)
class Metre:
    """A family of metres: what its feet ask first, after a pause, elsewhere and last."""

    names: tuple[str, ...]
    feet: tuple[tuple[str, tuple[float, float, float, float]], ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    rare: tuple[float, ...]


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
            feet=tuple(
                (foot, tuple(NEVER if price < 0 else price for price in prices))
                for foot, prices in rows["feet"].items()
            ),
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


class Feet:
    """The metres over one line.

    >>> beat, off = zip(*[(3.0, 0.0), (0.0, 3.0)] * 4)
    >>> feet = Feet(Weights(beat, off, [NEVER] * 8))
    >>> min(feet.strains, key=feet.strains.get), feet.beats("iambic tetrameter")
    ('iambic tetrameter', '-+-+-+-+')
    """

    __slots__ = ("_edges", "_ends", "_levels", "_loose", "_spans", "_weights", "strains")

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._loose = [place for place, strain in enumerate(weights.drop) if strain != NEVER]
        self._levels: dict[str, list[Costs]] = {}
        self._edges: dict[str, dict[int, Costs]] = {}
        self.strains: dict[str, float] = {}
        size = len(weights.beat)
        if size == 0:
            return
        free = table()["free"]
        self.strains[FREE] = free["line"] + free["syllable"] * size
        if size <= LONGEST:
            self._spans = self._measured()
            self._ends = self._closings()
            for family, metre in metres().items():
                self._lay(family, metre)

    def _measured(self) -> dict[str, dict[int, Costs]]:
        """What each foot asks at each place, by how many syllables it goes over."""
        beat, off, drop = self._weights.beat, self._weights.off, self._weights.drop
        iamb = list(map(add, off, beat[1:]))
        trochee = list(map(add, beat, off[1:]))
        spans = {
            "+": {1: list(beat)},
            "-+": {2: iamb},
            "+-": {2: trochee},
            "--+": {3: list(map(add, off, iamb[1:]))},
            "+--": {3: list(map(add, trochee, off[2:]))},
        }
        size = len(beat)
        for gone in self._loose:
            for foot, spanned in spans.items():
                length = len(foot)
                for start in range(max(gone - length + 1, 0), min(gone, size - length)):
                    said = [place for place in range(start, start + length + 1) if place != gone]
                    strain = drop[gone] + sum(
                        (beat if mark == "+" else off)[place]
                        for mark, place in zip(foot, said, strict=True)
                    )
                    wide = spanned.setdefault(length + 1, [NEVER] * (size - length))
                    wide[start] = min(wide[start], strain)
        return spans

    def _closings(self) -> list[Costs]:
        """What it asks to end a line from each of its last places with 0, 1, 2 weak syllables."""
        off, drop = self._weights.off, self._weights.drop
        size = len(off)
        ends = [[NEVER] * size + [0.0], [NEVER] * (size + 1), [NEVER] * (size + 1)]
        for place in range(size - 1, max(size - 4, -1), -1):
            ends[0][place] = ends[0][place + 1] + drop[place]
            for weak in (1, 2):
                ends[weak][place] = min(
                    ends[weak - 1][place + 1] + off[place], ends[weak][place + 1] + drop[place]
                )
        return ends

    def _priced(self, metre: Metre) -> dict[int, Costs]:
        """The least that a foot of this metre asks at each place, by its span."""
        size = len(self._weights.beat)
        edges: dict[int, Costs] = {}
        for foot, (first, paused, elsewhere, last) in metre.feet:
            for span, strains in self._spans[foot].items():
                if not strains:
                    continue
                if elsewhere == NEVER:
                    priced = [NEVER] * len(strains)
                elif elsewhere:
                    priced = [strain + elsewhere for strain in strains]
                else:
                    priced = strains[:]
                if paused != elsewhere:
                    for place in self._weights.pauses:
                        if place < len(priced):
                            priced[place] = strains[place] + paused
                if last != elsewhere:
                    for place in range(max(size - span - 1, 0), len(priced)):
                        if self._ends[0][place + span] < NEVER:
                            priced[place] = strains[place] + last
                priced[0] = strains[0] + (first if first < NEVER or len(priced) > 1 else last)
                edges[span] = list(map(min, edges[span], priced)) if span in edges else priced
        return edges

    def _lay(self, family: str, metre: Metre) -> None:
        """Feet one after the other, up to eight, and what may follow the last."""
        weights, loose = self._weights, self._loose
        size = len(weights.beat)
        edges = self._priced(metre)
        level = [NEVER] * (size + 1)
        strain = 0.0
        for place, price in enumerate(metre.before[: size + 1]):
            level[place] = strain + price
            if place < size:
                strain += weights.off[place]
        finish = [
            (place, min(map(add, metre.after, (end[place] for end in self._ends))))
            for place in range(max(size - 3, 0), size + 1)
        ]
        levels = [level]
        for feet, rare in enumerate(metre.rare):
            for place in loose:
                gone = level[place] + weights.drop[place]
                if gone < level[place + 1]:
                    level[place + 1] = gone
            following = [NEVER] * (size + 1)
            for span, edge in edges.items():
                for place, strain in enumerate(map(add, level, edge), span):
                    if strain < following[place]:
                        following[place] = strain
            level = following
            levels.append(level)
            total = min(level[place] + strain for place, strain in finish)
            if total < NEVER:
                self.strains[metre.names[feet]] = total + rare
        self._levels[family] = levels
        self._edges[family] = edges

    def beats(self, name: str) -> str:
        """The cheapest row of that metre: `+` for a beat, `-` for none, a blank for left out."""
        return "".join(self.row(name))

    def row(self, name: str) -> list[str]:
        """What stands before the feet, the feet, what stands after them, in the same marks."""
        family = name.partition(" ")[0]
        metre = metres()[family]
        feet = metre.names.index(name) + 1
        levels, edges = self._levels[family], self._edges[family]
        drop, ends = self._weights.drop, self._ends
        size = len(drop)
        _, place, weak = min(
            (levels[feet][place] + ends[weak][place] + price, place, weak)
            for place in range(max(size - 3, 0), size + 1)
            for weak, price in enumerate(metre.after)
        )
        found = [self._closing(place, weak)]
        while feet:
            strain, before = levels[feet][place], levels[feet - 1]
            for span, edge in edges.items():
                start = place - span
                if start >= 0 and before[start] + edge[start] == strain:
                    found.append(self._foot(metre, span, start, edge[start]))
                    place, feet = start, feet - 1
                    break
            else:  # a syllable left out between two feet
                place -= 1
                found[-1] = f" {found[-1]}"
        found.append(self._opening(metre, place))
        return found[::-1]

    def _opening(self, metre: Metre, place: int) -> str:
        """The marks up to the first foot, which begins at `place`."""
        weak = min(place, len(metre.before) - 1)
        return " " * (place - weak) + "-" * weak

    def _closing(self, place: int, weak: int) -> str:
        """The marks from `place` to the end, of which `weak` are said."""
        off, ends = self._weights.off, self._ends
        marks = ""
        for at in range(place, len(off)):
            said = weak and ends[weak][at] == ends[weak - 1][at + 1] + off[at]
            marks += "-" if said else " "
            weak -= bool(said)
        return marks

    def _foot(self, metre: Metre, span: int, start: int, strain: float) -> str:
        """Which foot goes over `span` syllables from `start` at that strain."""
        found = (NEVER, "")
        for foot, prices in metre.feet:
            strains = self._spans[foot].get(span)
            if strains and strains[start] < NEVER:
                short = min(abs(strains[start] + price - strain) for price in prices)
                found = min(found, (short, foot))
        foot = found[1]
        if span == len(foot):
            return foot
        columns = {"+": self._weights.beat, "-": self._weights.off, " ": self._weights.drop}
        rows = [f"{foot[:gone]} {foot[gone:]}" for gone in range(1, span - 1)]
        return min(
            rows, key=lambda row: sum(columns[mark][start + at] for at, mark in enumerate(row))
        )
