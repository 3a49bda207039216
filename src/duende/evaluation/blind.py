"""A blind reading: the poems of two voices from the same first lines, side by side and unnamed.

Samples go in; a text for the reader comes out, and apart from it the key.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from duende.evaluation.poems import Sample
from duende.language import LANGUAGES

SEED = "a blind reading"  # the same pairs in the same order for the same poems


@dataclass(frozen=True, slots=True)
class Pair:
    """Two poems from one first line, A and B, and who wrote which."""

    first_line: str
    poems: tuple[str, str]
    writers: tuple[str, str]


def pairs(sets: Mapping[str, Sequence[Sample]], *, count: int) -> list[Pair]:
    """`count` pairs of poems by the first two of the sets, half of them in each language.

    Which lines, their order and who stands first are drawn, always the same for the same poems.

    >>> one = Sample("en", "Rain", ("falls.",))
    >>> two = Sample("en", "Rain", ("and rain.",))
    >>> sorted(pairs({"x": [one], "y": [two]}, count=1)[0].writers)
    ['x', 'y']
    """
    (one, ours), (other, theirs) = list(sets.items())[:2]
    draw = random.Random(SEED)
    chosen = []
    counterparts = {_given(sample): sample for sample in theirs}
    for lang in LANGUAGES:
        here = [each for each in ours if each.lang == lang and each.kind == "ordinary"]
        here = [each for each in here if _given(each) in counterparts]
        draw.shuffle(here)
        # Each first line once, before any comes again with another seed.
        here.sort(key=lambda sample: sample.seed)
        chosen.append(here)
    both = [each for pair in zip_longest(*chosen) for each in pair if each is not None][:count]
    found = []
    for sample in both:
        sides = [(one, sample), (other, counterparts[_given(sample)])]
        draw.shuffle(sides)
        (first, a), (second, b) = sides
        found.append(Pair(sample.first_line, (a.whole, b.whole), (first, second)))
    return found


def sheet(read: Sequence[Pair]) -> str:
    """The pairs as Markdown for a reader, who writes down which is better and why."""
    blocks = ["# A blind reading", "Which of the two is the better poem, A or B, and why?"]
    for number, pair in enumerate(read, start=1):
        blocks.append(f"## {number}")
        for letter, poem in zip("AB", pair.poems, strict=True):
            quoted = "\n".join(f"    {line}" for line in poem.split("\n"))
            blocks += [f"**{letter}**", quoted]
        blocks.append("Better:")
    return "\n\n".join(blocks) + "\n"


def key(read: Sequence[Pair]) -> dict[str, dict[str, str]]:
    """Who wrote A and B of each pair, by its number on the sheet."""
    return {
        str(number): dict(zip("AB", pair.writers, strict=True))
        for number, pair in enumerate(read, start=1)
    }


def _given(sample: Sample) -> tuple[str, str, int]:
    return sample.lang, sample.first_line, sample.seed
