"""Runs and passages that are shared: against plain searches that look everywhere."""

import random
from difflib import SequenceMatcher

import pytest

from duende.composer.objections import longest_run
from duende.evaluation.originality import CANDIDATES, PASSAGE, TrainingText

WORDS = [a + b for a in "bcdfglmnprst" for b in ("ar", "elo", "in", "oso", "ue")]


def _poem(draw: random.Random, *, lines: int, words: list[str]) -> str:
    return "\n".join(" ".join(draw.choices(words, k=draw.randint(3, 7))) for _ in range(lines))


@pytest.mark.parametrize("vocabulary", [4, 12, 60])
def test_longest_runs_as_a_plain_search_finds_them(vocabulary: int) -> None:
    draw = random.Random(vocabulary)
    words = WORDS[:vocabulary]
    training = [_poem(draw, lines=12, words=words) for _ in range(8)]
    poems = [_poem(draw, lines=6, words=[*words, "nunca"]) for _ in range(12)]
    index = TrainingText(training)
    for poem, run in zip(poems, index.longest_runs(poems), strict=True):
        assert run.length == max(longest_run(poem.split(), each.split()) for each in training)
        assert any(run.words in " ".join(each.split()) for each in training)
        assert run.words in " ".join(poem.split())
        assert len(run.words.split()) == run.length


def test_a_copied_poem_is_found_whole_across_its_lines() -> None:
    text = "\n".join(" ".join(WORDS[start : start + 6]) for start in range(0, 60, 6))
    run = TrainingText(["otra cosa", text, "y más"]).longest_runs([f"{text}\ny más"])[0]
    assert run.length == 60  # and no run goes from one training poem into the next


def test_runs_without_case_accents_and_marks() -> None:
    training = TrainingText(["¿Volverá la canción, mañana?\nNo."])
    assert training.longest_runs(["y VOLVERA la «cancion» manana: no"])[0].length == 5
    assert training.words == 5


@pytest.mark.parametrize("training", [[], [""], ["   \n \n"], ["sol"]])
def test_hardly_any_training_text(training: list[str]) -> None:
    index = TrainingText(training)
    assert [run.length for run in index.longest_runs(["", "¡!", "luna de plata"])] == [0, 0, 0]
    assert index.longest_runs([]) == []
    assert index.closest_passage(["luna de plata"]).ratio < 0.7
    assert index.closest_passage([]).ratio == 0.0


def _likest(lines: list[str], training: list[str]) -> float:
    """The best of every four lines in a row of the training poems, for each four of ours."""
    best = 0.0
    for start in range(0, len(lines), PASSAGE):
        ours = "\n".join(lines[max(0, min(start, len(lines) - PASSAGE)) : start + PASSAGE])
        for poem in training:
            theirs = poem.split("\n")
            for place in range(len(theirs) - PASSAGE + 1):
                other = "\n".join(theirs[place : place + PASSAGE])
                best = max(best, SequenceMatcher(None, other, ours, autojunk=False).ratio())
    return best


@pytest.mark.parametrize("kept", [0.95, 0.8, 0.65, 0.5])
def test_passages_that_are_partly_copied_are_found(kept: float) -> None:
    draw = random.Random(f"passages {kept}")
    words = [a + b for a in WORDS for b in ("", "ra", "mos")]
    training = [_poem(draw, lines=14, words=words) for _ in range(30)]
    index = TrainingText(training)
    for source in training[:6]:
        copied = [
            " ".join(word if draw.random() < kept else draw.choice(words) for word in line.split())
            for line in source.split("\n")[5:13]
        ]
        found = index.closest_passage(copied)
        assert found.ratio == pytest.approx(_likest(copied, training), abs=1e-9)


def test_a_passage_of_another_poem_has_all_its_lines_there() -> None:
    one, two = "uno dos\ntres cuatro", "cinco seis\nsiete ocho"
    found = TrainingText([one, two, *["nada de nada\n" * 8] * CANDIDATES]).closest_passage(
        ["uno dos", "tres cuatro", "cinco seis", "siete ocho"]
    )
    assert found.ratio < 1  # half is in the one, half in the other


def test_a_few_words_are_no_passage() -> None:
    training = TrainingText(["Junto a la cumbre,\nsolo.\nY nada\nmás.", "otra\ncosa\ny\nfin"])
    assert training.closest_passage(["Junto a la cumbre."]).ratio == 0.0
    assert training.closest_passage(["Junto a la cumbre.", "Solo y nada más."]).ratio > 0.7


def test_long_passages_are_compared_letter_by_letter() -> None:
    """Past 200 letters difflib's own habit is to ignore the frequent ones, which is all."""
    lines = [" ".join(WORDS[start : start + 15]) for start in range(0, 60, 15)]
    assert len("\n".join(lines)) > 200
    assert TrainingText(["\n".join(lines)]).closest_passage(lines).ratio == 1.0
