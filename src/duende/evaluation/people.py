"""Poems by people, as the measure of all measures: a built corpus goes in, samples come out.

Held-out poems are cut to the lengths of the poems that they stand beside, since nearly every figure
depends on length. Their first line stands for the reader's, and is not measured either.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duende.composer.objections import plain_words
from duende.corpus.published import open_corpus
from duende.evaluation.poems import Sample
from duende.poem import Language

HELD_OUT = ("validation", "test")
SHUFFLE = "held-out poems"  # the seed: the same poems every time


@dataclass(frozen=True, slots=True)
class HumanPoem:
    """A poem of the corpus: its language, its text, who wrote it, and when."""

    lang: Language
    text: str
    title: str = ""
    period: str = ""

    @property
    def lines(self) -> list[str]:
        """Its lines, without the blank ones between stanzas."""
        return [line for line in self.text.split("\n") if line.strip()]


def read_split(corpus: Path, *splits: str) -> Iterator[HumanPoem]:
    """The poems of a corpus that stand in some of its tables. Raises `SourceError`."""
    published = open_corpus(corpus)
    for split in splits:
        for batch in published.batches(split, ("lang", "text", "title", "author", "period")):
            for row in batch.to_pylist():
                title = ", ".join(filter(None, (row["author"], row["title"])))
                yield HumanPoem(row["lang"], row["text"], title, row["period"] or "")


def in_random_order(poems: Sequence[HumanPoem]) -> list[HumanPoem]:
    """The same poems in an order that is always the same."""
    order = list(poems)
    random.Random(SHUFFLE).shuffle(order)
    return order


def beside(samples: Sequence[Sample], poems: Sequence[HumanPoem]) -> list[Sample]:
    """For each sample a poem by a person in its language, cut at a line's end to its length.

    Each person's poem is taken once, in a fixed random order, the first that is long enough, and
    stands in the sample's round (it has its seed); where there is none, the sample goes without.

    >>> human = HumanPoem("es", "Uno\\ndos tres\\ncuatro cinco\\nseis")
    >>> beside([Sample("es", "Nada", ("a b", "c d"))], [human])[0].lines
    ('dos tres', 'cuatro cinco')
    """
    order = in_random_order(poems)
    found = []
    for sample in samples:
        wanted = len(plain_words(sample.text))
        for place, poem in enumerate(order):
            if poem.lang == sample.lang and (lines := cut(poem.lines[1:], wanted)):
                first, title = poem.lines[0], poem.title
                found.append(Sample(poem.lang, first, tuple(lines), seed=sample.seed, title=title))
                del order[place]
                break
    return found


def cut(lines: Sequence[str], words: int) -> list[str]:
    """The lines up to the line's end that comes nearest to so many words; none, if they have fewer.

    >>> cut(["a b", "c d e", "f"], 4), cut(["a b"], 5), cut(["a b", "c d e f g h"], 3)
    (['a b', 'c d e'], [], ['a b'])
    """
    counts = [0]
    for line in lines:
        counts.append(counts[-1] + len(plain_words(line)))
        if counts[-1] >= words:
            break
    if counts[-1] < words or words == 0:
        return []
    last = len(counts) - 1
    # As near as a whole line allows, and never nothing at all.
    shorter = last > 1 and words - counts[last - 1] < counts[last] - words
    return list(lines[: last - 1 if shorter else last])
