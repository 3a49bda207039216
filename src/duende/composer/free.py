"""Writes free verse: lines in one language, in one stanza, that end where a sentence ends.

A lane and a first line go in, lines come out, each when it is accepted. The engine writes on as
long as its lines are good; at the first that is not, it is stopped and goes on from the last good
line with another seed. A line once given is never taken back.
"""

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import pairwise

from duende.composer.engine import Lane, Sampling
from duende.errors import ContextFull, EngineError
from duende.language import identify
from duende.poem import SENTENCE_END, Finish, Language, count_words
from duende.voice.prompts import END_OF_TEXT, decode, encode
from duende.voice.voices import Voice

LEAST_LINES = 4
EARLIEST_END = 0.4  # of max_words: a base that was only shown examples tends to end too soon
CLOSING_WORDS = 24  # the last three or four lines: from here on a sentence's end ends the poem
CLOSING_SHARE = 0.3  # of max_words, where that is less
CLOSING_TRIES = 4
LONGEST_LINE = 72  # characters; verse rarely runs past it, and a phone shows half of it
LONGEST_LINE_WORDS = 13
ATTEMPTS = 10  # at one line, before the rules of taste are dropped
STUCK = 5  # attempts at one line after which a poem that can end does
WARMER = 0.08  # added to the temperature at each further attempt at a line, to leave a circle
WIDER = 0.7  # what is left of the cut through the unlikely at each attempt after those
HARD_ATTEMPTS = 60  # at one line, before we give up
TOKENS_A_WORD = 4  # more than any line needs in either language
COPIED = 5  # words in a row that stand in an example
ALIKE = 0.6  # share of the shorter line's words that an earlier line has too

NOT_VERSE = re.compile(r"[^\w\s.,;:!?¡¿'’‘\"“”«»()—–…-]|_|\d{3,}|https?|www")
NOTE = re.compile(
    r"^(poem in|poema en|title|título|author|autora?|translat\w*|traduc\w*)\b"
    r"|free verse|verso libre|copyright|[(\[](from|by|de|por|trans|traduc)\w*\s"
    r"|^[—–-]\s?(\w+\.?\s?){1,4}\(?\d|^(by|por)\s(?-i:[A-ZÁÉÍÓÚ])\w+\s(?-i:[A-ZÁÉÍÓÚ])\w+$",
    re.IGNORECASE,
)
TRAILING = " ,;:—–-¡¿(«“\"'"


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
    first_line: str,
    lang: Language,
    voice: Voice,
    era: str = "",
    max_words: int,
    sampling: Sampling,
    rejected: Counter[str],
    stopped: Callable[[], bool] = bool,
) -> Generator[str, None, Finish]:
    """Yield the lines after `first_line`, as `voice` writes; return how the poem finished.

    `era` is what the header names, if anything. `max_words` counts the first line. `rejected` is
    filled with the reasons why lines were dropped; `stopped` is asked at every piece of text. The
    same lane state, settings and seed give the same lines.

    Raises `EngineError` where the engine writes nothing that can be used, and `ContextFull` where
    the first lines leave it no room.
    """
    draft = Draft(lang, max_words, voice, era, [first_line], rejected)
    attempt = failures = 0
    while not draft.must_end:
        if failures >= STUCK and draft.ends_sentence and len(draft.lines) >= LEAST_LINES:
            return "complete"
        may_end = draft.long_enough and not failures
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
            outcome = yield from _write_on(lane, draft, tried, failures, stopped)
        except ContextFull:
            if len(draft.lines) < LEAST_LINES:
                raise
            break
        if outcome == "stopped":
            return "stopped"
        if outcome == "ended":
            return "complete"
        failures = 0 if outcome == "kept" else failures + 1
        if failures > HARD_ATTEMPTS:
            if len(draft.lines) >= LEAST_LINES or draft.words_left < LONGEST_LINE_WORDS:
                break
            raise EngineError(
                f"The engine wrote nothing that can be used in {failures} tries: "
                "try another first line, or a lower temperature."
            )
    return "length"


def _write_on(
    lane: Lane, draft: Draft, sampling: Sampling, failures: int, stopped: Callable[[], bool]
) -> Generator[str, None, str]:
    """Let the engine write on until a line is bad or the poem is done."""
    kept = draft.over = False
    max_tokens = TOKENS_A_WORD * draft.words_left + 8
    pieces = lane.continue_text(draft.prompt, sampling, max_tokens=max_tokens)
    with closing(_until(stopped, pieces, draft)) as pieces:
        for line in decode(pieces):
            tries = 0 if kept else failures
            if not line and draft.voice.trained and not draft.over:
                continue  # two line breaks in a row, where a stanza ended
            if not line:
                if draft.long_enough and draft.ends_sentence:
                    return "ended"
                draft.rejected["ended too soon"] += 1
                return "kept" if kept else "failed"
            reason = _objection(line, draft, tries)
            broken = reason == "too long" and tries >= CLOSING_TRIES
            if broken:
                line = _broken(line, draft.room)
                reason = _objection(line, draft, ATTEMPTS)
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
    if stopped():
        return "stopped"
    return "kept" if kept else "failed"


def _objection(line: str, draft: Draft, tries: int) -> str | None:
    """The reason why `line` cannot stand, if there is one; taste gives way after many tries."""
    for rule in RULES if tries < ATTEMPTS else HARD_RULES:
        if (reason := rule(line, draft)) is not None:
            return reason
    return None


