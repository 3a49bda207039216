"""The poems of a corpus as a reader meets them: length, shape, form, time and author."""

from collections import Counter

from duende.corpus.chapter import (
    NAMES,
    Cell,
    Chapter,
    Picture,
    Table,
    bars,
    both,
    merged,
    number_of,
    order_of,
    ranked,
    share,
    table,
)
from duende.corpus.pictures import Bars, Chart, Histogram
from duende.corpus.tally import LANGUAGES, PERIODS, Numbers, Tally, people, quantile

# Rows of a picture or table; the rest is counted in one sentence.
AUTHORS = 12
FORMS = 12
SHAPES = 14


def lengths(tally: Tally) -> Chapter:
    """Words and lines, before and after cleaning."""
    if not any(tally.kept(lang) for lang in LANGUAGES):
        return Chapter("How long the poems are", ("There is no poem to measure.",))
    panels = tuple(
        Histogram(what, _named(after), _named(before), step=step, last=last)
        for what, after, before, step, last in (
            ("words", tally.words, tally.words_read, 20, 600),
            ("lines", tally.lines, tally.lines_read, 2, 80),
        )
    )
    rows: list[tuple[Cell, ...]] = []
    for lang in LANGUAGES:
        for what, when, numbers in (
            ("words", "before", tally.words_read[lang]),
            ("words", "after", tally.words[lang]),
            ("lines", "before", tally.lines_read[lang]),
            ("lines", "after", tally.lines[lang]),
        ):
            quarters = (quantile(numbers, part) for part in (0, 0.25, 0.5, 0.75, 1))
            rows.append((NAMES[lang], what, when, *quarters))
    caption = "Half of the {} poems have at most {:,} words ({:,} before cleaning)"
    medians = [
        caption.format(
            NAMES[lang], quantile(tally.words[lang], 0.5), quantile(tally.words_read[lang], 0.5)
        )
        for lang in LANGUAGES
        if tally.kept(lang)
    ]
    told = " and h".join([medians[0], *(each[1:] for each in medians[1:])]) + "."
    return Chapter(
        "How long the poems are",
        (
            "Before: everything that was read, as it was read. After: what is in the corpus, as it "
            "is there.",
        ),
        Picture("lengths", Chart(panels), told, f"Histograms of words and of lines. {told}"),
        (
            Table(
                (
                    *("language", "of", "cleaning", "least"),
                    *("a quarter up to", "half up to", "three quarters up to", "most"),
                ),
                tuple(rows),
            ),
        ),
    )


def line_counts(tally: Tally) -> Chapter:
    """How many poems have how many lines; a sonnet has fourteen."""
    counts = {lang: tally.lines[lang] for lang in LANGUAGES}
    if not any(counts.values()):
        return Chapter("How many lines", ("There is no poem to measure.",))
    fourteen = " and ".join(
        f"{share(counts[lang][14], tally.kept(lang))} of the {NAMES[lang]} poems"
        for lang in LANGUAGES
    )
    caption = f"Fourteen lines, as in a sonnet: {fourteen}."
    commonest = [number for number, _ in merged(counts).most_common(10)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{number} lines", *(counts[lang][number] for lang in LANGUAGES), both(counts, number))
        for number in sorted(commonest)
    )
    panel = Histogram("lines", _named(counts), {}, step=1, last=50, marked=14)
    return Chapter(
        "How many lines",
        ("The ten commonest numbers of lines are in the table.",),
        Picture("line-counts", Chart((panel,)), caption, f"Histogram of lines. {caption}"),
        (Table(("length", "English", "Spanish", "both"), rows),),
    )


def shapes(tally: Tally) -> Chapter:
    """How the lines stand in stanzas."""
    return ranked(
        "The shapes of stanzas",
        "shapes",
        tally.shapes,
        total=_poems(tally),
        rows=SHAPES,
        told="What a reader sees before reading: how the lines stand in stanzas.",
        head="stanzas",
        nothing="There is no poem to look at.",
    )


