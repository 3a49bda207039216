"""What an evaluation has to say: figures and samples go in, chapters of a report come out."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from duende.corpus.chapter import Cell, Chapter, Picture, Table, language_name
from duende.corpus.pictures import Bars, Chart
from duende.corpus.report import NOTHING
from duende.evaluation.compare import Figures, Originality
from duende.evaluation.floors import PEOPLE, verdicts
from duende.evaluation.originality import COPIED_PASSAGE, COPIED_RUN
from duende.evaluation.poems import Sample
from duende.language import LANGUAGES
from duende.poem import Language

Found = Mapping[Language, Mapping[str, Figures]]
Number = Callable[[Figures], float | None]

QUOTED = 10  # poems a language
SHUFFLE = "twenty poems"  # the seed of the order in which they are taken
LONGEST_RUNS = 5  # that are told, a set


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of the large table: its name, where it is found, and how it is written."""

    what: str
    find: Number
    written: Callable[[float], Cell]


def percent(share: float) -> str:
    """A share as one reads it, never rounded up to all or down to nothing.

    >>> percent(0.9996), percent(0.125), percent(1), percent(0)
    ('> 99.9\\xa0%', '12.5\\xa0%', '100\\xa0%', '0\\xa0%')
    """
    if share in (0, 1):
        return f"{share:.0%}".replace("%", "\xa0%")
    if share > 0.9995:
        return "> 99.9\xa0%"
    return "< 0.1\xa0%" if 0 < share < 0.0005 else f"{100 * share:.1f}\xa0%"


def _of_originality(find: Callable[[Originality], float]) -> Number:
    return lambda figures: find(figures.originality) if figures.originality else None


def _hundredth(number: float) -> Cell:
    return round(number, 2)


def _thousandth(number: float) -> Cell:
    return round(number, 3)


ROWS = (
    Row("poems", lambda each: each.poems, int),
    Row("words a poem", lambda each: each.words, lambda number: round(number, 1)),
    Row("lines a poem", lambda each: each.lines, lambda number: round(number, 1)),
    Row("bits a byte, free", lambda each: each.bits_per_byte, _thousandth),
    Row("bits a byte, line by line", lambda each: each.coded_bits_per_byte, _thousandth),
    Row("lines in the asked language", lambda each: each.in_language, percent),
    Row("poems that end by themselves", lambda each: each.ended, percent),
    Row("lines that repeat one of the poem", lambda each: each.repeated_lines, percent),
    Row("lines that stand in another poem", lambda each: each.lines_in_common, percent),
    Row("distinct-1", lambda each: each.variety.distinct[0], _thousandth),
    Row("distinct-2", lambda each: each.variety.distinct[1], _thousandth),
    Row("distinct-3", lambda each: each.variety.distinct[2], _thousandth),
    Row("self-BLEU", lambda each: each.variety.self_bleu, _thousandth),
    Row("longest run shared with training", _of_originality(lambda it: it.longest_run), int),
    Row("longest run of a poem, in mean", _of_originality(lambda it: it.mean_run), _hundredth),
    Row(
        f"poems with {COPIED_RUN} words in a row",
        _of_originality(lambda it: it.copied_runs),
        percent,
    ),
    Row(
        f"poems with a passage ≥ {COPIED_PASSAGE}",
        _of_originality(lambda it: it.copied_passages),
        percent,
    ),
    Row("likest passage", _of_originality(lambda it: it.closest), _hundredth),
    Row("poems with an offensive word", lambda each: each.offensive, percent),
    Row("the same from provoking lines", lambda each: each.provoked, percent),
)


def chapters(
    found: Found, sets: Mapping[str, Sequence[Sample]], *, voice: str, how: Sequence[str]
) -> list[Chapter]:
    """The report on `voice`, in its order; `how` has sentences on what was done."""
    return [
        goals(found, voice),
        *(table(found[lang], lang) for lang in found),
        *_pictured(found),
        *(runs(found[lang], lang) for lang in found if _has_training(found[lang])),
        twenty(sets[voice], voice),
        Chapter("How it was measured", (*how, *METHOD)),
    ]


def goals(found: Found, voice: str) -> Chapter:
    """What was to be reached, and what was."""
    rows: list[tuple[Cell, ...]] = []
    for lang, figures in found.items():
        for each in verdicts(figures, voice):
            reached = NOTHING if each.reached is None else percent(each.reached)
            met = {None: "not measured", "aim": "aim", "floor": "floor", "missed": "missed"}
            rows.append(
                (
                    each.what,
                    language_name(lang),
                    percent(each.floor),
                    percent(each.aim),
                    reached,
                    met[each.met],
                )
            )
    heads = ("what", "language", "floor", "aim", "reached", "which is")
    return Chapter(
        "Floors and aims",
        (
            f"What the voice “{voice}” must reach, what it aims at, and what it reached. The floor "
            "of copies is what held-out poems by people have.",
        ),
        tables=(Table(heads, tuple(rows)),),
    )


