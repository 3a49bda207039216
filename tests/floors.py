"""The lowest scores that are accepted, in floors.json: raised by a command, lowered with a reason.

    python -m tests.floors                measure, and print each score beside its floor
    python -m tests.floors --raise        raise the floors of what has become better
    python -m tests.floors --lower WHY    lower those that are missed; WHY goes into docs/log.md

Our own gold is in tests/poetics/gold. The large one may not be in the repository: `--gold FOLDER`
or the environment's DUENDE_GOLD says where it is. Its floors hold for any folder of such tables,
so that it is raised only where `--gold` is given. What measures is the bench's (`bench/gold.py`):
ARCHITECTURE.md says that the bench measures and never tests, so the floors import from there.
"""

import argparse
import json
import os
import sys
import tempfile
from contextlib import closing
from datetime import date
from math import ceil, floor
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import gold

from duende.language import LANGUAGES
from duende.poem import Language, Poem

HERE = Path(__file__).resolve().parent
FLOORS = HERE / "floors.json"
LOG = HERE.parent / "docs" / "log.md"
OWN_GOLD = HERE / "poetics" / "gold"
OUR_POEMS = HERE.parent / "recipes" / "poems.jsonl"
OWN, LARGE = "poetics, our own gold", "poetics, the large gold"
VOICE = "the default voice, our own poems"
IN_FORM = "the default voice, in form"
SHORT: tuple[tuple[Language, str], ...] = (
    *(("es", "redondilla"), ("es", "decima"), ("es", "haiku")),
    *(("en", "ballad-stanza"), ("en", "limerick"), ("en", "couplet"), ("en", "haiku")),
)
"""The forms that a test has the time for: what all ten keep is `make bench-forms`'s affair."""

Floors = dict[str, dict[str, float]]


def large_gold() -> Path | None:
    """The folder of the large gold, if the environment names one."""
    named = os.environ.get("DUENDE_GOLD", "")
    return Path(named) if named else None


def kept() -> Floors:
    """The floors as they are kept: by set of measures, by measure."""
    found: Floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    return found


def is_ceiling(measure: str) -> bool:
    """Whether less of it is better.

    >>> is_ceiling("en false rhymes"), is_ceiling("en rhymes found")
    (True, False)
    """
    return "false" in measure or "width" in measure


