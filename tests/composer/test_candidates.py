"""Candidates on the real engine: words that are likely there, texts that are weighed."""

from collections import Counter

import pytest

from duende.composer.candidates import parted, propose_words, weigh
from duende.composer.engine import Sampling
from duende.composer.engines.llamacpp import LlamaCpp
from duende.poetics.dictionary import find_rhymes
from duende.voice.prompts import encode
from duende.voice.voices import find_voice

POEM = ["La panadera amasa de mañana"]


def test_lanes_are_parted() -> None:
    lanes = list(range(7))
    for many, writers, readers in ((7, 4, 3), (4, 2, 2), (2, 1, 1), (1, 1, 1)):
        write, read = parted(lanes[:many])  # type: ignore[arg-type]
        assert (len(write), len(read)) == (writers, readers)
        assert many == 1 or not set(write) & set(read)  # type: ignore[type-var]


def test_words_that_fit_the_poem_come_first(engine: LlamaCpp) -> None:
    rhymes = [each for each in find_rhymes("camino", lang="es", limit=60) if each.frequency > 10]
    drawn: Counter[str] = Counter()
    with engine.lane(voice=find_voice("default")) as lane:
        prompt = encode(["Brindemos otra vez con este"], lang="es", codes=None) + "11"
        for seed in range(20):
            words = propose_words(lane, prompt, rhymes, Sampling(1.0, 0.9, seed), 5)
            assert len(set(words)) == len(words) == 5
            drawn.update(words)
        again = propose_words(lane, prompt, rhymes, Sampling(1.0, 0.9, 3), 5)
        assert again == propose_words(lane, prompt, rhymes, Sampling(1.0, 0.9, 3), 5)
        some = propose_words(
            lane, prompt, rhymes, Sampling(1.0, 0.9, 3), 5, may_end=lambda word: word != again[0]
        )
        assert again[0] not in some
    assert set(drawn) <= {each.word for each in rhymes}
    assert len(drawn) > 8
    assert drawn["vino"] > 10 > drawn["adivino"]


def test_texts_are_weighed(engine: LlamaCpp) -> None:
    prompt = encode(POEM, lang="es", form="free")
    texts = [
        "y el pan huele en la calle\n",
        "y el pan huele en la cantamos\n",
        "the bread is late\n",
    ]
    with engine.lanes(2, voice=find_voice("default")) as lanes:
        weights = weigh(lanes, prompt, texts)
        good, broken, foreign = (each.text for each in weights)
        assert weigh(lanes[:1], prompt, texts[:1])[0].text == pytest.approx(good, abs=1.0)
        first = lanes[0].weigh_beginnings(prompt, [text.split(" ")[0] for text in texts])
    assert -60 < good < 0
    assert good > max(broken, foreign)
    assert first[0] == first[1] > first[2]
    assert first[0] > -10
    # The line that breaks at its last word does so there.
    assert weights[0].ending > weights[1].ending + 3
    assert good < weights[0].ending < 0
