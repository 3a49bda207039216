"""Which of the lines that fit is the best.

A candidate and the poem so far go in, what it is worth comes out.
The likeliest line is often the one that says the last again; so what stands in the poem already
costs.
"""

from collections.abc import Sequence
from itertools import pairwise

from duende.composer.candidates import Candidate
from duende.composer.objections import plain_words
from duende.poem import SENTENCE_END

WORD = 0.5
"""The weight of how likely the last word is, beside that of the line."""
SAID = 1.5
"""What a word of four letters and more costs (nats) that stands in the poem."""
OPENING = 2.0
"""What a line costs that opens with the two words of another, or with the word of the last two."""
RUN = 1.5
"""What each run of three words costs that stands in the poem."""
CLOSED = 3.0
"""What a last line is worth more that ends its sentence."""
LONG_WORD = 4


def worth(candidate: Candidate, lines: Sequence[str], *, last: bool) -> float:
    """What a candidate is worth after `lines`, in nats; `last` where it ends the poem."""
    words = plain_words(candidate.line)
    said = [plain_words(line) for line in lines]
    known = {word for line in said for word in line if len(word) >= LONG_WORD}
    runs = {run for line in said for run in _runs(line)}
    cost = SAID * sum(word in known for word in words)
    cost += RUN * sum(run in runs for run in _runs(words))
    if (
        any(line[:2] == words[:2] for line in said)
        or [line[:1] for line in said[-2:]] == [words[:1]] * 2
    ):
        cost += OPENING
    closed = CLOSED if last and SENTENCE_END.search(candidate.line) else 0.0
    return candidate.nats + WORD * candidate.word_nats + closed - cost


def _runs(words: Sequence[str]) -> set[tuple[str, str, str]]:
    return {
        (one, two, three)
        for (one, two), (_, three) in zip(pairwise(words), pairwise(words[1:]), strict=False)
    }
