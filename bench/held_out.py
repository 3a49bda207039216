"""People's verse in a form, from the splits of a corpus that the voice has not seen.

A form and the corpus go in, beginnings of poems that keep the form come out: what the composer's
are held against. Few poems say what form they are in, so each is held to the form's own plan.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from duende.composer.fit import Wanted, faults, rhymes_as
from duende.evaluation.people import read_split
from duende.poem import Language
from duende.poetics.forms import Form, Slot

KEPT = 0.85
"""Share of the lines, and of the rhymes, that keep the form: people do not keep all of them."""

MISCOUNTED = {"syllables", "one syllable off"}


def in_form(corpus: Path, form: Form, lang: Language, lines: int) -> list[str]:
    """The beginnings of held-out poems that keep a form for some `lines` lines, each once.

    Where no poem does, as with haiku in old verse, the beginnings of all.
    """
    said = [[line for line in text.split("\n") if line.strip()] for text in _texts(corpus, lang)]
    long_enough = [each[:lines] for each in said if len(each) >= lines]
    plans = [form.plan(lines, shape=shape) for shape in form.shapes]
    kept = [each for each in long_enough if any(_keeps(each, plan, form, lang) for plan in plans)]
    return ["\n".join(each) for each in kept or long_enough]


@cache
def _texts(corpus: Path, lang: Language) -> tuple[str, ...]:
    return tuple(
        poem.text for poem in read_split(corpus, "validation", "test") if poem.lang == lang
    )


def _keeps(lines: Sequence[str], plan: Sequence[Slot], form: Form, lang: Language) -> bool:
    if len(plan) != len(lines):
        return False
    good = [
        any(
            not MISCOUNTED & set(faults(line, Wanted(lang, count, tolerance=form.tolerance)))
            for count in slot.syllables
        )
        for line, slot in zip(lines, plan, strict=True)
    ]
    if sum(good) < KEPT * len(good):
        return False
    heard = [
        rhymes_as(lines[one], lines[other], kind=form.rhyme, lang=lang)
        for one, other in pairs(plan)
    ]
    return sum(heard) >= KEPT * len(heard)


def pairs(plan: Sequence[Slot]) -> Iterator[tuple[int, int]]:
    """The places of lines that rhyme, each with the next in its rhyme."""
    last: dict[str, int] = {}
    for at, slot in enumerate(plan):
        if slot.letter and slot.refrain is None:
            key = slot.letter.upper()
            if key in last:
                yield last[key], at
            last[key] = at
