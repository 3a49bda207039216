"""Poems by people, cut to the lengths of others."""

from dataclasses import replace

from duende.composer.objections import plain_words
from duende.evaluation.people import HumanPoem, beside, cut
from duende.evaluation.poems import Sample


def _sample(words: int, lang: str = "en") -> Sample:
    return Sample(lang, "Rain", (" ".join(["word"] * words),))  # type: ignore[arg-type]


def test_as_long_as_its_neighbour_to_within_half_a_line() -> None:
    poems = [
        HumanPoem("en", "\n\n".join(["a first line"] + ["one two three four"] * size))
        for size in range(1, 30)
    ]
    samples = [_sample(words) for words in (5, 18, 40, 61, 7)]
    found = beside(samples, poems)
    assert len(found) == len(samples)
    for sample, person in zip(samples, found, strict=True):
        assert person.first_line == "a first line"
        assert abs(len(plain_words(person.text)) - len(plain_words(sample.text))) <= 2
        assert "" not in person.lines
        assert person.finish == ""


def test_each_poem_is_taken_once_in_its_language() -> None:
    poems = [HumanPoem("es", f"Primera\nlínea {number} de agua", str(number)) for number in "abc"]
    samples = [_sample(2, "es") for _ in range(5)] + [_sample(2)]
    found = beside(samples, poems)
    assert sorted(each.title for each in found) == ["a", "b", "c"]
    assert found == beside(samples, poems)


def test_each_poem_stands_in_the_round_of_its_neighbour() -> None:
    poems = [HumanPoem("en", "First\nof four short words")] * 3
    samples = [replace(_sample(words), seed=seed) for words, seed in ((4, 1), (99, 2), (4, 3))]
    assert [each.seed for each in beside(samples, poems)] == [1, 3]


def test_cut_never_gives_nothing_of_a_poem_that_is_long_enough() -> None:
    assert cut(["a b c d e f"], 1) == ["a b c d e f"]
    assert cut(["a b", "c d"], 4) == ["a b", "c d"]
    assert cut(["a b", "c d"], 0) == cut([], 3) == []
