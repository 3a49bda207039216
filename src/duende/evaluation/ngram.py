"""A baseline that anybody can understand: a model of bytes that counts which follows which.

Poems of one language go in; bits per byte and poems come out. It is an n-gram model with
interpolated, modified Kneser-Ney smoothing (Chen and Goodman 1999,
https://doi.org/10.1006/csla.1999.0128): the longest context tells most, each shorter one takes what
is left over. Counts are sorted tables of numbers, so that a whole corpus takes seconds.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

ORDER = 7
"""Bytes in an n-gram, the predicted one included; at most 8 fit into a number. On the validation
poems 6, 7 and 8 take 2.162, 2.125 and 2.120 bits a byte in English, 2.016, 1.981 and 1.984 in
Spanish."""
START, END = 2, 3  # ASCII's own signs; neither stands in a poem
BYTES = 256


@dataclass(frozen=True)
class _Level:
    """The n-grams of one length, sorted; and their contexts with what they sum up to."""

    grams: "Numbers"
    kept: "Numbers"  # each count less its discount
    contexts: "Numbers"
    totals: "Numbers"
    left_over: "Numbers"  # the discounts of each context, which the next shorter level shares out


class NgramModel:
    """Learns from poems, says how many bits a text takes, and writes.

    >>> model = NgramModel(["la luna\\nla luna\\nel sol"] * 5)
    >>> model.bits("la luna") < model.bits("oh noche")
    True
    >>> model.write("la luna", seed=1, max_words=8).split("\\n")[0]
    'la luna'
    """

    def __init__(self, poems: Iterable[str], *, order: int = ORDER) -> None:
        import numpy

        if not 1 <= order <= 8:
            raise ValueError("an n-gram has 1 to 8 bytes")
        self.order = order
        pad = bytes([START]) * (order - 1)
        text = b"".join(pad + poem.encode() + bytes([END]) for poem in poems)
        symbols = numpy.frombuffer(pad + text, dtype=numpy.uint8)
        grams = _windows(symbols, order)[symbols[order - 1 :] != START]
        grams, counts = numpy.unique(grams, return_counts=True)
        levels = [_level(grams, counts)]
        for length in range(order - 1, 0, -1):
            # Of shorter runs it counts after how many different bytes they stand, not how often.
            mask = numpy.uint64((1 << (8 * length)) - 1)
            grams, counts = numpy.unique(grams & mask, return_counts=True)
            levels.append(_level(grams, counts))
        self._levels = levels[::-1]

    def bits(self, text: str) -> float:
        """The bits that a text takes, its end not counted."""
        import numpy

        if not text:
            return 0.0
        pad = bytes([START]) * (self.order - 1)
        grams = _windows(numpy.frombuffer(pad + text.encode(), dtype=numpy.uint8), self.order)
        return float(-numpy.log2(self._probabilities(grams)).sum())

    def _probabilities(self, grams: "Numbers") -> "Numbers":
        """The probability of the last byte of each n-gram after the others."""
        import numpy

        found = numpy.full(len(grams), 1 / BYTES)
        for length, level in enumerate(self._levels, start=1):
            mask = numpy.uint64((1 << (8 * length)) - 1)
            grams_here = grams & mask
            context = _places(level.contexts, grams_here >> numpy.uint64(8))
            place = _places(level.grams, grams_here)
            kept = numpy.where(place >= 0, level.kept[place], 0.0)
            seen = context >= 0
            total = level.totals[context]
            share = (kept + level.left_over[context] * found) / total
            found = numpy.where(seen, share, found)
        return found

    def next_byte(self, before: bytes) -> "Numbers":
        """The probability of each of the 256 bytes after those before."""
        import numpy

        pad = bytes([START]) * (self.order - 1) + before
        context = int.from_bytes(pad[len(pad) - self.order + 1 :], "big")
        grams = numpy.uint64(context << 8) + numpy.arange(BYTES, dtype=numpy.uint64)
        return self._probabilities(grams)

    def write(self, first_line: str, *, seed: int, max_words: int = 200) -> str:
        """A poem that begins with `first_line`, drawn byte by byte until it ends or is too long."""
        draw = random.Random(f"{first_line} {seed}")
        text = first_line.encode() + b"\n"
        while len(text.split()) <= max_words:
            chances = self.next_byte(text)
            byte = draw.choices(range(BYTES), weights=chances.tolist())[0]
            if byte == END:
                break
            text += bytes([byte])
        words_over = len(text.split()) > max_words
        lines = text.decode(errors="ignore").split("\n")
        return "\n".join(lines[:-1] if words_over else lines).rstrip()


def _windows(symbols: "Numbers", order: int) -> "Numbers":
    """Every run of `order` bytes as one number, the last byte lowest."""
    import numpy

    count = max(0, len(symbols) - order + 1)
    grams = numpy.zeros(count, dtype=numpy.uint64)
    for place in range(order):
        grams = grams << numpy.uint64(8) | symbols[place : place + count]
    return grams


def _level(grams: "Numbers", counts: "Numbers") -> _Level:
    """Sums and discounts of the n-grams of one length."""
    import numpy

    discounts = _discounts(counts)[numpy.minimum(counts, 3)]
    contexts, starts = numpy.unique(grams >> numpy.uint64(8), return_index=True)
    return _Level(
        grams=grams,
        kept=counts - discounts,
        contexts=contexts,
        totals=numpy.add.reduceat(counts, starts).astype(float),
        left_over=numpy.add.reduceat(discounts, starts),
    )


def _discounts(counts: "Numbers") -> "Numbers":
    """What is taken from counts of 1, 2, and 3 or more: Chen and Goodman's estimate.

    Where there are too few n-grams to say, half a count.
    """
    import numpy

    one, two, three, four = (int((counts == number).sum()) for number in (1, 2, 3, 4))
    if not (one and two and three and four):
        return numpy.array([0.0, 0.5, 0.5, 0.5])
    share = one / (one + 2 * two)
    return numpy.array(
        [
            0.0,
            1 - 2 * share * two / one,
            min(max(2 - 3 * share * three / two, 0.0), 2.0),
            min(max(3 - 4 * share * four / three, 0.0), 3.0),
        ]
    )


def _places(table: "Numbers", asked: "Numbers") -> "Numbers":
    """Where each number stands in a sorted table, -1 where it does not."""
    import numpy

    places = numpy.minimum(numpy.searchsorted(table, asked), len(table) - 1)
    return numpy.where(table[places] == asked, places, -1)
