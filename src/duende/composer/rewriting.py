"""Another line in place of one that stands.

A poem and the place of a line go in, alternatives come out. They fit the form, the rhyme and both
neighbours: each is written after what stands before it, and what stands after it says how well it
leads there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from duende.composer.candidates import parted, weigh
from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Lane, Sampling
from duende.composer.fit import Fault
from duende.composer.rank import heard
from duende.composer.verse import Judged, look
from duende.errors import EngineError
from duende.poem import Language, full_stop
from duende.poetics.forms import Form, Slot
from duende.poetics.scan import scan

READ = 2
"""For each alternative that is asked for, so many are read with the line that follows."""


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
    for judged, let_off in look(
        lanes,
        draft,
        place,
        sampling,
        ending,
        enough=lambda _, fitting: len(fitting) >= count * READ,
    ):
        best = [each for each in judged if let_off.issuperset(each.faults)]
        if len(best) >= count * READ:
            break
    if not best:
        raise EngineError("No other line was found that fits: try a bolder temperature.")
    best = sorted(best, key=lambda each: each.worth, reverse=True)[: count * READ]
    _, readers = parted(lanes)
    texts = [each.line + _following(draft, place) for each in best]
    weights = weigh(readers, draft.prompt(place), texts)
    worths = [each.worth + heard(weight) for each, weight in zip(best, weights, strict=True)]
    order = sorted(range(len(best)), key=worths.__getitem__, reverse=True)
    last = place == len(draft.lines) - 1
    found = []
    for at in islice(order, count):
        text = best[at].line
        syllables = scan(text, lang=draft.lang).lines[0].syllables
        found.append(Alternative(full_stop(text) if last else text, syllables, best[at].faults))
    return found


def _following(draft: Draft, place: int) -> str:
    """What stands after a line in a poem, up to the end of the next one."""
    if place + 1 >= len(draft.lines):
        return "\n"
    gap = "\n" * (1 + (draft.plan[place + 1].stanza != draft.plan[place].stanza))
    return f"{gap}{draft.lines[place + 1]}\n"
