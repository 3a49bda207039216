"""Measures verse in form: poems from lines that nobody fitted, judged by other people's scanners.

    python -m bench.forms                   thirty poems a form
    python -m bench.forms --poems 5         fewer
    python -m bench.forms --forms soneto haiku
    python -m bench.forms --corpus BUILT    and beside people's verse in the same form
    python -m bench.forms --page FILE       write the tables and twenty poems between its marks

Spanish lines are counted by libEscansión, English words by CMUdict (`pronouncing`): the composer
uses neither. The reader's own line is not judged, and rhymes with it are; nor is a line with a word
that CMUdict has not, or a rhyme with one. With a corpus the poems are held against poems by people
that the voice has not seen: their bits a byte under the bare base, and how much of them says again
what was said. Poems go into bench/forms.jsonl as they come, and a run that was stopped goes on.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import mean, median
from typing import Any

import duende
from bench.referees import REFEREES, ask
from bench.table import put
from duende.evaluation.in_form import (
    FORMS,
    Bits,
    evaluate_forms,
    rhyming,
    said,
    told,
    write_in_form,
)
from duende.evaluation.people import HumanPoem, read_split
from duende.evaluation.score import Scorer
from duende.poem import Language
from duende.poetics.forms import Form, Slot, find_form
from duende.settings import Settings
from duende.training.poems import Source
from duende.voice.base import locate
from duende.voice.voices import find_voice

POEMS = Path(__file__).with_name("forms.jsonl")
SHOWN = 2
"""Poems of each form that are shown, the first: nobody picked them."""
JUDGED = ("poems", "syllables", "rhymes", "shape", "wholly valid", "unheard", "let off", "seconds")
JUDGED_HEAD = f"| form | {' | '.join(JUDGED)} |\n|---|{'---:|' * len(JUDGED)}"
FLOORS = {"syllables": 0.90, "rhymes": 0.85, "shape": 1.0, "valid": 0.50}
"""What each form keeps at least; where one does not, the run fails."""
JUDGES = {"es": "libescansion", "en": "pronouncing"}


@dataclass(frozen=True)
class Judged:
    """What a judge found in the poems of one form: shares of lines, of rhymes, of poems.

    `unheard` are the lines that it has no answer for; it is not asked what they are worth.
    """

    form: str
    lang: Language
    poems: int
    syllables: float
    rhymes: float
    shape: float
    valid: float
    unheard: float
    let_off: float
    seconds: float


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.forms",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--poems", type=int, default=30)
    parser.add_argument("--forms", nargs="+", default=[])
    parser.add_argument("--into", type=Path, default=POEMS)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    chosen = [each for each in FORMS if not asked.forms or each[1] in asked.forms]
    people: Sequence[HumanPoem] = ()
    bits = None
    if asked.corpus:
        people = list(read_split(asked.corpus, "validation", "test"))
        bits = bits_of_base()
    found = evaluate_forms(
        compose, asked.into, poems=asked.poems, forms=chosen, people=people, bits=bits, say=tell
    )
    judged: list[Judged] = []
    shown: list[str] = []
    for lang, name in chosen:
        poems = write_in_form(compose, name, lang, asked.poems, asked.into)
        judged.append(judge(lang, name, poems))
        shown += [as_text(name, poem) for poem in poems[:SHOWN]]
    tables = {
        "judged": "\n".join([JUDGED_HEAD, *map(row, judged)]),
        "beside": told(found),
        "poems": "\n\n".join(shown),
    }
    print("\n\n".join((tables["judged"], tables["beside"])))
    if asked.page:
        page = asked.page.read_text(encoding="utf-8")
        for mark, text in tables.items():
            page = put(page, text, f"<!-- forms: {mark} -->", f"<!-- /forms: {mark} -->")
        asked.page.write_text(page, encoding="utf-8")
    if low := [sentence for each in judged for sentence in below(each)]:
        sys.exit("\n".join(low))


def below(found: Judged) -> list[str]:
    """What a form misses of `FLOORS`, in sentences."""
    return [
        f"{found.form} ({found.lang}): {measure} {100 * share:.1f} %, floor {100 * floor:.0f} %"
        for measure, floor in FLOORS.items()
        if (share := getattr(found, measure)) < floor
    ]


def as_text(form: str, poem: dict[str, Any]) -> str:
    """A poem as a page shows it, with what its lines were let off."""
    let_off = Counter(fault for line in poem["report"]["lines"][1:] for fault in line["let_off"])
    told = ", ".join(f"{fault} {times}" for fault, times in let_off.items()) or "nothing"
    lines = "\n".join(f"> {line}\\" if line else ">" for line in poem["lines"])
    return f"**{form}**, seed {poem['seed']}; let off: {told}\n\n{lines.rstrip(chr(92))}"


def bits_of_base() -> Bits:
    """What says how many bits a byte texts take under the bare base."""
    base = Scorer(find_voice("base"), locate(cache=Settings().cache))

    def bits(texts: Sequence[str], lang: Language) -> float:
        return base.score([Source(lang, text, "") for text in texts]).bits_per_byte(lang)

    return bits


def compose(first_line: str, form: str, lang: Language, seed: int) -> duende.Poem:
    """A poem as a reader would ask for it."""
    return duende.compose(first_line, form=form, lang=lang, seed=seed)


def tell(sentence: str) -> None:
    """Say what is being done, on standard error."""
    print(sentence, file=sys.stderr)


def judge(lang: Language, name: str, poems: Sequence[dict[str, Any]]) -> Judged:
    """Let the language's judge count lines and hear rhymes."""
    form = find_form(name, lang)
    referee = next(each for each in REFEREES if each.name == JUDGES[lang])
    every, ends = [], []
    for poem in poems:
        lines, plan = said(poem), _plan(form, poem)
        every += lines
        ends += [(_end(lines[a]), _end(lines[b])) for a, b in rhyming(plan[: len(lines)])]
    answers = ask(referee, every, ends)
    if answers.missing:
        sys.exit(f"{referee.name} did not run: {answers.missing}")
    counted, heard = iter(answers.lines), iter(answers.pairs)
    found: dict[str, list[bool]] = defaultdict(list)
    for poem in poems:
        lines, plan = said(poem), _plan(form, poem)
        counts = list(islice(counted, len(lines)))
        rhymes = [next(heard) for _ in rhyming(plan[: len(lines)])]
        known = [
            _counts(count, slot, form.tolerance)
            for count, slot in zip(counts[1:], plan[1:], strict=False)
            if count
        ]
        rhyme = [_rhymes(each, form) for each in rhymes if each is not None]
        shape = len(lines) == len(plan) and _shape(poem["lines"]) == _shape_of(plan)
        found["syllables"] += known
        found["rhymes"] += rhyme
        found["shape"].append(shape)
        found["valid"].append(shape and all(known) and all(rhyme))
        found["unheard"] += [count is None for count in counts[1:]]
        found["let off"] += [bool(each["let_off"]) for each in poem["report"]["lines"][1:]]
    return Judged(
        name,
        lang,
        len(poems),
        _share(found["syllables"]),
        _share(found["rhymes"]),
        _share(found["shape"]),
        _share(found["valid"]),
        _share(found["unheard"], none=0.0),
        _share(found["let off"], none=0.0),
        median(poem["seconds"] for poem in poems),
    )


