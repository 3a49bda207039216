"""Candidates for a line: words that could end it, lines that end in them, how likely a text is.

Lanes and a prompt go in. The lanes work side by side, and each line is written word by word and
dropped as soon as it cannot fit any more.
"""

import math
import random
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from queue import SimpleQueue
from typing import Self

from duende.composer.engine import Lane, Sampling
from duende.composer.fit import Wanted, can_still_fit
from duende.poetics.dictionary import Rhyme
from duende.voice.prompts import CODE_END, END_OF_TEXT, last_word

MOST_TOKENS = 64
"""Of a code and its line, more than any has."""
USED = 0.2
"""The weight of how much a word is used (nats), against how likely it is in its place."""
SHARPER = 2.0
"""A word is drawn so many times more surely than the tokens of a line: it binds them all."""
WRITERS = 4
"""Lanes in which lines are written; more at once are no faster on two cores (docs/log.md)."""


@dataclass(frozen=True)
class Asked:
    """A line that is asked for: what it goes on from, the word it is to end in, what it has to be.

    `prompt` ends with the code of that word. In free verse there is no code, no `word`, and nothing
    is `wanted`.
    """

    prompt: str
    sampling: Sampling
    word: str = ""
    wanted: Wanted | None = None


def parted(lanes: Sequence[Lane]) -> tuple[Sequence[Lane], Sequence[Lane]]:
    """The lanes that write, and those that read what was written: each keeps to its own prompts.

    A lane that did both would read the whole poem again at every turn; where there is only one, it
    has to.
    """
    writers = min(WRITERS, -(-len(lanes) // 2))
    return lanes[:writers], lanes[writers:] or lanes


def propose_words(
    lane: Lane,
    prompt: str,
    among: Sequence[Rhyme],
    sampling: Sampling,
    count: int,
    *,
    may_end: Callable[[str], bool] = bool,
) -> tuple[str, ...]:
    """Draw up to `count` words of `among` that `may_end` a line, the first the best.

    `prompt` ends with an open code. A word is likelier to be drawn the likelier it is there, and
    the less it is used elsewhere: what any line could end in says little. Drawn without
    replacement (https://arxiv.org/abs/1903.06059). Raises `EngineError` and `ContextFull`.
    """
    draw = random.Random(sampling.seed)
    nats = lane.weigh_beginnings(prompt, [f" {each.word}{CODE_END}" for each in among])
    drawn = {
        each.word: (weight - USED * math.log(each.frequency + 1)) * SHARPER / sampling.temperature
        - math.log(-math.log(draw.random() or 0.5))
        for each, weight in zip(among, nats, strict=True)
    }
    best = sorted(drawn, key=lambda word: -drawn[word])
    return tuple(islice(filter(may_end, best), count))


def write_lines(
    lanes: Sequence[Lane], asked: Sequence[Asked], *, stopped: Callable[[], bool] = bool
) -> Generator[str]:
    """Write the lines that are `asked` for, as many at once as there are lanes.

    Yields each as it comes to its end, "" for one that was dropped on the way. Those that are being
    written when the iterator is closed are dropped. Raises `EngineError` and `ContextFull`.
    """
    to_write = iter(asked)  # shared by the lanes
    if len(lanes) == 1:
        for each in to_write:
            yield _write(lanes[0], each, stopped)
        return
    ended: SimpleQueue[str | None] = SimpleQueue()
    over = threading.Event()

    def done() -> bool:
        return over.is_set() or stopped()

    def work_on(lane: Lane) -> None:
        try:
            for each in to_write:
                ended.put(_write(lane, each, done))
                if done():
                    break
        finally:
            ended.put(None)

    with ThreadPoolExecutor(len(lanes)) as pool:
        working = [pool.submit(work_on, lane) for lane in lanes]
        try:
            left = len(lanes)
            while left:
                line = ended.get()
                if line is None:
                    left -= 1
                else:
                    yield line
        finally:
            over.set()
    for lane_done in working:
        lane_done.result()


@dataclass(frozen=True)
class Weight:
    """The log-probabilities (nats) of a text, and of its first line's last and rarest words."""

    text: float
    ending: float
    rarest: float


class Reading:
    """Texts that are read after `prompt`, as many at once as there are lanes.

    A context: those that are not read when it is left never are.
    """

    def __init__(self, lanes: Sequence[Lane], prompt: str) -> None:
        self._prompt = prompt
        self._lanes: SimpleQueue[Lane] = SimpleQueue()
        for lane in lanes:
            self._lanes.put(lane)
        self._pool = ThreadPoolExecutor(len(lanes))
        self._left = threading.Event()
        self._read: dict[str, Future[Weight]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._pool.shutdown(cancel_futures=True)

    def begin(self, text: str) -> None:
        """Read a text as soon as a lane is free."""
        if text not in self._read:
            self._read[text] = self._pool.submit(self._weigh, text)

    def weight(self, text: str) -> Weight:
        """How likely the model finds a text. Raises `EngineError` and `ContextFull`."""
        self.begin(text)
        return self._read[text].result()

    def _weigh(self, text: str) -> Weight:
        forced = Sampling(0.0, 1.0, 0, varied=False, beginnings=(text,))
        nats = 0.0
        words: list[float] = []
        written = ""
        lane = self._lanes.get()
        try:
            with closing(lane.weigh_text(self._prompt, forced, max_tokens=2 * MOST_TOKENS)) as read:
                for piece in read:
                    nats += piece.nats
                    if "\n" not in written + piece.text:
                        if piece.text[0] == " " or not words:
                            words.append(0.0)
                        words[-1] += piece.nats if any(map(str.isalpha, piece.text)) else 0.0
                    written += piece.text
                    if len(written) >= len(text) or self._left.is_set():
                        break
        finally:
            self._lanes.put(lane)
        return Weight(nats, words[-1], min(words)) if words else Weight(nats, 0.0, 0.0)


def weigh(lanes: Sequence[Lane], prompt: str, texts: Sequence[str]) -> list[Weight]:
    """How likely the model finds each of `texts` after `prompt`.

    Raises `EngineError` and `ContextFull`.
    """
    with Reading(lanes, prompt) as reading:
        for text in texts:
            reading.begin(text)
        return [reading.weight(text) for text in texts]


def _write(lane: Lane, asked: Asked, stopped: Callable[[], bool]) -> str:
    """Write one line, "" where it is dropped on the way."""
    sampling = replace(asked.sampling, blank_lines=False)
    line = ""
    with closing(lane.continue_text(asked.prompt, sampling, max_tokens=MOST_TOKENS)) as pieces:
        for piece in pieces:
            if stopped():
                return ""
            line += piece.replace(END_OF_TEXT, "\n")
            if "\n" in line:
                line = " ".join(line.partition("\n")[0].split())
                return line if not asked.wanted or last_word(line) == asked.word else ""
            if asked.wanted and piece[0] == " " and not _can_end(line, asked, asked.wanted):
                return ""
    return ""


def _can_end(line: str, asked: Asked, wanted: Wanted) -> bool:
    """Whether a line whose last word has only begun can still come to its end."""
    whole = line.rpartition(" ")[0]
    if not whole.strip():
        return True
    if last_word(whole) == asked.word:
        whole = whole.rpartition(" ")[0]
    return can_still_fit(whole, asked.word, wanted)
