"""The n-gram baseline: against the formula written out with dictionaries."""

import math
import random
from collections import Counter, defaultdict

import pytest

from duende.evaluation.ngram import BYTES, END, START, NgramModel

POEMS = [
    "la luna sube al tejado\ny la luna baja al río",
    "the rain is a clerk\nthat counts every window",
    "el río no sabe contar\nventanas ni lunas",
    "nobody counts the moon\nnobody",
] * 3


def _by_hand(poems: list[str], order: int, text: str) -> float:
    """Interpolated Kneser-Ney with three discounts (Chen and Goodman 1999, section 3), slowly."""
    counts: list[Counter[bytes]] = [Counter() for _ in range(order + 1)]
    for poem in poems:
        line = bytes([START] * (order - 1)) + poem.encode() + bytes([END])
        for end in range(order, len(line) + 1):
            counts[order][line[end - order : end]] += 1
    for length in range(order - 1, 0, -1):
        counts[length] = Counter(gram[1:] for gram in counts[length + 1])
    after: list[dict[bytes, list[int]]] = [defaultdict(list) for _ in range(order + 1)]
    for length in range(1, order + 1):
        for gram, count in counts[length].items():
            after[length][gram[:-1]].append(count)

    def discount(length: int, count: int) -> float:
        of = Counter(min(number, 5) for number in counts[length].values())
        if not all(of[number] for number in (1, 2, 3)) or not list(counts[length].values()).count(
            4
        ):
            return 0.5 if count else 0.0
        four = list(counts[length].values()).count(4)
        share = of[1] / (of[1] + 2 * of[2])
        ratio = {1: of[2] / of[1], 2: of[3] / of[2], 3: four / of[3]}
        kind = min(count, 3)
        return kind - (kind + 1) * share * ratio[kind] if kind else 0.0

    def probability(context: bytes, byte: bytes, length: int) -> float:
        if length == 0:
            return 1 / BYTES
        here = context[len(context) - length + 1 :] if length > 1 else b""
        shorter = probability(context, byte, length - 1)
        seen = after[length].get(here)
        if not seen:
            return shorter
        count = counts[length][here + byte]
        left = sum(discount(length, number) for number in seen)
        return (count - discount(length, count) + left * shorter) / sum(seen)

    line = bytes([START] * (order - 1)) + text.encode()
    return -sum(
        math.log2(probability(line[end - order : end - 1], line[end - 1 : end], order))
        for end in range(order, len(line) + 1)
    )


@pytest.mark.parametrize("order", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("text", ["la luna", "¿Quién cuenta la lluvia?", "zzz", "nobody counts"])
def test_bits_are_the_formulas(order: int, text: str) -> None:
    found = NgramModel(POEMS, order=order).bits(text)
    assert found == pytest.approx(_by_hand(POEMS, order, text), rel=1e-9)


def test_one_byte_by_hand() -> None:
    # Four a, and the end four times: 8 in all, discounts of a half each, 256 bytes share one.
    model = NgramModel(["a"] * 4, order=1)
    assert 2 ** -model.bits("a") == pytest.approx((4 - 0.5 + 1.0 / 256) / 8)


@pytest.mark.parametrize("before", [b"", b"la l", "el rí".encode(), b"\xff\xfe", b"nobody counts"])
def test_chances_add_up_to_one(before: bytes) -> None:
    for order in (1, 4, 7):
        chances = NgramModel(POEMS, order=order).next_byte(before)
        assert chances.min() > 0
        assert chances.sum() == pytest.approx(1.0)


def test_what_was_learnt_takes_fewer_bits() -> None:
    model = NgramModel(POEMS)
    assert model.bits(POEMS[0]) < 0.5 * model.bits(POEMS[0][::-1])
    assert model.bits("") == 0


def test_it_writes_the_same_for_the_same_seed_and_stops() -> None:
    draw = random.Random(1)
    model = NgramModel(POEMS, order=3)
    for _ in range(10):
        seed = draw.randrange(1000)
        poem = model.write("the moon", seed=seed, max_words=30)
        assert poem == model.write("the moon", seed=seed, max_words=30)
        assert poem.startswith("the moon\n")
        assert len(poem.split()) <= 30
        assert not {chr(START), chr(END)} & set(poem)
    assert len({model.write("the moon", seed=seed) for seed in range(5)}) > 1


def test_an_order_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        NgramModel(POEMS, order=9)
