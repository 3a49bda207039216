"""Measures of poems: texts go in, numbers come out, and nothing else is known of them.

Every measure leaves the reader's first line out: what is measured is what was written after it. A
word is what `duende.composer.objections.plain_words` finds, without case and punctuation. Figures
of two sets of poems can be compared where both were cut to the same lengths and the same number of
words, which is `compare`'s to see to.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from duende.composer.objections import plain_words
from duende.poem import Language

if TYPE_CHECKING:
    from lingua import LanguageDetector

FEWEST_WORDS = 3  # of a line whose language is asked: one word alone belongs to any
FOREIGN = 0.1
"""A line whose language has less than this of the nine languages' confidence is in another.

On 3,000 held-out lines a language of the corpus, with the rule that the other of our two languages
may not be likelier: of English lines 0.1 % are refused, of Spanish 0.2 %; of Spanish lines taken
for English and the other way round 99.7 % and more.
"""
LONG_WORD = 4  # letters; shorter words come back in any poem
LONGEST_N = 4  # of the n-grams of BLEU
FLOOR = 0.1  # what BLEU counts for n-grams that are nowhere, as the papers on self-BLEU do


def in_language(lines: Iterable[str], lang: Language) -> tuple[int, int]:
    """How many lines are in `lang`, and how many were judged: those of three words or more.

    The judge is lingua, which the composer does not use (it uses py3langid), among our two
    languages and seven neighbours.

    >>> in_language(["Volverán las oscuras golondrinas", "to your balcony again", "Sol."], "es")
    (1, 2)
    """
    judged = [line for line in lines if len(plain_words(line)) >= FEWEST_WORDS]
    return sum(is_in(line, lang) for line in judged), len(judged)


def is_in(line: str, lang: Language) -> bool:
    """Whether a line is in a language, as lingua hears it.

    >>> is_in("Sur le pont de Paris la nuit", "es")
    False
    """
    values = _detector().compute_language_confidence_values(line)
    shares = {each.language.iso_code_639_1.name.lower(): each.value for each in values}
    other = "en" if lang == "es" else "es"
    return shares[lang] >= FOREIGN and shares[lang] >= shares[other]


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = ("EN", "ES", "FR", "PT", "IT", "CA", "DE", "NL", "LA")
    return LanguageDetectorBuilder.from_iso_codes_639_1(
        *(getattr(IsoCode639_1, code) for code in codes)
    ).build()


def repeated_lines(lines: Sequence[str]) -> int:
    """How many lines say the words of an earlier line of the same poem.

    >>> repeated_lines(["Nada.", "Todo pasa", "¡Nada!"])
    1
    """
    said = [" ".join(words) for line in lines if (words := plain_words(line))]
    return len(said) - len(set(said))


def said_again(lines: Sequence[str]) -> tuple[float, float, float]:
    """How much of a poem stands in it already, as three shares.

    Of the words of four letters and more, those that an earlier line has; of the lines of two words
    and more, those that open with the two words of an earlier one; of the runs of three words,
    those that stand earlier. A poem of one line says nothing again.

    >>> said_again(["Vuelve la tarde", "y vuelve la lluvia", "Vuelve la noche"])
    (0.3333333333333333, 0.3333333333333333, 0.0)
    """
    counts = [[0, 0], [0, 0], [0, 0]]
    words: set[str] = set()
    openings: set[tuple[str, ...]] = set()
    runs: set[tuple[str, ...]] = set()
    for line in lines:
        said = plain_words(line)
        long_words = [word for word in said if len(word) >= LONG_WORD]
        opening = [tuple(said[:2])] if len(said) > 1 else []
        triples = list(zip(said, said[1:], said[2:], strict=False))
        found: tuple[tuple[Sequence[Any], set[Any]], ...] = (
            (long_words, words),
            (opening, openings),
            (triples, runs),
        )
        for count, (these, known) in zip(counts, found, strict=True):
            count[0] += sum(each in known for each in these)
            count[1] += len(these)
            known.update(these)
    word, opened, run = (again / of if of else 0.0 for again, of in counts)
    return word, opened, run


def lines_in_common(poems: Iterable[Sequence[str]]) -> int:
    """How many lines of three words or more stand, word for word, in another of the poems too.

    >>> lines_in_common([["The sea is old", "It sings"], ["the sea, is old", "It sings"]])
    2
    """
    places: dict[str, list[int]] = {}
    for number, lines in enumerate(poems):
        for line in lines:
            if len(words := plain_words(line)) >= FEWEST_WORDS:
                places.setdefault(" ".join(words), []).append(number)
    return sum(len(found) for found in places.values() if len(set(found)) > 1)


def distinct(texts: Iterable[str], n: int, *, words: int) -> float:
    """Distinct-n: the share of different ones among the runs of n words.

    It falls the more text there is, so that only the first `words` words are counted; no run goes
    from one text into the next. (Li and others 2016, https://arxiv.org/abs/1510.03055.)

    >>> distinct(["a rose is a rose", "is a rose"], 2, words=8)
    0.5
    >>> distinct(["a rose is a rose", "is a rose"], 2, words=4)
    1.0
    """
    left, runs = words, Counter[tuple[str, ...]]()
    for text in texts:
        taken = plain_words(text)[:left]
        left -= len(taken)
        runs.update(zip(*(taken[start:] for start in range(n)), strict=False))
    return len(runs) / runs.total() if runs else 0.0


def self_bleu(texts: Sequence[str]) -> float:
    """How much the texts are like one another: the BLEU of each against all the others, in mean.

    From 0 to 1, less is more varied; it grows with the number of texts, so that only sets of one
    size compare. (Zhu and others 2018, https://arxiv.org/abs/1802.01886; BLEU-4 by sacrebleu, with
    0.1 for n-grams that are nowhere.)

    >>> round(self_bleu(["the sea is old and tired"] * 3), 6)
    1.0
    >>> self_bleu(["one text alone"])
    0.0
    """
    from sacrebleu.metrics.bleu import BLEU

    said = [" ".join(plain_words(text)) for text in texts]
    said = [text for text in said if text]
    if len(said) < 2:
        return 0.0
    bleu = BLEU(
        tokenize="none", smooth_method="floor", smooth_value=FLOOR, max_ngram_order=LONGEST_N
    )
    scores: list[float] = [
        bleu.corpus_score([text], [[other] for other in said[:place] + said[place + 1 :]]).score
        for place, text in enumerate(said)
    ]
    return sum(scores) / len(scores) / 100