def missed(scores: dict[str, float], floors: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The floors that are not reached: for each measure its score and its floor.

    >>> missed({"found": 0.9, "false": 0.03}, {"found": 0.9, "false": 0.02})
    {'false': (0.03, 0.02)}
    """
    return {
        measure: (scores[measure], limit)
        for measure, limit in floors.items()
        if measure in scores
        and (scores[measure] > limit if is_ceiling(measure) else scores[measure] < limit)
    }


def rounded(measure: str, score: float) -> float:
    """A score as a floor: to a thousandth, never stricter than the score itself.

    >>> rounded("found", 0.9876), rounded("false", 0.0121)
    (0.987, 0.013)
    """
    return (ceil if is_ceiling(measure) else floor)(score * 1000) / 1000


def raised(scores: dict[str, float], floors: dict[str, float]) -> dict[str, float]:
    """The floors with those raised that the scores are above; none is lowered.

    >>> raised({"found": 0.95, "false": 0.03}, {"found": 0.9, "false": 0.02})
    {'found': 0.95, 'false': 0.02}
    """
    found = {}
    for measure in [*floors, *(each for each in scores if each not in floors)]:
        new = rounded(measure, scores[measure]) if measure in scores else floors[measure]
        old = floors.get(measure, new)
        found[measure] = min(old, new) if is_ceiling(measure) else max(old, new)
    return found


def lowered(scores: dict[str, float], floors: dict[str, float]) -> dict[str, float]:
    """The floors with those that are missed lowered to the scores; none is raised."""
    new = {each: rounded(each, scores[each]) for each in missed(scores, floors)}
    return {**floors, **new}


def lower(scores: dict[str, dict[str, float]], why: str) -> list[str]:
    """Lower what is missed, write down why, and give the lines that went into the log."""
    floors, lines = kept(), []
    for name, measured in scores.items():
        new = lowered(measured, floors[name])
        lines += [
            f"- **Floor lowered**, {name}, {each}: {floors[name][each]} → {new[each]}. {why}"
            for each in new
            if new[each] != floors[name][each]
        ]
        floors[name] = new
    if lines:
        entry = "\n".join((f"## {date.today().isoformat()}: floors lowered", "", *lines))
        LOG.write_text(f"{LOG.read_text(encoding='utf-8').rstrip()}\n\n{entry}\n", encoding="utf-8")
        _keep(floors)
    return lines


def measured(large: Path | None) -> dict[str, dict[str, float]]:
    """The scores of today, of the sets of measures that there is gold for."""
    scores = {OWN: gold.ours(OWN_GOLD), VOICE: default_voice(), IN_FORM: in_form()}
    return scores if large is None else {**scores, LARGE: gold.large(large)}


def default_voice() -> dict[str, float]:
    """How many bits fewer the default voice needs for our poems than the bare base: a share of 1.

    The poems are those of recipes/poems.jsonl, which it was not taught.
    """
    from duende.evaluation.score import Scorer
    from duende.settings import Settings
    from duende.training.poems import read_jsonl
    from duende.voice.base import locate
    from duende.voice.voices import DEFAULT, find_voice

    base, poems = locate(cache=Settings().cache), list(read_jsonl(OUR_POEMS))
    bits: dict[tuple[str, str, bool], float] = {}
    for name in ("base", DEFAULT):
        scorer = Scorer(find_voice(name), base)
        for coded in (False, True):
            scores = scorer.score(poems, coded=coded)
            for lang in LANGUAGES:
                bits[name, lang, coded] = scores.bits_per_byte(lang)
    return {
        f"{lang} bits saved{', line by line' if coded else ''}": 1
        - bits[DEFAULT, lang, coded] / bits["base", lang, coded]
        for lang in LANGUAGES
        for coded in (False, True)
    }


def in_form() -> dict[str, float]:
    """Of a poem in each short form, the share of lines that were let off nothing, by language."""
    from duende.composer.composer import Composer
    from duende.composer.engines import open_engine
    from duende.composer.request import ask
    from duende.evaluation.in_form import measure, write_in_form
    from duende.settings import Settings

    engine = open_engine(Settings())
    composer = Composer(engine)

    def compose(line: str, form: str, lang: Language, seed: int) -> Poem:
        return composer.compose(ask(line, form=form, lang=lang, seed=seed))

    kept_lines: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, closing(engine):
        for lang, form in SHORT:
            poems = write_in_form(compose, form, lang, 1, Path(folder, "forms.jsonl"))
            figures = measure(form, lang, poems)
            judged = len([line for line in poems[0]["lines"] if line]) - 1
            kept_lines.setdefault(lang, []).extend([figures.fitting] * judged)
    return {f"{lang} lines let off nothing": mean(kept_lines[lang]) for lang in kept_lines}


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.floors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--gold", type=Path, help="the folder of the large gold")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--raise", dest="up", action="store_true")
    change.add_argument("--lower", metavar="WHY")
    asked = parser.parse_args()
    if asked.lower is not None and not asked.lower.strip():
        parser.error("--lower needs a reason: it goes into docs/log.md")
    scores = measured(asked.gold or large_gold())
    if asked.up:
        known = {each: scores[each] for each in scores if each != LARGE or asked.gold}
        floors = kept()
        _keep(floors | {each: raised(known[each], floors.get(each, {})) for each in known})
    elif asked.lower:
        sys.stdout.writelines(f"{line}\n" for line in lower(scores, asked.lower.strip()))
    for name, floors_of_it in kept().items():
        for measure, limit in floors_of_it.items():
            score = scores.get(name, {}).get(measure)
            told = "not measured" if score is None else f"{score:.4f}"
            low = "  MISSED" if measure in missed(scores.get(name, {}), floors_of_it) else ""
            sys.stdout.write(f"{name}  {measure:42} {told:>12}  floor {limit}{low}\n")


def _keep(floors: Floors) -> None:
    FLOORS.write_text(json.dumps(floors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
