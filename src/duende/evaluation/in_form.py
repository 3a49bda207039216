"""Poems in form, measured: by what their lines were let off, and beside people's in the same form.

The judge here is the composer's own scanner, which says how well a voice obeys. What an independent
one finds is `bench/forms.py`'s affair.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from duende.composer.fit import Fault, Wanted, faults, rhymes_as
from duende.evaluation.measures import said_again
from duende.evaluation.people import HumanPoem
from duende.evaluation.poems import first_lines
from duende.poem import Language, Poem
from duende.poetics.forms import Form, Slot, find_form

FORMS: tuple[tuple[Language, str], ...] = (
    ("es", "soneto"),
    ("es", "romance"),
    ("es", "redondilla"),
    ("es", "decima"),
    ("es", "haiku"),
    ("en", "shakespearean-sonnet"),
    ("en", "ballad-stanza"),
    ("en", "limerick"),
    ("en", "couplet"),
    ("en", "haiku"),
)
PEOPLE = 100
"""Poems by people at most, for each form."""
KEPT = 0.85
"""Share of the lines, and of the rhymes, that keep the form: people do not keep all of them."""
MISCOUNTED: frozenset[Fault] = frozenset({"syllables", "one syllable off"})

Compose = Callable[[str, str, Language, int], Poem]
"""A first line, a form, a language and a seed go in."""
Bits = Callable[[Sequence[str], Language], float]
"""How many bits a byte poems take under the bare base."""
Shares = tuple[float, float, float]
"""Of words, openings and runs of three words: see `duende.evaluation.measures.said_again`."""


@dataclass(frozen=True, slots=True)
class FormFigures:
    """What poems in a form are; shares are of 1, and the reader's own line is not judged.

    `fitting` are the lines that were let off nothing, `whole` the poems of such lines alone;
    `bits` and `again` are those of our poems and of `people` poems by people, None where there is
    none or nothing to measure them with.
    """

    form: str
    lang: Language
    poems: int
    fitting: float
    whole: float
    seconds: float
    again: Shares
    bits: float | None = None
    people: int = 0
    people_again: Shares | None = None
    people_bits: float | None = None


def evaluate_forms(
    compose: Compose,
    into: Path,
    *,
    poems: int,
    forms: Sequence[tuple[Language, str]] = FORMS,
    people: Sequence[HumanPoem] = (),
    bits: Bits | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> list[FormFigures]:
    """Write `poems` poems in each of `forms` into a file, and measure them beside people's.

    A run that was stopped goes on.
    """
    written = {
        (lang, form): write_in_form(compose, form, lang, poems, into, say=say)
        for lang, form in forms
    }
    found = []
    for (lang, form), ours in written.items():
        longest = max(len(said(poem)) for poem in ours)
        theirs = in_the_form(people, find_form(form, lang), lang, longest)
        found.append(measure(form, lang, ours, people=theirs, bits=bits))
    return found


def write_in_form(
    compose: Compose,
    form: str,
    lang: Language,
    count: int,
    into: Path,
    *,
    say: Callable[[str], None] = lambda sentence: None,
) -> list[dict[str, Any]]:
    """Write `count` poems in a form from our first lines, one JSON object a line, with `seconds`.

    Those that are in the file already are not written again.
    """
    found: list[dict[str, Any]] = []
    if into.is_file():
        rows = map(json.loads, into.read_text(encoding="utf-8").splitlines())
        found = [row for row in rows if (row["lang"], row["form"]) == (lang, form)]
    into.parent.mkdir(parents=True, exist_ok=True)
    lines = first_lines()[lang]
    with into.open("a", encoding="utf-8") as file:
        for number in range(len(found), count):
            begun = time.perf_counter()
            poem = compose(lines[number % len(lines)], form, lang, number).as_dict()
            poem["seconds"] = round(time.perf_counter() - begun, 2)
            found.append(poem)
            file.write(json.dumps(poem, ensure_ascii=False) + "\n")
            file.flush()
            say(f"{form} ({lang}): {number + 1} of {count}, {poem['seconds']:.1f} s")
    return found[:count]


def measure(
    form: str,
    lang: Language,
    poems: Sequence[Mapping[str, Any]],
    *,
    people: Sequence[str] = (),
    bits: Bits | None = None,
) -> FormFigures:
    """The figures of poems that `write_in_form` gave, beside those of texts by people."""
    judged = [
        [not line["let_off"] for line in poem["report"]["lines"] if line["syllables"]][1:]
        for poem in poems
    ]
    ours = ["\n".join(said(poem)) for poem in poems]
    theirs = people[:PEOPLE]
    return FormFigures(
        form=form,
        lang=lang,
        poems=len(poems),
        fitting=mean([line for lines in judged for line in lines]),
        whole=mean(
            [
                poem["finish"] == "complete" and all(lines)
                for poem, lines in zip(poems, judged, strict=True)
            ]
        ),
        seconds=median([poem["seconds"] for poem in poems]),
        again=_again(ours),
        bits=bits(ours, lang) if bits else None,
        people=len(theirs),
        people_again=_again(theirs) if theirs else None,
        people_bits=bits(theirs, lang) if bits and theirs else None,
    )


def told(figures: Sequence[FormFigures]) -> str:
    """The figures as a table of Markdown; people's are the second of each two."""
    rows = [
        "| form | poems | lines let off nothing | poems of such | seconds | bits a byte | "
        "words said again | openings | runs of three |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for each in figures:
        bits = [f"{value:.3f}" for value in (each.bits, each.people_bits) if value is not None]
        theirs = each.people_again or (None,) * 3
        again = (
            " / ".join(f"{100 * share:.1f}" for share in (one, other) if share is not None) + " %"
            for one, other in zip(each.again, theirs, strict=True)
        )
        rows.append(
            f"| {each.form} ({each.lang}) | {each.poems} | {100 * each.fitting:.1f} % "
            f"| {100 * each.whole:.1f} % | {each.seconds:.1f} | {' / '.join(bits) or '—'} "
            f"| {' | '.join(again)} |"
        )
    return "\n".join(rows) + "\n"


def in_the_form(poems: Sequence[HumanPoem], form: Form, lang: Language, lines: int) -> list[str]:
    """The beginnings of people's poems that keep a form for some `lines` lines.

    Few poems say what form they are in, so that each is held to the form's own plan. Where none
    keeps it, as with haiku in old verse, the beginnings of all.
    """
    long_enough = [
        poem.lines[:lines] for poem in poems if poem.lang == lang and len(poem.lines) >= lines
    ]
    plans = [form.plan(lines, shape=shape) for shape in form.shapes]
    kept = [each for each in long_enough if any(_keeps(each, plan, form, lang) for plan in plans)]
    return ["\n".join(each) for each in kept or long_enough]


def rhyming(plan: Sequence[Slot]) -> Iterator[tuple[int, int]]:
    """The places of lines that rhyme, each with the next in its rhyme."""
    last: dict[str, int] = defaultdict(lambda: -1)
    for at, slot in enumerate(plan):
        if slot.letter and slot.refrain is None:
            if last[slot.letter.upper()] >= 0:
                yield last[slot.letter.upper()], at
            last[slot.letter.upper()] = at


def said(poem: Mapping[str, Any]) -> list[str]:
    """The lines of a poem as JSON has it, without the blank ones."""
    return [line for line in poem["lines"] if line]


def _again(texts: Sequence[str]) -> Shares:
    words, openings, runs = zip(*(said_again(text.split("\n")) for text in texts), strict=True)
    return mean(words), mean(openings), mean(runs)


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
        for one, other in rhyming(plan)
    ]
    return sum(heard) >= KEPT * len(heard)
