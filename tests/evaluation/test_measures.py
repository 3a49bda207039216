"""Measures of texts: by hand where they are small, by a second implementation where not."""

import math
import random
from collections import Counter

import pytest

from duende.evaluation import measures

WORDS = ("the", "sea", "sings", "old", "blue", "night", "of", "a", "stone", "under", "rain")


def _poems(count: int, *, words: int = 30, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=words)) for _ in range(count)]


def test_distinct_counts_within_the_budget_and_within_texts() -> None:
    texts = ["A rose, a rose", "a rose"]
    # a rose | rose a | a rose, then a rose: 2 of 4 different
    assert measures.distinct(texts, 2, words=6) == pytest.approx(2 / 4)
    assert measures.distinct(texts, 1, words=6) == pytest.approx(2 / 6)
    assert measures.distinct(texts, 3, words=6) == pytest.approx(1.0)
    assert measures.distinct(texts, 2, words=2) == 1.0
    assert measures.distinct([], 2, words=10) == 0.0


def test_distinct_is_the_plain_definition() -> None:
    texts = _poems(10)
    bigrams = [pair for text in texts for pair in zip(text.split(), text.split()[1:], strict=False)]
    assert measures.distinct(texts, 2, words=10_000) == len(set(bigrams)) / len(bigrams)


def _bleu(said: list[str], others: list[list[str]]) -> float:
    """BLEU-4 as the paper writes it (Papineni and others 2002), with 0.1 for nothing found."""
    logs = 0.0
    for n in range(1, 5):
        runs = Counter(zip(*(said[start:] for start in range(n)), strict=False))
        most: Counter[tuple[str, ...]] = Counter()
        for other in others:
            most |= Counter(zip(*(other[start:] for start in range(n)), strict=False))
        logs += math.log((sum((runs & most).values()) or 0.1) / runs.total())
    nearest = min((abs(len(other) - len(said)), len(other)) for other in others)[1]
    brevity = 1.0 if len(said) >= nearest else math.exp(1 - nearest / len(said))
    return brevity * math.exp(logs / 4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_self_bleu_is_the_papers(seed: int) -> None:
    draw = random.Random(seed)
    texts = [text.split()[: draw.randint(8, 30)] for text in _poems(6, seed=seed)]
    expected = sum(
        _bleu(text, texts[:place] + texts[place + 1 :]) for place, text in enumerate(texts)
    )
    found = measures.self_bleu([" ".join(text) for text in texts])
    assert found == pytest.approx(expected / len(texts), rel=1e-6)


def test_self_bleu_of_texts_alike_is_higher() -> None:
    alike = ["the sea is old and sings to the stones"] * 3 + [
        "the sea is old and sings to the sand"
    ]
    unlike = ["one two three four five", "six seven eight nine ten", "red blue green white black"]
    assert measures.self_bleu(alike) > 0.8
    assert measures.self_bleu(unlike) < 0.1
    assert measures.self_bleu(["", "!", "..."]) == 0.0


def test_repeated_lines_within_a_poem_and_among_poems() -> None:
    assert measures.repeated_lines(["La luna.", "¡la LUNA!", "el sol", "la luna,", "—", "—"]) == 2
    poems = [["The sea is old", "oh sea", "only here it stands"], ["the sea is OLD!", "oh sea"]]
    assert measures.lines_in_common(poems) == 2  # a line of two words is nobody's
    # Twice in one poem is a refrain.
    assert measures.lines_in_common([["the sea is old", "the sea is old"], ["nothing at all"]]) == 0


def test_languages_of_our_first_lines(first_lines: dict[str, list[str]]) -> None:
    for lang, other in (("en", "es"), ("es", "en")):
        kept, judged = measures.in_language(first_lines[lang], lang)  # type: ignore[arg-type]
        assert kept == judged > 15
        wrong, _ = measures.in_language(first_lines[other], lang)  # type: ignore[arg-type]
        assert wrong <= 1


@pytest.mark.parametrize(
    "line",
    [
        "Sur le pont de Paris la nuit est froide",
        "No meio do caminho tinha uma pedra",
        "Über allen Gipfeln ist die Ruhe",
        "Nel mezzo del cammin di nostra vita",
    ],
)
def test_neighbours_are_neither(line: str) -> None:
    assert measures.in_language([line], "es")[0] == measures.in_language([line], "en")[0] == 0


def test_short_lines_are_not_judged() -> None:
    assert measures.in_language(["Sal.", "¡oh mar!", ""], "en") == (0, 0)