def _closed(line: str, draft: Draft, tries: int) -> tuple[str, str | None]:
    """Take care that the poem can end: near the limit a line should end its sentence.

    After a few tries a line that does not is taken all the same, and the very last one gets its
    full stop. Returns the line and the reason to drop it, if any.
    """
    left = draft.words_left - count_words(line)
    lines = len(draft.lines) + 1
    if SENTENCE_END.search(line) or left >= draft.closing or lines < LEAST_LINES:
        last = left <= 0 and not SENTENCE_END.search(line)
        return (_full_stop(line), None) if last else (line, None)
    if tries < CLOSING_TRIES:
        return line, "no sentence end near the limit"
    return (_full_stop(line), None) if left < LONGEST_LINE_WORDS // 2 else (line, None)


def _full_stop(line: str) -> str:
    return line.rstrip(TRAILING) + "."


def _broken(line: str, words: int) -> str:
    """Break a line that is too long: its first `words` words, as many as fit the width."""
    taken = line.split()[:words]
    while len(taken) > 1 and len(" ".join(taken)) > LONGEST_LINE:
        taken.pop()
    return " ".join(taken)


def seed_of(seed: int, attempt: int) -> int:
    """The seed of the n-th attempt: the seed itself first, then numbers drawn from it."""
    if attempt == 0:
        return seed
    digest = blake2b(f"{seed} {attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def longest_run(words: Sequence[str], others: Sequence[str]) -> int:
    """The length of the longest run of words that both have.

    >>> longest_run("a b c d".split(), "x b c d y".split())
    3
    """
    best, row = 0, [0] * (len(others) + 1)
    for word in words:
        above = row
        row = [0] * (len(others) + 1)
        for place, other in enumerate(others, start=1):
            if word == other:
                row[place] = above[place - 1] + 1
        best = max(best, *row)
    return best


def plain_words(text: str) -> list[str]:
    """The words of `text` without case or punctuation.

    >>> plain_words("¿Qué? «Nada», dijo.")
    ['qué', 'nada', 'dijo']
    """
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text.casefold())


def _until(
    stopped: Callable[[], bool], pieces: Iterator[str], draft: Draft
) -> Generator[str, None, None]:
    """Yield the engine's pieces until the reader stops; the engine is closed with us.

    A line is ended for the model where it runs past any width, so that it can be dropped at once.
    Where the model ends its text, the draft is told.
    """
    width = 0
    try:
        for piece in pieces:
            if stopped():
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


# The rules: a line and the draft go in, None or the reason why it is dropped comes out.


def not_verse(line: str, draft: Draft) -> str | None:
    """Markup, addresses, headers, numbers and capitals are notes about a poem, not the poem."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = sum(letter.isupper() for letter in letters) > len(letters) / 2 and len(letters) > 3
    if not letters or shouted or NOTE.search(line) or NOT_VERSE.search(line):
        return "not verse"
    return None


def wrong_language(line: str, draft: Draft) -> str | None:
    """A poem stays in its language; one word alone belongs to any."""
    found = identify(line)
    if found.lang != draft.lang and len(plain_words(line)) > 1:
        return "wrong language"
    return None if found.known or len(plain_words(line)) < 3 else "foreign language"


def said_before(line: str, draft: Draft) -> str | None:
    """No line comes twice by chance: refrains belong to forms."""
    words = plain_words(line)
    return "said before" if any(plain_words(other) == words for other in draft.lines) else None


def copied(line: str, draft: Draft) -> str | None:
    """The examples are shown to be followed, not to be copied."""
    words = plain_words(line)
    for poem in draft.examples:
        example = plain_words(" ".join(poem))
        if longest_run(words, example) >= min(COPIED, max(3, len(words))):
            return "copied"
    return None


def too_long(line: str, draft: Draft) -> str | None:
    """A line is at most as long as a page is wide, and leaves room for those to come."""
    if len(line) > LONGEST_LINE or count_words(line) > draft.room:
        return "too long"
    return None


def echo(line: str, draft: Draft) -> str | None:
    """A line that says again what an earlier one said, in nearly the same words."""
    words = set(plain_words(line))
    for other in map(set, map(plain_words, draft.lines)):
        if len(words & other) > max(1, ALIKE * min(len(words), len(other))):
            return "echo"
    return None


def same_opening(line: str, draft: Draft) -> str | None:
    """Two lines may begin alike (that is anaphora), a third is a habit; so is a fourth in a row
    that begins with the same word."""
    opening = plain_words(line)[:2]
    others = [plain_words(other)[:2] for other in draft.lines]
    alike = sum(other == opening for other in others)
    row = [other[:1] for other in others[-3:]]
    if (alike >= 2 and len(opening) == 2) or row == [opening[:1]] * 3:
        return "same opening"
    return None


def stammer(line: str, draft: Draft) -> str | None:
    """The same word three times in a line, or twice in a row."""
    words = plain_words(line)
    long_words = Counter(word for word in words if len(word) > 3)
    twice = any(one == next_ for one, next_ in pairwise(words))
    if twice or any(times > 2 for times in long_words.values()):
        return "stammer"
    return None


Rule = Callable[[str, Draft], str | None]
HARD_RULES: tuple[Rule, ...] = (not_verse, wrong_language, said_before, copied, too_long)
RULES: tuple[Rule, ...] = (*HARD_RULES, same_opening, stammer, echo)
