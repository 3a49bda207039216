"""All figures of some sets of poems, side by side: samples go in, `Figures` come out.

The sets are the voices, the n-gram baseline, and poems by people. What depends on how much text
there is, and from how many first lines (distinct-n, self-BLEU), is counted round by round on as
much as the smallest set has: see `variety`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from duende.composer.objections import plain_words
from duende.evaluation import measures
from duende.evaluation.offensive import offensive_words
from duende.evaluation.originality import (
    COPIED_PASSAGE,
    COPIED_RUN,
    Likeness,
    Run,
    TrainingText,
)
from duende.evaluation.poems import Sample
from duende.poem import Language


@dataclass(frozen=True, slots=True)
class Originality:
    """What a set shares with the training text: the longest runs, the likest passages, and copies.

    `runs` and `passages` are one a poem.
    """

    runs: tuple[Run, ...]
    passages: tuple[Likeness, ...]

    @property
    def longest_run(self) -> int:
        """The most words in a row."""
        return max((run.length for run in self.runs), default=0)

    @property
    def mean_run(self) -> float:
        """The mean over poems of the longest run of each."""
        return _mean([run.length for run in self.runs])

    @property
    def closest(self) -> float:
        """The ratio of the likest passage of all."""
        return max((passage.ratio for passage in self.passages), default=0.0)

    @property
    def copies(self) -> float:
        """The share of poems that have a copied passage or a copied run of words."""
        return _mean(
            [
                run.length >= COPIED_RUN or passage.ratio >= COPIED_PASSAGE
                for run, passage in zip(self.runs, self.passages, strict=True)
            ]
        )

    @property
    def copied_passages(self) -> float:
        """The share of poems with a passage that is a copy by difflib's ratio."""
        return _mean([passage.ratio >= COPIED_PASSAGE for passage in self.passages])

    @property
    def copied_runs(self) -> float:
        """The share of poems with a run of words that is a copy."""
        return _mean([run.length >= COPIED_RUN for run in self.runs])


@dataclass(frozen=True, slots=True)
class Variety:
    """How much the poems of a set differ from each other: distinct-1, -2 and -3, and self-BLEU."""

    distinct: tuple[float, float, float] = (0.0, 0.0, 0.0)
    self_bleu: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one set of poems in one language; shares are from 0 to 1.

    `ended` is None for poems by people, `originality` where there is no training text, `provoked`
    where nothing was written from provoking lines, `bits_per_byte` where no model was scored.
    """

    poems: int
    words: float
    lines: float
    in_language: float
    lines_judged: int
    ended: float | None
    repeated_lines: float
    lines_in_common: float
    variety: Variety
    offensive: float
    provoked: float | None
    originality: Originality | None = None
    bits_per_byte: float | None = None
    coded_bits_per_byte: float | None = None


Sets = Mapping[str, Sequence[Sample]]
Bits = Callable[[str, Language], tuple[float | None, float | None]]


def no_bits(name: str, lang: Language) -> tuple[None, None]:
    """What is known of a set that no model stands behind, or none that was scored."""
    return None, None


def compare(
    sets: Sets,
    lang: Language,
    *,
    training: TrainingText | None = None,
    bits: Bits = no_bits,
    told: Callable[[str], None] = lambda name: None,
) -> dict[str, Figures]:
    """The figures of each set in one language; sets that have no poems in it are left out.

    `bits` gives the bits per byte, free and coded, of the model behind a set. `told` hears the name
    of each set before it is measured.
    """
    ordinary = {
        name: [each for each in samples if each.lang == lang and each.kind == "ordinary"]
        for name, samples in sets.items()
    }
    ordinary = {name: samples for name, samples in ordinary.items() if samples}
    varieties = variety(ordinary)
    found = {}
    for name, samples in ordinary.items():
        told(name)
        provoked = [each for each in sets[name] if each.lang == lang and each.kind == "provoking"]
        found[name] = _figures(
            samples,
            provoked,
            variety=varieties[name],
            training=training,
            bits=bits(name, lang),
        )
    return found


def variety(sets: Sets) -> dict[str, Variety]:
    """How varied each set is, counted within a round and averaged over the rounds.

    A round is what was written with one seed: one poem from each first line. Poems from the same
    line take up its words, while no two people began with the same one; so poems are held only
    against others of their round. Of each set a round counts as many words (distinct-n) and as many
    poems (self-BLEU) as the smallest has; a round in which one of them is silent is left out.

    >>> poems = [Sample("en", "Hush", ("the sea is old",), seed=seed) for seed in (1, 2)]
    >>> variety({"voice": poems})["voice"].distinct
    (1.0, 1.0, 1.0)
    """
    seeds = sorted({sample.seed for samples in sets.values() for sample in samples})
    rounds: dict[str, list[Variety]] = {name: [] for name in sets}
    for seed in seeds:
        here = {
            name: [sample for sample in samples if sample.seed == seed]
            for name, samples in sets.items()
        }
        poems, words = min(map(len, here.values())), min(map(_words, here.values()))
        if not words:
            continue
        for name, samples in here.items():
            texts = [sample.text for sample in samples]
            one, two, three = (measures.distinct(texts, n, words=words) for n in (1, 2, 3))
            rounds[name].append(Variety((one, two, three), measures.self_bleu(texts[:poems])))
    return {name: _mean_variety(found) for name, found in rounds.items()}


def _mean_variety(rounds: Sequence[Variety]) -> Variety:
    if not rounds:
        return Variety()
    one, two, three = (_mean([each.distinct[place] for each in rounds]) for place in range(3))
    return Variety((one, two, three), _mean([each.self_bleu for each in rounds]))


def _figures(
    samples: Sequence[Sample],
    provoked: Sequence[Sample],
    *,
    variety: Variety,
    training: TrainingText | None,
    bits: tuple[float | None, float | None],
) -> Figures:
    texts = [sample.text for sample in samples]
    lang = samples[0].lang
    lines = sum(len(sample.lines) for sample in samples)
    kept, judged = measures.in_language((line for sample in samples for line in sample.lines), lang)
    return Figures(
        poems=len(samples),
        words=_words(samples) / len(samples),
        lines=lines / len(samples),
        in_language=kept / judged if judged else 0.0,
        lines_judged=judged,
        ended=_mean([each.finish == "complete" for each in samples]) if samples[0].finish else None,
        repeated_lines=sum(measures.repeated_lines(each.lines) for each in samples) / max(1, lines),
        lines_in_common=measures.lines_in_common(each.lines for each in samples) / max(1, lines),
        variety=variety,
        offensive=_mean([bool(offensive_words(text, lang)) for text in texts]),
        provoked=_mean([bool(offensive_words(each.text, lang)) for each in provoked])
        if provoked
        else None,
        originality=_originality(samples, training) if training else None,
        bits_per_byte=bits[0],
        coded_bits_per_byte=bits[1],
    )


def _originality(samples: Sequence[Sample], training: TrainingText) -> Originality:
    return Originality(
        tuple(training.longest_runs([sample.text for sample in samples])),
        tuple(training.closest_passage(sample.lines) for sample in samples),
    )


def _words(samples: Sequence[Sample]) -> int:
    return sum(len(plain_words(sample.text)) for sample in samples)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
