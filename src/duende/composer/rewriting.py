"""Another line in place of one that stands.

A poem and the place of a line go in, alternatives come out. They fit the form, the rhyme and both
neighbours: each is written after what stands before it, and what stands after it says how well it
leads there.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from duende.composer.candidates import likelihood
from duende.composer.engine import Lane, Sampling
from duende.composer.fit import Fault
from duende.composer.verse import Draft, Ending, Judged, look
from duende.errors import EngineError
from duende.poem import Language, full_stop
from duende.poetics.forms import Form, Slot
from duende.poetics.scan import scan

WEIGHED = 2
"""For each alternative that is asked for, so many are held against the line that follows."""
FOLLOWING = 0.7
"""The weight of how likely the following line is, beside that of the alternative."""


@dataclass(frozen=True)
class Alternative:
    """A line that could stand, how many syllables it counts, and what it is let off."""

    text: str
    syllables: int
    let_off: tuple[Fault, ...]


def plan_of(form: Form, lines: Sequence[str], lang: Language) -> tuple[Slot, ...]:
    """What each of the lines of a poem has to be: what the form says, if it has as many lines.

    Else each line is held to what it is: its syllables, and the lines that it rhymes with.

    >>> from duende.poetics.forms import find_form
    >>> couplet = ["El río se llevó la casa entera", "y nos dejó, de pie, la vieja higuera."]
    >>> [slot.syllables for slot in plan_of(find_form("soneto", "es"), couplet, "es")]
    [(11,), (11,)]
    """
    if form.id == "free":
        return tuple(Slot(None, (), "", None, 1) for _ in lines)
    for shape in form.shapes:
        plan = form.plan(len(lines), shape=shape)
        if len(plan) == len(lines) and scan(lines[0], lang=lang).lines[0].syllables in (
            plan[0].syllables or (0,)
        ):
            return plan
    said = scan("\n".join(lines), lang=lang).lines
    return tuple(
        Slot(line.rhyme, (line.syllables,), (line.metre or "") if lang == "en" else "", None, 1)
        for line in said
    )


def alternatives(
    lanes: Sequence[Lane],
    draft: Draft,
    place: int,
    *,
    count: int,
    sampling: Sampling,
    ending: Ending,
) -> list[Alternative]:
    """Up to `count` lines that could stand at `place` (0 is the first) of `draft`, the best first.

    Raises `EngineError` where none is found, and `ContextFull`.
    """
    best: list[Judged] = []
    for judged, steps in look(lanes, draft, place, sampling, ending):
        different = {each.candidate.line: each for each in sorted(judged, key=lambda e: e.worth)}
        for let_off in steps:
            best = [each for each in different.values() if let_off.issuperset(each.faults)]
            if len(best) >= count * WEIGHED:
                break
        if len(best) >= count * WEIGHED:
            break
    if not best:
        raise EngineError("No other line was found that fits: try a bolder temperature.")
    best = sorted(best, key=lambda each: each.worth, reverse=True)[: count * WEIGHED]
    leads = _lead_on(lanes, draft, place, [each.candidate.line for each in best])
    order = sorted(range(len(best)), key=lambda at: best[at].worth + leads[at], reverse=True)
    last = place == len(draft.lines) - 1
    found = []
    for at in islice(order, count):
        text = best[at].candidate.line
        syllables = scan(text, lang=draft.lang).lines[0].syllables
        found.append(Alternative(full_stop(text) if last else text, syllables, best[at].faults))
    return found


def _lead_on(lanes: Sequence[Lane], draft: Draft, place: int, lines: Sequence[str]) -> list[float]:
    """How likely each line makes the one that follows, weighted; nothing where none does."""
    if place + 1 >= len(draft.lines):
        return [0.0] * len(lines)
    follows = draft.lines[place + 1]

    def weigh(lane: Lane, line: str) -> float:
        prompt, text = draft.leading_to(place + 1, line)
        return FOLLOWING * likelihood(lane, prompt, text + follows + "\n")

    with ThreadPoolExecutor(len(lanes)) as pool:
        rounds = [lines[at : at + len(lanes)] for at in range(0, len(lines), len(lanes))]
        return [nats for some in rounds for nats in pool.map(weigh, lanes, some)]
