"""How much of a gold table duende gets right: tables and answers in, shares between 0 and 1 out.

The bench prints these and `tests/floors.py` holds them against the lowest accepted: it is measured
in one place, and what measures lives here. Any tool's answers can be measured, as long as they
come as `Heard`. A table is a TSV with a head; a mark in `stresses` is a metrical syllable.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from duende.poem import Language
from duende.poetics.phonology import phonology
from duende.poetics.scan import scan

SPANISH, ENGLISH, STANZAS = "es_scansion.tsv", "en_scansion.tsv", "en_rhymes.tsv"
OUR_SPANISH, OUR_ENGLISH, OUR_PAIRS = "es.tsv", "en.tsv", "rhymes.tsv"
POEM = 14
"""Lines that are scanned together: the Spanish gold is of sonnets, one after another."""
HENDECASYLLABLE = 11
FOUND = ("perfect", "slant")
"""The kinds of rhyme that count as found: an eye rhyme is none to the ear."""

Scores = dict[str, float]
Met = Counter[tuple[str, str, bool]]


class Heard(NamedTuple):
    """What a tool says of a line: the fewest and the most syllables, and its stresses."""

    least: int
    most: int
    stresses: str


class Gold(NamedTuple):
    """A line of a gold table."""

    line: str
    stresses: str


class Pair(NamedTuple):
    """Two words whose rhyme is known: one of a language's kinds, or none at all."""

    lang: Language
    one: str
    other: str
    kind: str | None


def lines(path: Path) -> list[Gold]:
    """The lines of a table `line`, `stresses`."""
    return [Gold(*row) for row in _rows(path)]


def pairs(path: Path) -> list[Pair]:
    """The pairs of a table `lang`, `one`, `other`, `kind`."""
    return [
        Pair("es" if lang == "es" else "en", one, other, None if kind == "none" else kind)
        for lang, one, other, kind in _rows(path)
    ]


def stanza_pairs(path: Path) -> Met:
    """All pairs of line ends of each stanza: the two words, whether they rhyme, how often they met.

    The table has `author`, `end_words`, `scheme`. A word with itself is left out.
    """
    met: Met = Counter()
    for _, words, scheme in _rows(path):
        ends = zip(words.split(), scheme.split(), strict=True)
        for (one, sound), (other, another) in combinations(ends, 2):
            if one.casefold() != other.casefold():
                first, second = sorted((one, other))
                met[first, second, sound == another] += 1
    return met


def hear(texts: Sequence[str], lang: Language, *, together: int = 1) -> list[Heard]:
    """What duende says of the lines, scanned in poems of so many as they stand.

    >>> hear(["El tren se va"], "es")
    [Heard(least=5, most=5, stresses='-+-+-')]
    """
    found = []
    for at in range(0, len(texts), together):
        poem = scan("\n".join(texts[at : at + together]), lang=lang)
        found += [Heard(line.least, line.most, line.stresses) for line in poem.lines]
    return found


def spanish(gold: Sequence[Gold]) -> Scores:
    """How well duende scans these Spanish lines, in poems and each alone."""
    texts = [row.line for row in gold]
    alone, in_poems = hear(texts, "es"), hear(texts, "es", together=POEM)
    return {
        "es pattern of hendecasyllables, in poems": pattern(gold, in_poems, HENDECASYLLABLE),
        "es pattern of hendecasyllables, alone": pattern(gold, alone, HENDECASYLLABLE),
        "es pattern, in poems": pattern(gold, in_poems),
        "es pattern, alone": pattern(gold, alone),
        "es count, in poems": count(gold, in_poems),
        "es count, alone": count(gold, alone),
        "es in range": in_range(gold, alone),
        "es width": width(alone),
    }


def english(gold: Sequence[Gold]) -> Scores:
    """How well duende scans these English lines, in poems and each alone."""
    texts = [row.line for row in gold]
    alone, in_poems = hear(texts, "en"), hear(texts, "en", together=POEM)
    return {
        "en in range": in_range(gold, alone),
        "en width": width(alone),
        "en count, in poems": count(gold, in_poems),
        "en count, alone": count(gold, alone),
        "en stress, in poems": stress(gold, in_poems),
        "en stress, alone": stress(gold, alone),
        "en pattern, in poems": pattern(gold, in_poems),
        "en pattern, alone": pattern(gold, alone),
    }


def stanzas(met: Met) -> Scores:
    """How many of the English rhymes duende finds, and how many it hears where there are none."""
    kind_of = phonology("en").rhyme_kind
    told = {pair: kind_of(pair[0], pair[1]) for pair in met}
    heard = {
        name: {pair for pair, kind in told.items() if kind in counted}
        for name, counted in (("", FOUND), (" or eye", (*FOUND, "eye")))
    }
    scores: Scores = {}
    for name, rhyming in heard.items():
        found, false = rates(met, rhyming)
        scores[f"en rhymes found{name}"] = found
        scores[f"en false rhymes{name}"] = false
    return scores


