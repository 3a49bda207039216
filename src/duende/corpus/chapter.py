"""A chapter of a report, and the ways of making one from counters.

A chapter is sentences, a picture and tables; how it looks as HTML or Markdown is not known here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from duende.corpus.pictures import Bars, Chart

NAMES = {"en": "English", "es": "Spanish", "other": "other", "": "not known"}
# Those that poems of our sources are sometimes in; any other is told by its code.
NAMES |= {"ca": "Catalan", "de": "German", "eu": "Basque", "fr": "French", "gl": "Galician"}
NAMES |= {"it": "Italian", "la": "Latin", "pt": "Portuguese", "sco": "Scots"}

Row = TypeVar("Row", str, int)
Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words and numbers under their heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, its file's name, one sentence under it, and words for those who cannot see it."""

    name: str
    chart: Chart
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading, some sentences, at most one picture, tables of the same numbers, and poems.

    A poem that is quoted has what stands over it, and its text.
    """

    heading: str
    told: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()
    listed: tuple[str, ...] = ()
    quoted: tuple[tuple[str, str], ...] = ()


def share(part: int, whole: int) -> str:
    """A part of the whole in percent, as one reads it.

    >>> share(1, 8), share(1, 100_000), share(0, 0)
    ('12.5\\xa0%', '< 0.1\\xa0%', '0\\xa0%')
    """
    if not part or not whole:
        return "0\xa0%"
    percent = 100 * part / whole
    if percent < 0.05:
        return "< 0.1\xa0%"
    # What rounds up to all, though something is missing, would be a lie.
    return f"{min(percent, 99.9) if part < whole else 100:.1f}\xa0%"


def number_of(number: int, thing: str, things: str = "") -> str:
    """A number and its noun.

    >>> number_of(1, "poem"), number_of(1200, "poem"), number_of(2, "copy", "copies")
    ('1 poem', '1,200 poems', '2 copies')
    """
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def ranked(
    heading: str,
    name: str,
    counts: Mapping[str, Counter[str]],
    *,
    total: int,
    rows: int,
    told: str,
    head: str,
    nothing: str,
) -> Chapter:
    """A chapter on kinds of poems, the most frequent first; `nothing` is told if there are none.

    Shares are of `total`; past so many `rows`, kinds are only counted.
    """
    order = order_of(counts)
    if not order:
        return Chapter(heading, (nothing,))
    first, kept = order[0], order[:rows]
    rest = sum(both(counts, each) for each in order[rows:])
    more = (f"{rest:,} more are of {len(order) - rows} rarer kinds.",) if rest else ()
    caption = f"First comes “{first}”: {number_of(both(counts, first), 'poem')}, "
    caption += f"{share(both(counts, first), total)} of all."
    return Chapter(
        heading,
        (told, *more),
        bars(name, kept, counts, caption),
        (table(head, kept, counts, total),),
    )


def bars(
    name: str,
    order: list[str],
    counts: Mapping[str, Counter[str]],
    caption: str,
    *,
    stacked: bool = False,
) -> Picture:
    """A picture of bars, one row for each name in `order`."""
    series = {language_name(lang): tuple(counts[lang][row] for row in order) for lang in counts}
    # A colour that is nowhere in the picture has no place in its legend.
    series = {name: numbers for name, numbers in series.items() if any(numbers)}
    described = "; ".join(
        f"{row}: " + ", ".join(f"{numbers[place]:,} {name}" for name, numbers in series.items())
        for place, row in enumerate(order)
    )
    chart = Chart((Bars(tuple(order), series, stacked),))
    return Picture(name, chart, caption, f"Bars, number of poems. {described}.")


def table(head: str, order: list[str], counts: Mapping[str, Counter[str]], total: int) -> Table:
    """Names with their numbers by language, and their share of `total`."""
    languages = list(counts)
    rows = []
    for row in order:
        cells: list[Cell] = [row, *(counts[lang][row] for lang in languages)]
        cells += [both(counts, row), share(both(counts, row), total)]
        rows.append(tuple(cells))
    names = tuple(language_name(lang) for lang in languages)
    return Table((head, *names, "both" if len(names) == 2 else "all", "share"), tuple(rows))


def order_of(counts: Mapping[str, Counter[str]]) -> list[str]:
    """Names, the most frequent in all languages first.

    >>> order_of({"en": Counter(sonnet=2), "es": Counter(romance=3, sonnet=2)})
    ['sonnet', 'romance']
    """
    return sorted(merged(counts), key=lambda name: (-both(counts, name), name))


def merged(counts: Mapping[str, Counter[Row]]) -> Counter[Row]:
    """The counters of all languages together."""
    total: Counter[Row] = Counter()
    for each in counts.values():
        total.update(each)
    return total


def both(counts: Mapping[str, Counter[Row]], row: Row) -> int:
    """How many there are of one kind in all languages.

    >>> both({"en": Counter(sonnet=2), "es": Counter(romance=3, sonnet=2)}, "sonnet")
    4
    """
    return sum(each[row] for each in counts.values())


def language_name(lang: str) -> str:
    """A language in words, or its code.

    >>> language_name("es"), language_name("oc"), language_name("")
    ('Spanish', 'oc', 'not known')
    """
    return NAMES.get(lang, lang)
