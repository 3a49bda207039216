"""What poems share with the text that a voice learnt from: runs of words, and whole passages.

The training poems of one language go in once, as `TrainingText`; poems to be measured are held
against it, all in one go. Words are compared without case, accents and punctuation. Some 6 million
words take seconds to read and some 400 MB. It knows nothing of models.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from duende.corpus.comparing import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

PASSAGE = 4
"""Lines in a passage: ByGPT5 (https://arxiv.org/abs/2212.10474) compares quatrains."""
COPIED_PASSAGE = 0.7
"""A passage as like one of training as this, in difflib's ratio of letters, is a copy: the same
paper's bound, after https://arxiv.org/abs/2202.07646."""
SHORTEST_PASSAGE = 8
"""Words that a passage must have to be a copy: four of one word each are like any others."""
COPIED_RUN = 12
"""Words in a row that are a copy; of held-out human poems few have as many."""
CANDIDATES = 12
"""Training passages that are compared letter by letter, of those that share most rare words."""
LEAST_SHARED = 1e-6  # of weight; below it a difference of sums is rounding
ENOUGH_LINES = 60_000
"""Of the words of a passage the rarest are looked up, until they lead to so many lines: the rest
stand everywhere, and say little of where it is from."""
SEED_WORDS = 4  # a run of so many is looked for first, then made longer
HASH_FACTOR = 0x9E3779B97F4A7C15  # odd, its bits well mixed (2^64 over the golden ratio)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of words that stands in the training text too: how many, and which."""

    length: int
    words: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two passages are (0 to 1), and both of them."""

    ratio: float
    passage: str = ""
    training: str = ""


class TrainingText:
    """The poems that a voice learnt from, in one language, indexed by words.

    >>> training = TrainingText(["The sea is old,\\nand it sings all night\\nto the patient sand."])
    >>> training.longest_runs(["My heart\\nand it sings, ALL night long"])
    [Run(length=5, words='and it sings all night')]
    >>> training.closest_passage(["the sea is old", "and it sang all night"]).ratio > 0.7
    True
    """

    def __init__(self, poems: Iterable[str]) -> None:
        import numpy

        self._vocabulary: dict[str, int] = {}
        self._lines: list[str] = []
        words, line_of, poem_of = [], [], []
        for number, text in enumerate(poems):
            words.append(0)  # no word: a run ends with its poem
            line_of.append(-1)
            for line in _verses(text):
                for word in plain(line).split():
                    words.append(self._vocabulary.setdefault(word, len(self._vocabulary) + 1))
                    line_of.append(len(self._lines))
                self._lines.append(line)
                poem_of.append(number)
        self._words = numpy.array([*words, 0], dtype=numpy.int32)
        self._poem_of = numpy.array(poem_of, dtype=numpy.int32)
        self._index(numpy.array(line_of, dtype=numpy.int32))

    @property
    def words(self) -> int:
        """How many words it has."""
        return int((self._words > 0).sum())

    def _index(self, line_of: "Numbers") -> None:
        """Note for each word the lines that it stands in, and how much it weighs."""
        import numpy

        words = self._words[:-1]
        real = words > 0
        pairs = numpy.unique(words[real].astype(numpy.int64) << 32 | line_of[real])
        self._word_lines = (pairs & 0xFFFFFFFF).astype(numpy.int32)
        self._starts = numpy.searchsorted(pairs >> 32, numpy.arange(len(self._vocabulary) + 2))
        share = numpy.diff(self._starts) / (len(self._lines) + 1)
        self._weights = -numpy.log(numpy.where(share, share, 1))

    def longest_runs(self, texts: Sequence[str]) -> list[Run]:
        """For each text the longest run of words that stands in one of the training poems."""
        import numpy

        said = [plain(text).split() for text in texts]
        numbers = [self._vocabulary.get(word, -1) for words in said for word in [*words, ""]]
        asked = numpy.array([-1, *numbers, -1], dtype=numpy.int32)
        owner = numpy.repeat(numpy.arange(len(said)), [len(words) + 1 for words in said])
        best = numpy.zeros(len(asked), dtype=numpy.int32)
        for length in range(1, SEED_WORDS + 1):
            here, there = self._meetings(asked, length, only_here=length < SEED_WORDS)
            best[here] = length
        while len(here):
            length += 1
            # Both texts end in a word that matches nothing, so that no run passes their ends.
            goes_on = asked[here + length - 1] == self._words[there + length - 1]
            here, there = here[goes_on], there[goes_on]
            best[here] = length
        return [_longest(words, best[1:-1][owner == each]) for each, words in enumerate(said)]

    def _meetings(
        self, asked: "Numbers", length: int, *, only_here: bool
    ) -> tuple["Numbers", "Numbers"]:
        """Where `length` words of the text asked about and of the training text are the same."""
        import numpy

        mine, theirs = _hashes(asked, length), _hashes(self._words, length)
        if only_here:
            here = numpy.flatnonzero(numpy.isin(mine, theirs))
            there = here[:0]
        else:
            order = numpy.argsort(mine, kind="stable")
            ordered = mine[order]
            first = numpy.searchsorted(ordered, theirs, side="left")
            count = numpy.searchsorted(ordered, theirs, side="right") - first
            found = numpy.flatnonzero(count)
            there = numpy.repeat(found, count[found])
            offset = numpy.arange(len(there)) - numpy.repeat(
                numpy.cumsum(count[found]) - count[found], count[found]
            )
            here = order[numpy.repeat(first[found], count[found]) + offset]
            for place in range(length):  # a hash may lie
                same = asked[here + place] == self._words[there + place]
                here, there = here[same], there[same]
        known = numpy.ones(len(here), dtype=bool)
        for place in range(length):
            known &= asked[here + place] > 0
        return here[known], there[known] if len(there) else there

    def closest_passage(self, lines: Sequence[str]) -> Likeness:
        """The likest pair of a passage of four of these lines and four lines of training.

        The lines are taken four by four; the training text at every line. Only the passages that
        share most rare words are compared letter by letter; passages of fewer than eight words
        are not looked for.
        """
        verses = _verses("\n".join(lines))
        best = Likeness(0.0)
        for start in range(0, len(verses), PASSAGE):
            passage = verses[max(0, min(start, len(verses) - PASSAGE)) : start + PASSAGE]
            if len(plain(" ".join(passage)).split()) < SHORTEST_PASSAGE:
                continue
            for candidate in self._candidates(passage):
                best = _likest(best, "\n".join(passage), candidate)
        return best

    def _rarest_first(self, passage: Sequence[str]) -> list[int]:
        """The numbers of the passage's words that stand in the training text, the rarest first."""
        words = {word for line in passage for word in plain(line).split()}
        known = sorted(self._vocabulary[word] for word in words if word in self._vocabulary)
        return sorted(known, key=lambda number: -self._weights[number])

    def _candidates(self, passage: Sequence[str]) -> list[str]:
        """The training passages as long as this one that share most of its rare words."""
        import numpy

        size = len(passage)
        if len(self._lines) < size:
            return ["\n".join(self._lines)] if self._lines else []
        score = numpy.zeros(len(self._lines) + 1)
        looked_at = 0
        for number in self._rarest_first(passage):
            lines = self._word_lines[self._starts[number] : self._starts[number + 1]]
            score[lines] += self._weights[number]
            looked_at += len(lines)
            if looked_at > ENOUGH_LINES:
                break
        sums = numpy.concatenate(([0.0], numpy.cumsum(score[:-1])))
        windows = sums[size:] - sums[:-size]
        # A passage is of one poem.
        windows[self._poem_of[size - 1 :] != self._poem_of[: len(windows)]] = 0
        likely = numpy.flatnonzero(windows > LEAST_SHARED)
        if len(likely) > CANDIDATES:
            likely = likely[numpy.argpartition(windows[likely], -CANDIDATES)[-CANDIDATES:]]
        # The best first: what comes after is dropped sooner.
        most = likely[numpy.argsort(-windows[likely], kind="stable")].tolist()
        return ["\n".join(self._lines[each : each + size]) for each in most]


def _likest(best: Likeness, passage: str, training: str) -> Likeness:
    # Without autojunk: in a passage of 200 letters and more it would take every letter for junk.
    matcher = SequenceMatcher(None, training, passage, autojunk=False)
    if matcher.real_quick_ratio() <= best.ratio or matcher.quick_ratio() <= best.ratio:
        return best
    ratio = matcher.ratio()
    return Likeness(ratio, passage, training) if ratio > best.ratio else best


def _verses(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _hashes(numbers: "Numbers", length: int) -> "Numbers":
    """One number for each run of so many words."""
    import numpy

    wide = numbers.astype(numpy.int64).view(numpy.uint64)
    count = max(0, len(numbers) - length + 1)
    hashed = numpy.zeros(count, dtype=numpy.uint64)
    for place in range(length):
        hashed = hashed * numpy.uint64(HASH_FACTOR) + wide[place : place + count]
        hashed ^= hashed >> numpy.uint64(29)
    return hashed


def _longest(words: Sequence[str], lengths: "Numbers") -> Run:
    if not len(words):
        return Run(0, "")
    place = int(lengths[: len(words)].argmax())
    length = int(lengths[place])
    return Run(length, " ".join(words[place : place + length]))
