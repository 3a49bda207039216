"""Writes free verse: lines in one language, in one stanza, that end where a sentence ends.

A lane and a first line go in, lines come out, each when it is accepted. The engine writes on as
long as its lines are good; at the first that is not, it is stopped and goes on from the last good
line with another seed. A line once given is never taken back.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from duende.composer.ending import Ending
from duende.composer.engine import Lane, Sampling, seed_of
from duende.composer.objections import LONGEST_LINE, objection
from duende.errors import ContextFull, EngineError
from duende.poem import SENTENCE_END, Finish, Language, count_words, full_stop
from duende.voice.prompts import END_OF_TEXT, decode, encode
from duende.voice.voices import Voice

LEAST_LINES = 4
EARLIEST_END = 0.4  # of max_words: a base that was only shown examples tends to end too soon
CLOSING_WORDS = 24  # the last three or four lines: from here on a sentence's end ends the poem
CLOSING_SHARE = 0.3  # of max_words, where that is less
CLOSING_TRIES = 4
LONGEST_LINE_WORDS = 13
ATTEMPTS = 10  # at one line, before the rules of taste are dropped
STUCK = 5  # attempts at one line after which a poem that can end does
WARMER = 0.08  # added to the temperature at each further attempt at a line, to leave a circle
WIDER = 0.7  # what is left of the cut through the unlikely at each attempt after those
HARD_ATTEMPTS = 60  # at one line, before we give up
ALL_ATTEMPTS = 200  # at a poem: some fifteen are usual
TOKENS_A_WORD = 4  # more than any line needs in either language


@dataclass
class Draft:
    """The poem so far, and what was dropped on the way, by reason."""

    lang: Language
    max_words: int
    voice: Voice
    era: str
    lines: list[str]
    rejected: Counter[str] = field(default_factory=Counter)
    over: bool = False
    """Whether the model ended its text at the last attempt."""

    @property
    def examples(self) -> Sequence[Sequence[str]]:
        """The poems that the voice is shown."""
        return self.voice.examples.get(self.lang, ())

    @property
    def prompt(self) -> str:
        """What the engine is to continue."""
        return encode(self.lines, lang=self.lang, era=self.era, form="free", examples=self.examples)

    @property
    def words_left(self) -> int:
        """How many words may still be written."""
        return self.max_words - sum(map(count_words, self.lines))

    @property
    def ends_sentence(self) -> bool:
        """Whether the last line ends a sentence."""
        return bool(SENTENCE_END.search(self.lines[-1]))

    @property
    def room(self) -> int:
        """How many words the next line may have, so that four lines find a place."""
        lines_needed = max(1, LEAST_LINES - len(self.lines))
        return min(LONGEST_LINE_WORDS, max(1, -(-self.words_left // lines_needed)))

    @property
    def long_enough(self) -> bool:
        """Whether the poem may end at its next sentence's end, if the model wants to.

        A trained voice has learnt where poems end; the bare base would end all of them soon.
        """
        least = 0.0 if self.voice.trained else EARLIEST_END * self.max_words
        return len(self.lines) >= LEAST_LINES and self.max_words - self.words_left >= least

    @property
    def must_end(self) -> bool:
        """Whether there is no room for more, or a sentence ended close to the limit."""
        if self.words_left <= 0:
            return True
        enough = len(self.lines) >= LEAST_LINES
        return enough and self.ends_sentence and self.words_left < self.closing

    @property
    def closing(self) -> float:
        """With fewer words left than these, the end of a sentence is the end of the poem."""
        return min(CLOSING_WORDS, CLOSING_SHARE * self.max_words)


def write_free(
    lane: Lane,
    *,
    lines: Sequence[str],
    lang: Language,
    voice: Voice,
    era: str = "",
    max_words: int,
    sampling: Sampling,
    rejected: Counter[str],
    ending: Ending,
) -> Generator[str, None, Finish]:
    """Yield the lines after `lines`, as `voice` writes; return how the poem finished.

    `era` is what the header names, if anything. `max_words` counts those lines. `rejected` is
    filled with the reasons why lines were dropped; `ending` is asked at every piece of text. The
    same lane state, settings and seed give the same lines.

    Raises `EngineError` where the engine writes nothing that can be used, and `ContextFull` where
    the lines leave it no room.
    """
    draft = Draft(lang, max_words, voice, era, [*lines], rejected)
    attempt = failures = 0
    while not draft.must_end:
        begun = len(draft.lines) > len(lines)
        if failures >= STUCK and begun and draft.ends_sentence and len(draft.lines) >= LEAST_LINES:
            return "complete"
        may_end = draft.long_enough and not failures and begun
        wider = WIDER ** max(0, failures - STUCK)
        tried = replace(
            sampling,
            seed=seed_of(sampling.seed, attempt),
            temperature=sampling.temperature + WARMER * failures,
            top_p=1 - (1 - sampling.top_p) * wider,
            min_p=sampling.min_p * wider,
            may_end=may_end,
            # With a blank line the base ends a poem, and a trained voice a stanza: free verse
            # has but one.
            blank_lines=may_end and not voice.trained,
        )
        attempt += 1
        try:
            outcome = yield from _write_on(lane, draft, tried, failures, ending)
        except ContextFull:
            if len(draft.lines) < LEAST_LINES:
                raise
            break
        if outcome == "cut short":
            return ending.finish
        if outcome == "ended":
            return "complete"
        failures = 0 if outcome == "kept" else failures + 1
        if failures > HARD_ATTEMPTS or attempt > ALL_ATTEMPTS:
            if len(draft.lines) >= LEAST_LINES or draft.words_left < LONGEST_LINE_WORDS:
                break
            raise EngineError(
                f"The engine wrote nothing that can be used in {attempt} tries: "
                "try another first line, or a lower temperature."
            )
    return "length"


def _write_on(
    lane: Lane, draft: Draft, sampling: Sampling, failures: int, ending: Ending
) -> Generator[str, None, str]:
    """Let the engine write on until a line is bad or the poem is done."""
    kept = draft.over = False
    max_tokens = TOKENS_A_WORD * draft.words_left + 8
    pieces = lane.continue_text(draft.prompt, sampling, max_tokens=max_tokens)
    with closing(_until(ending, pieces, draft)) as pieces:
        for line in decode(pieces):
            tries = 0 if kept else failures
            if not line and draft.voice.trained and not draft.over:
                continue  # two line breaks in a row, where a stanza ended
            if not line:
                if draft.long_enough and draft.ends_sentence:
                    return "ended"
                draft.rejected["ended too soon"] += 1
                return "kept" if kept else "failed"
            reason = objection(line, draft, taste=tries < ATTEMPTS)
            broken = reason == "too long" and tries >= CLOSING_TRIES
            if broken:
                line = _broken(line, draft.room)
                reason = objection(line, draft, taste=False)
            if reason is None:
                line, reason = _closed(line, draft, tries)
            if reason is not None:
                draft.rejected[reason] += 1
                return "kept" if kept else "failed"
            draft.lines.append(line)
            kept = True
            yield line
            now_it_may_end = draft.long_enough and draft.ends_sentence
            if broken or draft.must_end or (now_it_may_end and not sampling.may_end):
                return "kept"
    if ending.is_near():
        return "cut short"
    return "kept" if kept else "failed"


def _closed(line: str, draft: Draft, tries: int) -> tuple[str, str | None]:
    """Take care that the poem can end: near the limit a line should end its sentence.

    After a few tries a line that does not is taken all the same, and the very last one gets its
    full stop. Returns the line and the reason to drop it, if any.
    """
    left = draft.words_left - count_words(line)
    lines = len(draft.lines) + 1
    if SENTENCE_END.search(line) or left >= draft.closing or lines < LEAST_LINES:
        last = left <= 0 and not SENTENCE_END.search(line)
        return (full_stop(line), None) if last else (line, None)
    if tries < CLOSING_TRIES:
        return line, "no sentence end near the limit"
    return (full_stop(line), None) if left < LONGEST_LINE_WORDS // 2 else (line, None)


def _broken(line: str, words: int) -> str:
    """Break a line that is too long: its first `words` words, as many as fit the width."""
    taken = line.split()[:words]
    while len(taken) > 1 and len(" ".join(taken)) > LONGEST_LINE:
        taken.pop()
    return " ".join(taken)


def _until(ending: Ending, pieces: Iterator[str], draft: Draft) -> Generator[str, None, None]:
    """Yield the engine's pieces until the poem is cut short; the engine is closed with us.

    A line is ended for the model where it runs past any width, so that it can be dropped at once.
    Where the model ends its text, the draft is told.
    """
    width = 0
    try:
        for piece in pieces:
            if ending.is_near():
                return
            draft.over = draft.over or END_OF_TEXT in piece
            yield piece
            _, broken, tail = piece.rpartition("\n")
            width = len(tail) if broken else width + len(tail)
            if width > LONGEST_LINE + 1:
                yield "\n"
                width = 0
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
