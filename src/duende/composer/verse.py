"""Writes verse in a form: line by line, each chosen among candidates that keep metre and rhyme.

Lanes, a form and a first line go in, lines come out, each when it is accepted. For every line its
place in the form says what is wanted; the voice proposes a last word that rhymes (the grammar of
the rhyming words is all that binds it) and writes towards it; `fit` judges, `rank` chooses. Where
nothing fits, what is asked is relaxed in stated steps, and the line says so.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from duende.composer.candidates import Asked, Candidate, write_candidates
from duende.composer.engine import Lane, Sampling, seed_of
from duende.composer.fit import AS_GOOD, WEAK, Fault, Wanted, faults, rhymes_as
from duende.composer.objections import objection
from duende.composer.rank import worth
from duende.errors import EngineError
from duende.poem import Finish, Language, full_stop
from duende.poetics.dictionary import find_rhymes
from duende.poetics.forms import Form, Shape, Slot
from duende.poetics.scan import scan
from duende.voice.prompts import CODE_END, Code, encode, last_word
from duende.voice.voices import Voice

BATCH = 8
"""Candidates that are written before the next look."""
ENOUGH = 3
"""Candidates that fit, after which no more are written."""
ROUNDS = 3
"""Batches before what is asked is relaxed."""
HARD_ROUNDS = 8
"""Batches before we give up."""
WARMER = 0.1
"""Added to the temperature with each further batch."""
RHYMES = 250
"""Rhyming words that are offered, the most used."""
FEW = 6
"""Rhyming words under which weak rhymes are offered at once."""
RICH = 20
"""An ending that others must rhyme with has so many rhymes, and more."""

SYLLABLES_A_WORD = 1.35
"""Fewer than verse has in either language, so that a poem has no more words than asked for."""

STEPS: tuple[frozenset[Fault], ...] = (
    frozenset(),
    frozenset({"stretch", "metre"}),
    frozenset({"stretch", "metre", "weak rhyme", "stray rhyme"}),
    frozenset({"stretch", "metre", "weak rhyme", "stray rhyme", "one syllable off"}),
    frozenset(get_args(Fault)),
)
"""What is let pass, step by step, where nothing better was found."""


@dataclass(frozen=True)
class Chosen:
    """A line, and what it was let off."""

    line: str
    let_off: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A candidate, its faults, and what it is worth beside the others."""

    candidate: Candidate
    faults: tuple[Fault, ...]
    worth: float


@dataclass(frozen=True)
class Ending:
    """What ends a poem before its last line: a time of `time.monotonic`, or the reader."""

    deadline: float = math.inf
    stopped: Callable[[], bool] = bool

    def is_near(self) -> bool:
        """Whether nothing further is to be written."""
        return self.stopped() or time.monotonic() > self.deadline

    @property
    def finish(self) -> Finish:
        """How the poem finished, if it did so here."""
        return "stopped" if self.stopped() else "deadline"