def rates(met: Met, rhyming: Iterable[tuple[str, str, bool]]) -> tuple[float, float]:
    """The share of rhymes that are among `rhyming`, and the share of the other pairs that are.

    Each pair counts as often as it was met.

    >>> met = Counter({("a", "b", True): 3, ("a", "c", True): 1, ("b", "d", False): 2})
    >>> rates(met, [("a", "b", True)])
    (0.75, 0.0)
    """
    caught = {True: 0, False: 0}
    for pair in rhyming:
        caught[pair[2]] += met[pair]
    every = {True: 0, False: 0}
    for pair, times in met.items():
        every[pair[2]] += times
    return caught[True] / max(1, every[True]), caught[False] / max(1, every[False])


def kinds(known: Sequence[Pair]) -> Scores:
    """How many pairs of each kind of rhyme, and of none, duende tells the kind of."""
    right: dict[str, list[bool]] = {}
    for pair in known:
        kind = phonology(pair.lang).rhyme_kind(pair.one, pair.other)
        name = f"{pair.lang} pairs that are {pair.kind or 'no rhyme'}"
        right.setdefault(name, []).append(kind == pair.kind)
    return {name: sum(each) / len(each) for name, each in right.items()}


def ours(folder: Path) -> Scores:
    """Every measure on our own gold, which is in the repository."""
    return {
        **spanish(lines(folder / OUR_SPANISH)),
        **english(lines(folder / OUR_ENGLISH)),
        **kinds(pairs(folder / OUR_PAIRS)),
    }


def large(folder: Path) -> Scores:
    """Every measure for which the folder has a table."""
    scores: Scores = {}
    if (folder / SPANISH).is_file():
        scores |= spanish(lines(folder / SPANISH))
    if (folder / ENGLISH).is_file():
        scores |= english(lines(folder / ENGLISH))
    if (folder / STANZAS).is_file():
        scores |= stanzas(stanza_pairs(folder / STANZAS))
    return scores


def count(gold: Sequence[Gold], heard: Sequence[Heard]) -> float:
    """The share of lines with the right number of syllables."""
    right = (len(row.stresses) == len(it.stresses) for row, it in zip(gold, heard, strict=True))
    return sum(right) / len(gold)


def in_range(gold: Sequence[Gold], heard: Sequence[Heard]) -> float:
    """The share of lines whose number of syllables lies between the fewest and the most."""
    within = (it.least <= len(row.stresses) <= it.most for row, it in zip(gold, heard, strict=True))
    return sum(within) / len(gold)


def width(heard: Sequence[Heard]) -> float:
    """How much further the most is than the fewest, in the mean: a range could hold anything."""
    return sum(it.most - it.least for it in heard) / len(heard)


def stress(gold: Sequence[Gold], heard: Sequence[Heard]) -> float:
    """The share of syllables with the right stress, after the best alignment of the two lines.

    The longer of the two counts, so that a syllable too many or too few is an error too.

    >>> stress([Gold("…", "-+-+")], [Heard(4, 4, "++-+")]), stress([Gold("…", "-+-+")], [NOTHING])
    (0.75, 0.0)
    """
    right = every = 0
    for row, it in zip(gold, heard, strict=True):
        longer = max(len(row.stresses), len(it.stresses))
        right += longer - _distance(row.stresses, it.stresses)
        every += longer
    return right / every


NOTHING = Heard(0, 0, "")
"""What a tool says of a line that it cannot read."""


def pattern(gold: Sequence[Gold], heard: Sequence[Heard], length: int | None = None) -> float:
    """The share of lines, of all or of those of one length, whose every stress is right."""
    both = [
        (row.stresses, it.stresses)
        for row, it in zip(gold, heard, strict=True)
        if length in (None, len(row.stresses))
    ]
    return sum(one == other for one, other in both) / max(1, len(both))


def _distance(one: str, other: str) -> int:
    """The fewest marks to change, add or take away to make `other` of `one` (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, mark in enumerate(one, start=1):
        before, row[0] = row[0], at
        for place, another in enumerate(other, start=1):
            changed = before + (mark != another)
            before = row[place]
            row[place] = min(changed, row[place] + 1, row[place - 1] + 1)
    return row[-1]


def _rows(path: Path) -> list[list[str]]:
    return [row.split("\t") for row in path.read_text(encoding="utf-8").splitlines()[1:] if row]