def forms(tally: Tally) -> Chapter:
    """The forms that the sources name."""
    known = {lang: _known(tally.forms[lang]) for lang in LANGUAGES}
    number = sum(forms.total() for forms in known.values())
    return ranked(
        "Forms, where they are known",
        "forms",
        known,
        total=_poems(tally),
        rows=FORMS,
        told=f"The sources name the form of {number_of(number, 'poem')}.",
        head="form",
        nothing="No source names the form of a poem.",
    )


def periods(tally: Tally) -> Chapter:
    """Periods, and the centuries in which the authors died."""
    counts = {
        lang: Counter(
            {name.replace("-", " "): poems for name, poems in tally.periods[lang].items()}
        )
        for lang in LANGUAGES
    }
    in_time = [name.replace("-", " ") for name in PERIODS]
    order = [name for name in dict.fromkeys([*in_time, *order_of(counts)]) if both(counts, name)]
    if not order:
        return Chapter("When they were written", ("There is no poem to date.",))
    total = _poems(tally)
    dated = [name for name in order if name != "unknown"]
    first = max(dated, key=lambda name: both(counts, name), default="")
    told = (
        f"Most are of “{first}”: {number_of(both(counts, first), 'poem')}, "
        f"{share(both(counts, first), total)} of all."
        if first
        else "Nothing is known of when the poems were written."
    )
    centuries = sorted({each for lang in LANGUAGES for each in tally.centuries[lang]} - {0})
    rows: list[tuple[Cell, ...]] = [
        (_ordinal(century), *_of_both(tally.centuries, century)) for century in centuries
    ]
    if both(tally.centuries, 0):
        rows.append(("not known", *_of_both(tally.centuries, 0)))
    return Chapter(
        "When they were written",
        ("The second table counts the poems by the century in which their author died.",),
        bars("periods", order, counts, told),
        (
            table("period", order, counts, total),
            Table(("author died in the century", "English", "Spanish", "both"), tuple(rows)),
        ),
    )


def authors(tally: Tally) -> Chapter:
    """Who wrote most, by language."""
    panels, told, tables, alt = [], [], [], []
    for lang in LANGUAGES:
        authors = people(tally.authors[lang])
        top = sorted(authors.items(), key=lambda item: (-item[1], item[0]))[:AUTHORS]
        unnamed = tally.authors[lang][""]
        if unnamed:
            told.append(f"{number_of(unnamed, 'poem')} in {NAMES[lang]} without an author's name.")
        if not top:
            continue
        name, poems = top[0]
        alt.append(f"{name} has {share(poems, tally.kept(lang))} of the {NAMES[lang]} poems")
        panels.append(
            Bars(
                tuple(name for name, _ in top),
                {NAMES[lang]: tuple(number for _, number in top)},
                heading=f"{NAMES[lang]}: {len(top)} of {number_of(len(authors), 'author')}",
            )
        )
        tables.append(
            Table(
                (f"author, {NAMES[lang]}", "poems", "share"),
                tuple((name, number, share(number, tally.kept(lang))) for name, number in top),
            )
        )
    if not panels:
        return Chapter("Who wrote them", (*told, "No author is named."))
    caption = ", and ".join(alt) + "."
    named = "; ".join(
        f"{name} {number:,}"
        for panel in panels
        for name, number in zip(panel.rows, *panel.series.values(), strict=True)
    )
    return Chapter(
        "Who wrote them",
        tuple(told),
        Picture("authors", Chart(tuple(panels)), caption, f"Bars, poems by author: {named}."),
        tuple(tables),
    )


def _poems(tally: Tally) -> int:
    return sum(map(tally.kept, LANGUAGES))


def _named(counts: Numbers) -> Numbers:
    return {NAMES[lang]: counts[lang] for lang in LANGUAGES}


def _of_both(counts: Numbers, number: int) -> tuple[int, ...]:
    return (*(counts[lang][number] for lang in LANGUAGES), both(counts, number))


def _known(counts: Counter[str]) -> Counter[str]:
    return Counter({name: number for name, number in counts.items() if name})


def _ordinal(century: int) -> str:
    """A century, counted from 1.

    >>> _ordinal(21), _ordinal(13), _ordinal(-2)
    ('21st', '13th', 'before year 1')
    """
    if century < 1:
        return "before year 1"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(century % 10, "th")
    return f"{century}{'th' if 10 < century < 14 else ending}"
