"""Writes verse in a form: line by line, each chosen among candidates that keep metre and rhyme.

Lanes and a draft go in, lines come out, each when it is accepted. For every line its place in the
form says what is wanted; `candidates` proposes last words that rhyme and writes towards them; `fit`
judges, `rank` chooses. Where nothing fits, what is asked is relaxed in stated steps, and the line
says so.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import get_args

from duende.composer.candidates import (
    Asked,
    Reading,
    parted,
    propose_words,
    write_lines,
)
from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Lane, Sampling
from duende.composer.fit import AS_GOOD, WEAK, Fault, Wanted, faults, loosened, rhymes_as
from duende.composer.objections import objection
from duende.composer.rank import heard, worth
from duende.errors import EngineError
from duende.poem import Finish, full_stop
from duende.poetics.dictionary import Rhyme, endings, find_rhymes, leans
from duende.voice.prompts import last_word

WORDS = 6
"""Words that are drawn to end a line, and written towards in turn."""
TRIES = 6
"""Lines that are begun in a batch, one towards each word."""
ENOUGH = 2
"""Lines that fit, after which no more are written; once a batch is over, one is enough."""
BENT = -12.5
"""A line with a word that is less likely (nats) where it stands was bent to reach its end."""
RELAXED_AFTER = 3
"""Batches before what is asked is relaxed, and between one step and the next."""
ROUNDS = 14
"""Batches before we give up."""
RARE = 0.05
"""A token that is this share as likely as the likeliest may come: a line is chosen among several,
and what free verse does not dare may be the best of them."""
WARMER = 0.05
"""Added to the temperature with each further batch."""
RHYMES = 250
"""Rhyming words that are looked at, the most used."""
COMMON = 40.0
"""A word ends so many lines of a million, and more: what is rarer is reached by bending a line."""
FEW = 12
"""Rhyming words that are offered, however rare."""
POOR = 6
"""Rhyming words under which weak rhymes are offered at once."""
TASTE = 6
"""Batches after which a line may say again what was said."""
RICH = 10
"""Common rhymes that an ending has, and more, for each line that must rhyme with it."""

STEPS: tuple[frozenset[Fault], ...] = (
    frozenset(),
    frozenset({"metre"}),
    frozenset({"metre", "stretch", "weak rhyme", "stray rhyme"}),
    frozenset({"metre", "stretch", "weak rhyme", "stray rhyme", "one syllable off"}),
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
    """A line, its faults, and what it is worth beside the others before it is read."""

    line: str
    faults: tuple[Fault, ...]
    worth: float

    @property
    def text(self) -> str:
        """The line as it is read."""
        return f"{self.line}\n"


def write_verse(
    lanes: Sequence[Lane],
    draft: Draft,
    *,
    sampling: Sampling,
    ending: Ending,
) -> Generator[str, None, Finish]:
    """Yield the lines that `draft` has not, blank ones between stanzas; say how it ended.

    Raises `EngineError` where nothing can be used, and `ContextFull`.
    """
    for place in range(len(draft.lines), len(draft.plan)):
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
    """The line for a place: the best of those that fit, or that fit best.

    None where the reader stops it, or time is up.
    """
    writers, readers = parted(lanes)
    with Reading(readers, draft.prompt(place)) as reading:

        def enough(batch: int, fitting: Sequence[Judged]) -> bool:
            if batch:
                return any(not _bent(reading, each) for each in fitting)
            # A lone writer is not disturbed, so that its poem comes back from its seed.
            for each in fitting if len(writers) > 1 else ():
                reading.begin(each.text)
            return len(fitting) >= ENOUGH

        found = look(lanes, draft, place, sampling, ending, enough=enough)
        for batch, (judged, let_off) in enumerate(found):
            fitting = [each for each in judged if let_off.issuperset(each.faults)]
            if batch < RELAXED_AFTER:
                fitting = [each for each in fitting if not _bent(reading, each)]
            if fitting:
                best = max(fitting, key=lambda each: each.worth + heard(reading.weight(each.text)))
                return Chosen(best.line, best.faults)
    if ending.is_near():
        return None
    raise EngineError("The voice wrote nothing that keeps the form: try another first line.")


def _bent(reading: Reading, judged: Judged) -> bool:
    """Whether a line was bent to end as it does: somewhere it reads like a mistake."""
    return reading.weight(judged.text).rarest < BENT


def look(
    lanes: Sequence[Lane],
    draft: Draft,
    place: int,
    sampling: Sampling,
    ending: Ending,
    *,
    enough: Callable[[int, Sequence[Judged]], bool],
) -> Iterator[tuple[Sequence[Judged], frozenset[Fault]]]:
    """Yield, batch after batch, the different lines so far and what they may be let off.

    A batch (the first is 0) is over where those that fit are `enough` in it. It ends where the
    reader stops it, where time is up, and after the last batch.
    """
    writers, _ = parted(lanes)
    wanted = draft.wanted(place)
    poor = wanted and wanted.fellows and len(_rhyming_words(wanted, weak=False)) < POOR
    leave: frozenset[Fault] = frozenset({"weak rhyme"} if poor else ())
    words: tuple[str, ...] = ()
    judged: dict[str, Judged] = {}
    for batch in range(ROUNDS):
        relaxed = batch // RELAXED_AFTER
        let_off = STEPS[min(relaxed, len(STEPS) - 1)] | leave
        temperature = sampling.temperature + WARMER * batch
        bolder = replace(sampling, temperature=temperature, min_p=RARE)
        to_end, *drawn = draft.draws(bolder, 1 + TRIES)
        if wanted and (relaxed or not words):
            words = _proposed(writers[0], draft, place, to_end, weak="weak rhyme" in let_off)
            writers[0].share(writers[1:])
        loosely = wanted and loosened(wanted, let_off)
        towards = islice(cycle(words or ("",)), batch * TRIES, None)
        asked = [
            Asked(draft.prompt(place, wanted, word), each, word, loosely)
            for each, word in zip(drawn, towards, strict=False)
        ]
        with closing(write_lines(writers, asked, stopped=ending.is_near)) as lines:
            for line in lines:
                if ending.is_near():
                    return
                draft.attempts += 1
                if each := _judged(line, draft, place, taste=batch < TASTE):
                    judged[line] = each
                    fitting = [each for each in judged.values() if let_off.issuperset(each.faults)]
                    if enough(batch, fitting):
                        break
        if ending.is_near():
            return
        yield list(judged.values()), let_off


def _judged(line: str, draft: Draft, place: int, *, taste: bool) -> Judged | None:
    """A line with its faults and its worth, None if it may not stand."""
    reason = objection(line, draft, taste=taste) if line else "unfinished"
    if reason is not None:
        draft.rejected[reason] += 1
        return None
    wanted = draft.wanted(place)
    told = faults(line, wanted) if wanted else ()
    draft.rejected.update(told)
    others = [other for at, other in enumerate(draft.lines) if at != place]
    return Judged(line, told, worth(line, told, others, last=place == len(draft.plan) - 1))


def _proposed(
    lane: Lane, draft: Draft, place: int, sampling: Sampling, *, weak: bool
) -> tuple[str, ...]:
    """Words to end the line at a place with: those that rhyme with the lines that it rhymes with,
    or with enough others if it is the first of its rhyme; if there are none, any."""
    wanted = draft.wanted(place)
    assert wanted is not None
    rich = RICH * draft.fellows_to_come(place)
    choices = (
        _rhyming_words(wanted, weak=weak) if wanted.fellows else (),
        endings(wanted.lang, common=COMMON, kind=wanted.kind or None, rhymes=rich),
    )
    for among in filter(None, choices):
        found = propose_words(
            lane,
            draft.prompt(place, wanted),
            among,
            sampling,
            WORDS,
            may_end=lambda word: _may_end(word, wanted),
        )
        if found:
            return found
    return ()


def _may_end(word: str, wanted: Wanted) -> bool:
    """Whether a line can close with a word: it is new, and rhymes with no line but its fellows."""
    if word in wanted.used or leans(word, lang=wanted.lang):
        return False
    return not any(
        rhymes_as(word, stranger, kind=wanted.kind, lang=wanted.lang)
        for stranger in wanted.strangers
    )


def _rhyming_words(wanted: Wanted, *, weak: bool) -> Sequence[Rhyme]:
    """The words that rhyme with the lines that a line rhymes with; in `weak` rhymes too."""
    ending = last_word(wanted.fellows[0])
    kinds = (*AS_GOOD[wanted.kind], *(WEAK.get(wanted.kind, ()) if weak else ()))
    found: list[Rhyme] = []
    for kind in kinds:
        for each in find_rhymes(ending, lang=wanted.lang, kind=kind, limit=RHYMES):
            if each.frequency < COMMON and len(found) >= FEW:
                break
            if each.word.isalpha():
                found.append(each)
    return found
