"""Candidates for a line: an open code goes to the voice, lines that stand to be judged come out.

Each is written in a lane of its own, word by word, and dropped as soon as it cannot fit any more.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

from duende.composer.engine import Lane, Sampling
from duende.composer.fit import Wanted, can_still_fit
from duende.voice.prompts import CODE_END, END_OF_TEXT, last_word

MOST_TOKENS = 64
"""Of a code and its line, more than any has."""


@dataclass(frozen=True)
class Candidate:
    """A line that may stand. `word` is the one that it was to end in.

    `nats` is the log-probability of the line given the poem and the code, `word_nats` that of the
    code's word given the poem.
    """

    line: str
    word: str
    nats: float
    word_nats: float


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    `prompt` ends with an open code, and the line is to end in one of `words` (none: any that
    `may_end` lets pass). In free verse nothing is `wanted`, and there is no code.
    """

    prompt: str
    wanted: Wanted | None
    words: Sequence[str] = ()
    may_end: Callable[[str], bool] = bool


def write_candidates(
    lanes: Sequence[Lane],
    asked: Asked,
    samplings: Sequence[Sampling],
    *,
    stopped: Callable[[], bool] = bool,
) -> list[Candidate]:
    """Write a candidate with each of `samplings`, in all `lanes` at once.

    Those that came to an end, in the order of `samplings`. Raises `EngineError` and `ContextFull`.
    """
    numbers = iter(range(len(samplings)))
    found: dict[int, Candidate] = {}

    def work(lane: Lane) -> None:
        for number in numbers:
            if stopped():
                return
            written = _write(lane, asked, samplings[number], stopped)
            if written is not None:
                found[number] = written

    if len(lanes) == 1:
        work(lanes[0])
    else:
        with ThreadPoolExecutor(len(lanes)) as pool:
            for done in [pool.submit(work, lane) for lane in lanes]:
                done.result()
    return [found[number] for number in sorted(found)]


def _write(
    lane: Lane, asked: Asked, sampling: Sampling, stopped: Callable[[], bool]
) -> Candidate | None:
    """Write one candidate, None if it is dropped on the way."""
    coded = asked.wanted is not None
    beginnings = tuple(f" {word}{CODE_END}" for word in asked.words)
    drawn = replace(sampling, beginnings=beginnings, varied=not coded, blank_lines=False)
    code, line, word = "", "", ""
    nats = word_nats = 0.0
    pieces = lane.weigh_text(asked.prompt, drawn, max_tokens=MOST_TOKENS)
    with closing(pieces) as written:
        for piece in written:
            if stopped():
                return None
            text = piece.text
            if coded and not word:
                code += text
                word_nats += piece.nats
                if "\n" in code or END_OF_TEXT in code:
                    return None
                if CODE_END not in code:
                    continue
                word, _, text = code.partition(CODE_END)
                word = word.strip()
                if not word or not (asked.words or asked.may_end(word)):
                    return None
                line, text = text, ""
                continue
            if END_OF_TEXT not in text:
                nats += piece.nats
            line += text.replace(END_OF_TEXT, "\n")
            if "\n" in line:
                line = " ".join(line.partition("\n")[0].split())
                kept = bool(line) if not coded else last_word(line) == word
                return Candidate(line, word, nats, word_nats) if kept else None
            whole, blank, _ = line.rpartition(" ")
            if asked.wanted and blank and text[0] == " " and not can_still_fit(whole, asked.wanted):
                return None
    return None


def likelihood(lane: Lane, prompt: str, text: str) -> float:
    """The log-probability (nats) of `text` after `prompt`, as the model thinks.

    Raises `EngineError` and `ContextFull`.
    """
    forced = Sampling(0.0, 1.0, 0, varied=False, beginnings=(text,))
    nats, written = 0.0, ""
    with closing(lane.weigh_text(prompt, forced, max_tokens=MOST_TOKENS)) as pieces:
        for piece in pieces:
            nats += piece.nats
            written += piece.text
            if len(written) >= len(text):
                return nats
    return nats
