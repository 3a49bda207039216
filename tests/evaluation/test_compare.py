"""Sets of poems side by side: what is counted within a round, and on how much."""

import pytest

from duende.evaluation.compare import Variety, compare, variety
from duende.evaluation.floors import verdicts
from duende.evaluation.measures import self_bleu
from duende.evaluation.poems import Sample


def _sample(text: str, seed: int = 1) -> Sample:
    return Sample("en", "Hush", tuple(text.split("\n")), "complete", seed)


def test_poems_are_held_against_those_of_their_round_alone() -> None:
    rain, sea = "rain on the old tin roof", "no ship has come for years"
    # The second seed says what the first said: within each round nothing comes back.
    found = variety({"voice": [_sample(text, seed) for seed in (1, 2) for text in (rain, sea)]})
    assert found["voice"].distinct == (1.0, 1.0, 1.0)
    assert found["voice"].self_bleu == pytest.approx(self_bleu([rain, sea]))
    assert self_bleu([rain, sea, rain, sea]) > 0.99
    # And within one it does.
    assert variety({"voice": [_sample(rain), _sample(rain)]})["voice"] == Variety(
        (0.5, 0.5, 0.5), pytest.approx(1.0)
    )


def test_rounds_are_averaged() -> None:
    found = variety({"voice": [_sample("a b c d"), _sample("a a a a", seed=2)]})
    assert found["voice"].distinct == pytest.approx(((1 + 1 / 4) / 2, (1 + 1 / 3) / 2, 3 / 4))


def test_each_round_counts_as_much_as_its_smallest_set_has() -> None:
    voice = [_sample("a b c d a b c d"), _sample("a a", seed=2)]
    people = [_sample("k l m n"), _sample("k l m n k l", seed=2), _sample("m m m", seed=2)]
    found = variety({"voice": voice, "people": people})
    # Four words of each in the first round, two in the second; one poem of each.
    assert found["voice"].distinct == pytest.approx(((1 + 1 / 2) / 2, 1, 1 / 2))
    assert found["people"].distinct == pytest.approx((1, 1, 1 / 2))
    assert found["voice"].self_bleu == found["people"].self_bleu == 0.0


def test_a_round_in_which_a_set_is_silent_is_left_out() -> None:
    voice = [_sample("a b"), _sample("a a a a", seed=2)]
    assert variety({"voice": voice, "people": [_sample("k l")]})["voice"].distinct[0] == 1.0
    assert variety({"voice": voice, "mute": [_sample("")]})["voice"] == Variety()


def test_nothing_to_count_is_not_measured() -> None:
    figures = compare({"voice": [_sample("")], "people": [_sample("a b c")]}, "en")
    distinct = verdicts(figures, "voice")[-1]
    assert (distinct.what, distinct.reached) == ("distinct-2, of people's", None)