def row(found: Judged) -> str:
    """The same as a row of the table."""
    shares = (
        *(found.syllables, found.rhymes, found.shape, found.valid),
        *(found.unheard, found.let_off),
    )
    told = " | ".join(f"{100 * share:.1f} %" for share in shares)
    return f"| {found.form} ({found.lang}) | {found.poems} | {told} | {found.seconds:.1f} |"


def _share(kept: Sequence[bool], *, none: float = 1.0) -> float:
    return mean(kept) if kept else none


def _plan(form: Form, poem: dict[str, Any]) -> tuple[Slot, ...]:
    """What was asked: the shape whose first line counts what the poem's second does."""
    counted = [line for line in poem["report"]["lines"] if line["syllables"]]
    for shape in form.shapes:
        plan = form.plan(len(counted), shape=shape)
        if len(plan) == len(counted) and not counted[1]["let_off"]:
            near = min(abs(counted[1]["syllables"] - count) for count in plan[1].syllables)
            if near <= form.tolerance:
                return plan
    return form.plan()


def _counts(answer: Any, slot: Slot, tolerance: int) -> bool:
    least, most, _ = answer
    return any(least - tolerance <= count <= most + tolerance for count in slot.syllables)


def _rhymes(heard: str, form: Form) -> bool:
    return heard == "consonante" if form.rhyme == "consonante" else bool(heard)


def _shape(lines: Sequence[str]) -> list[int]:
    return [len(each.split("\n")) for each in "\n".join(lines).split("\n\n")]


def _shape_of(plan: Sequence[Slot]) -> list[int]:
    stanzas: dict[int, int] = defaultdict(int)
    for slot in plan:
        stanzas[slot.stanza] += 1
    return list(stanzas.values())


def _end(line: str) -> str:
    words = "".join(letter if letter.isalpha() or letter in "'’" else " " for letter in line)
    return words.split()[-1]


if __name__ == "__main__":
    main()
