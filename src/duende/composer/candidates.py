"""Candidates for a line: words that could end it, lines that end in them, how likely a text is.

Lanes and a prompt go in. The lanes work side by side, and each line is written word by word and
dropped as soon as it cannot fit any more.
"""

import math
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

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

Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Asked:
    """A line that is asked for: what it goes on from, the word it is to end in, what it has to be.

    `prompt` ends with the code of that word. In free verse there is no code, no `word`, and nothing
    is `wanted`. `loosely` lets a line run on that will have a syllable too many.
    """

    prompt: str
    sampling: Sampling
    word: str = ""
    wanted: Wanted | None = None
    loosely: bool = False


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
    lanes: Sequence[Lane],
    asked: Sequence[Asked],
    *,
    enough: int,
    stopped: Callable[[], bool] = bool,
) -> list[str]:
    """Write the lines that are `asked` for until `enough` of them came to their end.

    Those that were begun, in that order, "" for one that was dropped on the way. Raises
    `EngineError` and `ContextFull`.
    """
    ended: list[str] = []

    def write(lane: Lane, each: Asked) -> str:
        line = _write(lane, each, stopped)
        if line:
            ended.append(line)
        return line

    return _in_lanes(lanes, write, asked, lambda: stopped() or len(ended) >= enough)


@dataclass(frozen=True)
class Weight:
    """The log-probability (nats) of a text, and of its first line's last word by itself."""

    text: float
    ending: float


def weigh(lanes: Sequence[Lane], prompt: str, texts: Sequence[str]) -> list[Weight]:
    """How likely the model finds each of `texts` after `prompt`.

    Raises `EngineError` and `ContextFull`.
    """

    def read(lane: Lane, text: str) -> Weight:
        forced = Sampling(0.0, 1.0, 0, varied=False, beginnings=(text,))
        begins = text.partition("\n")[0].rpartition(" ")[0]
        nats = ending = 0.0
        written = ""
        with closing(lane.weigh_text(prompt, forced, max_tokens=2 * MOST_TOKENS)) as pieces:
            for piece in pieces:
                nats += piece.nats
                if len(begins) <= len(written) and "\n" not in written:
                    ending += piece.nats
                written += piece.text
                if len(written) >= len(text):
                    break
        return Weight(nats, ending)

    return _in_lanes(lanes, read, texts)


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
    if last_word(whole) != asked.word:
        whole = f"{whole} {asked.word}"
    return can_still_fit(whole, wanted, over=int(asked.loosely))


def _in_lanes(
    lanes: Sequence[Lane],
    work: Callable[[Lane, Item], Found],
    items: Sequence[Item],
    stopped: Callable[[], bool] = bool,
) -> list[Found]:
    """What `work` finds for each item, in their order; each lane takes the next as it is free."""
    numbers = iter(range(len(items)))
    found: dict[int, Found] = {}

    def work_on(lane: Lane) -> None:
        for number in numbers:  # shared: a range's iterator gives each number once
            if stopped():
                return
            found[number] = work(lane, items[number])

    if len(lanes) == 1:
        work_on(lanes[0])
    else:
        with ThreadPoolExecutor(len(lanes)) as pool:
            for done in [pool.submit(work_on, lane) for lane in lanes]:
                done.result()
    return [found[number] for number in sorted(found)]