def table(figures: Mapping[str, Figures], lang: Language) -> Chapter:
    """All figures of one language, a column a set."""
    names = tuple(figures)
    rows: list[tuple[Cell, ...]] = []
    for row in ROWS:
        numbers = [row.find(figures[name]) for name in names]
        if any(number is not None for number in numbers):
            cells = [NOTHING if number is None else row.written(number) for number in numbers]
            rows.append((row.what, *cells))
    return Chapter(
        f"All figures, {language_name(lang)}",
        ("What the voice and the others wrote, and beside it poems by people.",)
        if PEOPLE in names
        else (),
        tables=(Table(("figure", *names), tuple(rows)),),
    )


def _pictured(found: Found) -> list[Chapter]:
    told = (
        ("Bits a byte", "bits", lambda each: each.bits_per_byte, 3,
         "What the model needs to tell a held-out poem; shorter is better."),
        ("Different words in a row", "distinct-2", lambda each: each.variety.distinct[1], 3,
         "Distinct-2 on the same number of words each; longer is more varied."),
        ("Poems alike", "self-bleu", lambda each: each.variety.self_bleu, 3,
         "Self-BLEU; shorter is more varied."),
        ("Ended by themselves", "ended",
         lambda each: None if each.ended is None else 100 * each.ended, 1,
         "Poems in a hundred that were not cut."),
        ("Words shared with the training text", "runs",
         _of_originality(lambda it: it.mean_run), 2,
         "The longest run of words that a poem shares with the training text, in mean."),
    )  # fmt: skip
    pictures = (_picture(found, name, find, digits, says) for _, name, find, digits, says in told)
    return [
        Chapter(heading, picture=picture)
        for (heading, *_), picture in zip(told, pictures, strict=True)
        if picture is not None
    ]


def _picture(found: Found, name: str, find: Number, digits: int, says: str) -> Picture | None:
    sets = list(dict.fromkeys(each for figures in found.values() for each in figures))
    rows = [each for each in sets if any(_number(found, lang, each, find) for lang in found)]
    if not rows:
        return None
    series = {
        language_name(lang): tuple(
            round(_number(found, lang, each, find) or 0.0, digits) for each in rows
        )
        for lang in found
    }
    described = "; ".join(
        f"{row}: " + ", ".join(f"{numbers[place]} {lang}" for lang, numbers in series.items())
        for place, row in enumerate(rows)
    )
    return Picture(name, Chart((Bars(tuple(rows), series),)), says, f"Bars. {described}.")


def _number(found: Found, lang: Language, name: str, find: Number) -> float | None:
    figures = found[lang].get(name)
    return find(figures) if figures else None


def runs(figures: Mapping[str, Figures], lang: Language) -> Chapter:
    """The longest runs of words that each set shares with the training text, word for word."""
    rows: list[tuple[Cell, ...]] = []
    for name, each in figures.items():
        if each.originality:
            longest = sorted(each.originality.runs, key=lambda run: -run.length)[:LONGEST_RUNS]
            rows += [(name, run.length, run.words) for run in longest]
    return Chapter(
        f"Longest shared runs, {language_name(lang)}",
        tables=(Table(("whose", "words", "which"), tuple(rows)),),
    )


def twenty(samples: Sequence[Sample], voice: str) -> Chapter:
    """Ten poems a language, not picked by hand: the first of a fixed shuffle."""
    shown = []
    for lang in LANGUAGES:
        ours = [each for each in samples if each.lang == lang and each.kind == "ordinary"]
        random.Random(SHUFFLE).shuffle(ours)
        shown += ours[:QUOTED]
    return Chapter(
        "Poems not picked by hand",
        (
            f"The first {QUOTED} a language of a fixed shuffle of what “{voice}” wrote. "
            "The first line of each was given.",
        ),
        quoted=tuple(
            (f"{number}. {each.lang}, seed {each.seed}, {each.finish}", each.whole)
            for number, each in enumerate(shown, start=1)
        ),
    )


def _has_training(figures: Mapping[str, Figures]) -> bool:
    return any(each.originality for each in figures.values())


METHOD = (
    "The line that was given is never counted, in poems by people neither: there it is the first.",
    "Poems by people are of the corpus's validation and test tables, whose authors are not in the "
    "training table; each is cut at a line's end to the length of a poem of the voice.",
    "The language of a line is judged by lingua among nine languages, from three words on; it errs "
    "on some 0.1 % of people's lines.",
    "Distinct-n and self-BLEU (BLEU-4, sacrebleu) are counted within a round, one poem from each "
    "first line, and averaged over the seeds: poems from one line take up its words, where people "
    "began each with a line of their own. A round counts as many words and poems of each set as "
    "the smallest has.",
    "Runs of words are compared without case, accents and punctuation, against every poem of the "
    "training table; passages are four lines, compared letter by letter by difflib with the twelve "
    "training passages that share most rare words, as ByGPT5 was measured.",
    "Offensive words are whole words of a list, in every spelling that hides them. Old poets use "
    "some of them too.",
)
