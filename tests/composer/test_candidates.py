"""Candidates on the real engine: words that are likely there, lines, texts that are weighed."""

from collections import Counter
from contextlib import closing

import pytest

from duende.composer.candidates import Asked, Reading, parted, propose_words, weigh, write_lines
from duende.composer.engine import Sampling
from duende.composer.engines.llamacpp import LlamaCpp
from duende.composer.fit import Wanted
from duende.poetics.dictionary import find_rhymes
from duende.voice.prompts import Code, encode, last_word
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
    # A word that nobody would say there is the rarest.
    assert weights[1].rarest == weights[1].ending < weights[0].rarest


def test_lines_come_as_they_end_and_are_dropped_when_there_are_enough(engine: LlamaCpp) -> None:
    prompt = encode(POEM, lang="es", codes=[Code(11, "mañana")])
    asked = [
        Asked(f"{prompt}11 {word}|", Sampling(1.0, 0.9, seed), word, Wanted("es", 11))
        for seed, word in enumerate(["ventana", "campana", "hermana", "lana"] * 3)
    ]
    with engine.lanes(4, voice=find_voice("default")) as lanes:
        lines = list(write_lines(lanes, asked))
        assert len(lines) == len(asked)
        ended = list(filter(None, lines))
        assert ended
        assert {last_word(line) for line in ended} <= {each.word for each in asked}
        with closing(write_lines(lanes, asked)) as some:
            first = next(some)
        assert isinstance(first, str)
        assert list(write_lines(lanes, asked, stopped=lambda: True)) in ([], [""] * len(lanes))
        # A lane alone writes them one after the other, and the same ones again.
        alone = list(write_lines(lanes[:1], asked[:4]))
        assert len(alone) == 4


def test_a_lane_knows_what_another_has_read(engine: LlamaCpp) -> None:
    prompt = encode([*POEM] * 6, lang="es", form="free")
    texts = ["y el pan huele en la calle\n", "y la harina está en la puerta\n"]
    with engine.lanes(3, voice=find_voice("default")) as lanes:
        alone = [weigh(lanes[:1], prompt, [text])[0] for text in texts]
        lanes[0].share(lanes[1:])
        shared = [weigh([lane], prompt, texts[:1])[0] for lane in lanes[1:]]
    for each in shared:
        assert each.text == pytest.approx(alone[0].text, abs=1.0)


def test_what_is_not_read_when_the_reading_is_left_never_is(engine: LlamaCpp) -> None:
    prompt = encode(POEM, lang="es", form="free")
    with engine.lanes(2, voice=find_voice("default")) as lanes:
        with Reading(lanes, prompt) as reading:
            for number in range(50):
                reading.begin(f"y el pan huele en la calle {number}\n")
        unread = [each for each in reading._read.values() if each.cancelled()]
        assert len(unread) > 30
