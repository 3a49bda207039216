"""Which forms a poem keeps. What is known of its lines goes in, the nearest forms come out.

A form is held against the poem turn by turn. Each rule that it has is kept by a share of the lines;
the score is the geometric mean of the shares, so that a form one of whose rules nobody heeds scores
nothing, times the share of the lines that it has a place for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from duende.poem import Language
from duende.poetics.forms import UNRHYMED, Form, Shape, forms
from duende.poetics.rules import Break, Fault, Line, Rhyming, Turns, Verses

__all__ = ["Break", "Line", "Match", "nearest"]

KEPT = 0.75
"""The score from which a poem is said to keep a form; below it is free verse first of all.

Of a thousand poems with their lines shuffled, which leaves them their measure and the words that
could rhyme, 5 % (Spanish, half of it sonnets) and 3 % (English) reach it; at 0.7 it was 11 % of the
Spanish. English poems from 0.70 to 0.75 keep other forms than the one found, most of them: half of
one rule and all of another make 0.71.
"""
NEAR = 0.6
"""The score from which a form is named at all, with what breaks it."""
ASKS = 0.1
"""How much a form that asks more of each line is put before one that asks less."""
PRINTED = 0.02
"""How much a form is put forward whose turns are the stanzas as they are printed."""
GLANCE = 240
"""Forms that score little in so many lines are not held against the rest of a longer poem."""
AT_MOST = 5
MOST_BREAKS = 100


@dataclass(frozen=True, slots=True)
class Match:
    """A form, how near the poem is to it (1 keeps it wholly), and the first lines that break it."""

    form: str
    score: float
    breaks: tuple[Break, ...] = ()


def nearest(lines: Sequence[Line], lang: Language, rhyme: Rhyming) -> tuple[Match, ...]:
    """The forms that the poem is nearest to, the best first, five at most.

    Of forms that score alike, the one that asks more comes first. A poem that keeps none is free
    verse, before the forms that it comes near.

    >>> endings = ("-aba", "-ento", "-ento", "-aba")
    >>> verses = [Line("…", 1, 8, 8, 8) for _ in endings]
    >>> rhyme = lambda one, other: "consonante" if endings[one] == endings[other] else None
    >>> nearest(verses, "es", rhyme)[0].form
    'redondilla'
    """
    known = [form for form in forms() if lang in form.lang and form.id != "free"]
    if len(lines) > GLANCE:
        glance = Verses(lines[:GLANCE], rhyme)
        known = [form for form in known if _against(glance, form).score >= NEAR]
    verses = Verses(lines, rhyme)
    held = [_against(verses, form) for form in known]
    held.sort(key=lambda each: each.precedence, reverse=True)
    near = [each.match for each in held if each.score >= NEAR]
    if not near or near[0].score < KEPT:
        near.insert(0, Match("free", 1.0))
    return tuple(near[:AT_MOST])


@dataclass(frozen=True, slots=True)
class _Layout:
    """The poem cut into turns (their first line and length), and the share of lines that fit."""

    turns: Turns
    fit: float
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class _Held:
    """A form held against the poem. `asks` is how much it asks of a line."""

    form: Form
    score: float = 0.0
    asks: float = 0.0
    printed: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def precedence(self) -> tuple[float, int]:
        """What the held forms are sorted by."""
        return self.score + ASKS * self.asks + PRINTED * self.printed, self.form.unit

    @property
    def match(self) -> Match:
        """The same, told to others."""
        first = sorted(self.faults)[:MOST_BREAKS]
        breaks = tuple(Break(line + 1, *told) for line, *told in first)
        return Match(self.form.id, round(self.score, 3), breaks)


def _against(verses: Verses, form: Form) -> _Held:
    """The form in the shape and layout in which it is kept best."""
    best = _Held(form)
    if len(verses.lines) < max(2, form.least):
        return best
    for shape in form.shapes:
        for layout in _layouts(verses, form, len(shape)):
            held = _hold(verses, form, shape, layout)
            best = max(best, held, key=lambda each: each.score)
    return best


def _layouts(verses: Verses, form: Form, unit: int) -> Iterator[_Layout]:
    """The ways to cut the poem into turns: in one run, and each printed stanza by itself."""
    yield _cut(form, unit, [len(verses.lines)])
    if form.repeats == "afresh" and any(length % unit for length in verses.stanzas):
        yield _cut(form, unit, verses.stanzas)


def _cut(form: Form, unit: int, runs: Iterable[int]) -> _Layout:
    """The runs cut into turns; one that lacks a third of its lines at most counts as a turn."""
    turns: list[tuple[int, int]] = []
    faults: list[Fault] = []
    endings = {0, *map(len, form.closing)}
    start = missing = astray = 0
    for run in runs:
        whole = run // unit if form.repeats != "once" else min(1, run // unit)
        rest = run - whole * unit
        cut_short = 2 * unit <= 3 * rest < 3 * unit and (form.repeats != "once" or not whole)
        turns += [(start + turn * unit, unit) for turn in range(whole)]
        if rest in endings or cut_short:
            turns += [(start + whole * unit, rest)] if rest else []
        else:
            astray += rest
        if rest not in endings:
            missing += cut_short * (unit - rest)
            expected = unit * max(1, whole + cut_short)
            faults.append((start + run - 1, "lines", str(expected), str(run)))
        start += run
    return _Layout(turns, (start - astray) / (start + missing), faults)


def _hold(verses: Verses, form: Form, shape: Shape, layout: _Layout) -> _Held:
    """One shape in one layout; nobody listens for rhymes where the measure is hopeless."""
    measured = any(shape.syllables) and not form.loose
    kept = [verses.measure(form, shape, layout.turns)] if measured else []
    if layout.fit < NEAR / 2 or (measured and kept[0].share < NEAR / 2):
        return _Held(form)
    links = 0.0
    if form.rhyme:
        links, rhymes = verses.rhymes(form, shape, layout.turns)
        kept.append(rhymes)
    if form.refrains:
        kept.append(verses.refrains(form, layout.turns))
    # Not to rhyme is no merit: what has no rhyme is not halfway to blank verse.
    merits = 1 if shape.schemes[0] == UNRHYMED else len(kept)
    stanzas = set(verses.stanzas)
    return _Held(
        form,
        score=layout.fit * prod(each.share for each in kept) ** (1 / merits),
        asks=links + measured + bool(form.refrains),
        printed=stanzas == {len(shape)} or (form.together and len(verses.stanzas) == 1),
        faults=(*layout.faults, *(fault for each in kept for fault in each.faults)),
    )
