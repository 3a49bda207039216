"""What a voice must reach and what it aims at, and how far it came: figures in, verdicts out.

The voice stands beside the bare base, which it should better, and beside poems by people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from duende.evaluation.compare import Figures

PEOPLE = "people"
BASE = "base"
Met = Literal["missed", "floor", "aim"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with its floor and its aim.

    `reached` finds it among the figures of all sets, given the voice's name, or None where it was
    not measured. Where `most` holds, less is better.
    """

    what: str
    floor: float
    aim: float
    reached: Callable[[Mapping[str, Figures], str], float | None]
    most: bool = False

    def met(self, reached: float, floor: float) -> Met:
        """What a figure reaches: the aim, the floor or neither.

        >>> GOALS[1].met(0.995, 0.99)
        'floor'
        """
        sign = -1 if self.most else 1
        if sign * reached >= sign * self.aim:
            return "aim"
        return "floor" if sign * reached >= sign * floor else "missed"


def _below_base(figures: Mapping[str, Figures], voice: str) -> float | None:
    bits = figures[voice].bits_per_byte
    base = figures[BASE].bits_per_byte if BASE in figures else None
    return 1 - bits / base if bits and base else None


def _copies(figures: Mapping[str, Figures], name: str) -> float | None:
    originality = figures[name].originality if name in figures else None
    return originality.copies if originality else None


def _distinct(figures: Mapping[str, Figures], voice: str) -> float | None:
    people = figures[PEOPLE].variety.distinct[1] if PEOPLE in figures else 0.0
    return figures[voice].variety.distinct[1] / people if people else None


GOALS = (
    Goal("bits a byte, below the bare base's", 0.08, 0.15, _below_base),
    Goal(
        "lines in the asked language",
        0.99,
        0.998,
        lambda figures, voice: figures[voice].in_language,
    ),
    Goal(
        "poems that end by themselves within 200 words",
        0.90,
        0.98,
        lambda figures, voice: figures[voice].ended,
    ),
    Goal("poems with a copied passage or run", 0.0, 0.0, _copies, most=True),
    Goal("distinct-2, of people's", 0.90, 1.0, _distinct),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal, its floor in this comparison, what was reached, and what that is."""

    what: str
    floor: float
    aim: float
    reached: float | None
    met: Met | None


def verdicts(figures: Mapping[str, Figures], voice: str) -> list[Verdict]:
    """How far a voice came, goal by goal, in one language.

    Of copies people are the floor: they quote each other too.
    """
    found = []
    for goal in GOALS:
        floor = goal.floor
        if goal.most:
            floor = _copies(figures, PEOPLE) or 0.0
        reached = goal.reached(figures, voice)
        met = None if reached is None else goal.met(reached, floor)
        found.append(Verdict(goal.what, floor, goal.aim, reached, met))
    return found
