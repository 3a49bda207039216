"""Which of the lines that fit is the best.

Lines and the poem so far go in, what each is worth comes out. The voice reads them as it would read
any poem, without the codes that they were written under: told what word a line ends in it finds
any way there likely, and only a reader who is not told hears a sentence that was bent to reach it.
The likeliest line is often the one that says the last again; so what stands in the poem already
costs.
"""

from collections.abc import Sequence
from itertools import pairwise

from duende.composer.candidates import Weight
from duende.composer.fit import Fault
from duende.composer.objections import plain_words
from duende.poem import SENTENCE_END

SAID = 1.5
"""What a word of four letters and more costs (nats) that stands in the poem."""
OPENING = 2.0
"""What a line costs that opens with the two words of another, or with the word of the last two."""
RUN = 1.5
"""What each run of three words costs that stands in the poem."""
CLOSED = 3.0
"""What a last line is worth more that ends its sentence."""
LONG_WORD = 4
LIKELY = 0.4
"""The weight of how likely a line is, against what it costs: the likeliest lines say little."""
ENDING = 1.0
"""The weight of how likely its last word is after the others: there a bent line breaks."""
LET_OFF: dict[Fault, float] = {
    "stretch": 4.0,
    "metre": 4.0,
    "weak rhyme": 4.0,
    "stray rhyme": 4.0,
    "one syllable off": 8.0,
    "no rhyme": 12.0,
    "syllables": 12.0,
}
"""What each fault costs that is let pass."""


def worth(line: str, faults: Sequence[Fault], lines: Sequence[str], *, last: bool) -> float:
    """What a line is worth after `lines`, in nats, before it is read; `last` ends the poem.

    >>> worth("y la luna en la calle", (), ["y la luna en la noche"], last=False)
    -8.0
    """
    words = plain_words(line)
    said = [plain_words(other) for other in lines]
    known = {word for other in said for word in other if len(word) >= LONG_WORD}
    runs = {run for other in said for run in _runs(other)}
    cost = SAID * sum(word in known for word in words)
    cost += RUN * sum(run in runs for run in _runs(words))
    if (
        any(other[:2] == words[:2] for other in said)
        or [other[:1] for other in said[-2:]] == [words[:1]] * 2
    ):
        cost += OPENING
    cost += sum(LET_OFF[fault] for fault in faults)
    return (CLOSED if last and SENTENCE_END.search(line) else 0.0) - cost


def heard(weight: Weight) -> float:
    """What a line is worth for how it reads, in nats: see `LIKELY` and `ENDING`."""
    return LIKELY * weight.text + ENDING * weight.ending


def _runs(words: Sequence[str]) -> set[tuple[str, str, str]]:
    return {
        (one, two, three)
        for (one, two), (_, three) in zip(pairwise(words), pairwise(words[1:]), strict=False)
    }