@dataclass
class Draft:
    """The poem so far: its lines without the blanks, their codes, what each was let off."""

    lang: Language
    voice: Voice
    era: str
    form: Form
    plan: Sequence[Slot]
    lines: list[str] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    let_off: list[tuple[Fault, ...]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    room: int = 99

    @property
    def examples(self) -> Sequence[Sequence[str]]:
        """The poems that the voice is shown."""
        return self.voice.examples.get(self.lang, ())

    def prompt(self, place: int, wanted: Wanted | None) -> str:
        """The poem as the voice reads it, up to the line at `place` and its open code."""
        codes = [*self.codes[:place], Code(wanted.syllables)] if wanted else None
        return encode(
            self._with_breaks(place),
            lang=self.lang,
            era=self.era,
            form=self.form.id,
            codes=codes,
            examples=self.examples,
        )

    def leading_to(self, place: int, line: str) -> tuple[str, str]:
        """The poem up to the line at `place` with `line` before it; and what stands before that
        line's own words: its code, in a form."""
        other = replace(
            self, lines=self.lines[: place - 1], codes=self.codes[: place - 1], let_off=[]
        )
        other.add(line)
        if not self.plan[place].syllables:
            return other.prompt(place, None), ""
        code = self.codes[place]
        wanted = Wanted(self.lang, code.syllables)
        return other.prompt(place, wanted), f" {code.word}{CODE_END} "

    def wanted(self, place: int) -> Wanted | None:
        """What the line at `place` (0 is the first) has to be; None where it may be anything."""
        slot = self.plan[place]
        if not slot.syllables:
            return None
        others = [
            (other, line)
            for at, (other, line) in enumerate(zip(self.plan, self.lines, strict=False))
            if at != place
        ]
        key = _key(slot)
        return Wanted(
            lang=self.lang,
            syllables=self._syllables(slot),
            metre=slot.metre,
            tolerance=self.form.tolerance,
            kind=self.form.rhyme,
            fellows=tuple(line for other, line in others if key and _key(other) == key),
            strangers=tuple(line for other, line in others if _key(other) != key)
            if self.form.rhyme
            else (),
            used=frozenset(last_word(line) for _, line in others),
        )

    def begin(self, first_line: str) -> None:
        """Take the reader's line as it is; what it does not keep is told."""
        wanted = self.wanted(0)
        told = [
            faults(first_line, replace(wanted, syllables=each))
            for each in self.plan[0].syllables
            if wanted
        ]
        self.add(first_line, min(told, key=len, default=()))

    def add(self, line: str, let_off: tuple[Fault, ...] = ()) -> None:
        """Let a line stand."""
        (said,) = scan(line, lang=self.lang).lines
        self.lines.append(line)
        self.codes.append(Code(said.syllables, last_word(line) or "…"))
        self.let_off.append(let_off)

    def fellows_to_come(self, place: int) -> int:
        """How many of the lines after a place rhyme with it."""
        key = _key(self.plan[place])
        return sum(_key(slot) == key for slot in self.plan[place + 1 :]) if key else 0

    def _with_breaks(self, place: int) -> list[str]:
        """The lines before a place with a blank one between stanzas, before that place too."""
        found: list[str] = []
        for at, line in enumerate([*self.lines[:place], ""]):
            if at and self.plan[at].stanza != self.plan[at - 1].stanza:
                found.append("")
            found.append(line)
        return found[:-1]

    def _syllables(self, slot: Slot) -> int:
        """The count to aim at; where there are several, the one that was used least."""
        used = Counter(code.syllables for code in self.codes)
        return min(slot.syllables, key=lambda count: used[count])


def nearest_shape(form: Form, first_line: str, lang: Language) -> Shape:
    """The shape of the form whose first line counts what `first_line` does, else the usual one.

    >>> from duende.poetics.forms import find_form
    >>> romance = find_form("romance", "es")
    >>> nearest_shape(romance, "En el fondo del agua duerme el trigo", "es").syllables[0]
    (11,)
    """
    for shape in form.shapes:
        wanted = (Wanted(lang, each, tolerance=form.tolerance) for each in shape.syllables[0])
        if not all(faults(first_line, each) for each in wanted):
            return shape
    return form.shapes[0]


def plan_within(form: Form, words: int, shape: Shape | None = None) -> tuple[Slot, ...]:
    """The form's plan in as many turns as will fit into some `words` words, one at least.

    `shape` is one of the form's, the usual one where it is None.

    >>> from duende.poetics.forms import find_form
    >>> soneto, romance = (find_form(name, "es") for name in ("soneto", "romance"))
    >>> len(plan_within(soneto, 40)), len(plan_within(romance, 60)), len(plan_within(romance, 200))
    (14, 10, 16)
    """
    plan = form.plan(shape=shape)
    for lines in range(form.lines, 0, -len(shape or form.shapes[0])):
        plan = form.plan(lines, shape=shape)
        if sum(max(slot.syllables, default=0) for slot in plan) <= words * SYLLABLES_A_WORD:
            break
    return plan


def write_verse(
    lanes: Sequence[Lane],
    draft: Draft,
    *,
    sampling: Sampling,
    ending: Ending,
) -> Generator[str, None, Finish]:
    """Yield the lines after the first of `draft`, blank ones between stanzas; say how it ended.

    Raises `EngineError` where nothing can be used, and `ContextFull`.
    """
    for place in range(1, len(draft.plan)):
        slot = draft.plan[place]
        if slot.refrain is not None:
            chosen: Chosen | None = Chosen(draft.lines[slot.refrain - 1])
        else:
            chosen = _choose(lanes, draft, place, sampling, ending)
        if chosen is None:
            return ending.finish
        line = full_stop(chosen.line) if place == len(draft.plan) - 1 else chosen.line
        draft.add(line, chosen.let_off)
        if slot.stanza != draft.plan[place - 1].stanza:
            yield ""
        yield line
    return "complete"


def _choose(
    lanes: Sequence[Lane], draft: Draft, place: int, sampling: Sampling, ending: Ending
) -> Chosen | None:
    """The line for a place: the best of the candidates that fit, or that fit best.

    None where the reader stops it, or time is up.
    """
    for batch, (judged, steps) in enumerate(look(lanes, draft, place, sampling, ending)):
        needed = ENOUGH if batch < ROUNDS - 1 else 1
        for let_off in steps:
            fitting = [each for each in judged if let_off.issuperset(each.faults)]
            if len(fitting) >= needed:
                best = max(fitting, key=lambda each: each.worth)
                return Chosen(best.candidate.line, best.faults)
    if ending.is_near():
        return None
    raise EngineError("The voice wrote nothing that keeps the form: try another first line.")


def look(
    lanes: Sequence[Lane], draft: Draft, place: int, sampling: Sampling, ending: Ending
) -> Iterator[tuple[Sequence[Judged], Sequence[frozenset[Fault]]]]:
    """Yield, batch after batch, the candidates so far and the steps of what may be let pass.

    It ends where the reader stops it, where time is up, and after the last batch.
    """
    wanted = draft.wanted(place)
    strict = _rhyming_words(wanted, weak=False)
    poor = wanted is not None and bool(wanted.fellows) and len(strict) < FEW
    fellows = draft.fellows_to_come(place)
    judged: list[Judged] = []
    for batch in range(HARD_ROUNDS):
        steps = STEPS[: max(1, batch - ROUNDS + 2)]
        if poor:
            steps = tuple(each | {"weak rhyme"} for each in steps)
        weak = "weak rhyme" in steps[-1]
        asked = Asked(
            prompt=draft.prompt(place, wanted),
            wanted=wanted,
            words=_rhyming_words(wanted, weak=True) if weak else strict,
            may_end=lambda word: _may_end(word, wanted, fellows=fellows),
        )
        drawn = [
            replace(
                sampling,
                seed=seed_of(sampling.seed, draft.attempts + number),
                temperature=sampling.temperature + WARMER * batch,
            )
            for number in range(BATCH)
        ]
        draft.attempts += BATCH
        written = write_candidates(lanes, asked, drawn, stopped=ending.is_near)
        if ending.is_near():
            return
        draft.rejected["unfinished"] += BATCH - len(written)
        judged += _judged(written, wanted, draft, place, taste=batch < ROUNDS)
        yield judged, steps


def _judged(
    written: Sequence[Candidate],
    wanted: Wanted | None,
    draft: Draft,
    place: int,
    *,
    taste: bool,
) -> list[Judged]:
    """The candidates that may stand, each with its faults and its worth."""
    found: list[Judged] = []
    last = place == len(draft.plan) - 1
    others = [line for at, line in enumerate(draft.lines) if at != place]
    for candidate in written:
        reason = objection(candidate.line, draft, taste=taste)
        if reason is None:
            told = faults(candidate.line, wanted) if wanted else ()
            draft.rejected.update(told)
            found.append(Judged(candidate, told, worth(candidate, others, last=last)))
        else:
            draft.rejected[reason] += 1
    return found


def _rhyming_words(wanted: Wanted | None, *, weak: bool) -> tuple[str, ...]:
    """The words that may end the line, where it rhymes with another; `weak` rhymes too."""
    if wanted is None or not wanted.fellows:
        return ()
    ending = last_word(wanted.fellows[0])
    kinds = (*AS_GOOD[wanted.kind], *(WEAK.get(wanted.kind, ()) if weak else ()))
    found = [
        each.word
        for kind in kinds
        for each in find_rhymes(ending, lang=wanted.lang, kind=kind, limit=RHYMES)
    ]
    return tuple(word for word in found if word not in wanted.used and word.isalpha())


def _may_end(word: str, wanted: Wanted | None, *, fellows: int) -> bool:
    """Whether a line whose rhyme is free may end in `word`."""
    if wanted is None:
        return True
    if word in wanted.used or not word[-1:].isalpha():
        return False
    if fellows:
        found = find_rhymes(word, lang=wanted.lang, kind=wanted.kind, limit=RICH)
        if len(found) < RICH:
            return False
    return not any(
        rhymes_as(word, stranger, kind=wanted.kind, lang=wanted.lang)
        for stranger in wanted.strangers
    )


def _key(slot: Slot) -> str:
    """What lines that rhyme have in common."""
    return (slot.letter or "").upper()
