"""What a line must not be, whatever the form.

A line and the poem so far go in, the reason to drop it comes out, or None. Some rules always hold;
those of taste give way where nothing else is found.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

from duende.language import identify
from duende.poem import Language, count_words

LONGEST_LINE = 72  # characters; verse rarely runs past it, and a phone shows half of it
COPIED = 5  # words in a row that stand in an example
LONG_WORD = 5
WORN = 3  # times a long word may stand in a poem
ALIKE = 0.6  # share of the shorter line's words that an earlier line has too

NOT_VERSE = re.compile(r"[^\w\s.,;:!?¡¿'’‘\"“”«»()—–…-]|_|\d{3,}|https?|www")
NOTE = re.compile(
    r"^(poem in|poema en|title|título|author|autora?|translat\w*|traduc\w*)\b"
    r"|free verse|verso libre|copyright|[(\[](from|by|de|por|trans|traduc)\w*\s"
    r"|^[—–-]\s?(\w+\.?\s?){1,4}\(?\d|^(by|por)\s(?-i:[A-ZÁÉÍÓÚ])\w+\s(?-i:[A-ZÁÉÍÓÚ])\w+$",
    re.IGNORECASE,
)


class SoFar(Protocol):
    """The poem so far, as far as the rules ask: its lines, and the examples that the voice saw.

    `room` is how many words the next line may have.
    """

    @property
    def lang(self) -> Language: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def examples(self) -> Sequence[Sequence[str]]: ...
    @property
    def room(self) -> int: ...


def objection(line: str, poem: SoFar, *, taste: bool = True) -> str | None:
    """The reason why `line` cannot stand, if there is one; without `taste` by the hard rules."""
    for rule in RULES if taste else HARD_RULES:
        if (reason := rule(line, poem)) is not None:
            return reason
    return None


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


def not_verse(line: str, poem: SoFar) -> str | None:
    """Markup, addresses, headers, numbers and capitals are notes about a poem, not the poem."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = sum(letter.isupper() for letter in letters) > len(letters) / 2 and len(letters) > 3
    if not letters or shouted or NOTE.search(line) or NOT_VERSE.search(line):
        return "not verse"
    return None


def wrong_language(line: str, poem: SoFar) -> str | None:
    """A poem stays in its language; one word alone belongs to any."""
    found = identify(line)
    if found.lang != poem.lang and len(plain_words(line)) > 1:
        return "wrong language"
    return None if found.known or len(plain_words(line)) < 3 else "foreign language"


def said_before(line: str, poem: SoFar) -> str | None:
    """No line comes twice by chance: refrains belong to forms."""
    words = plain_words(line)
    return "said before" if any(plain_words(other) == words for other in poem.lines) else None


def copied(line: str, poem: SoFar) -> str | None:
    """The examples are shown to be followed, not to be copied."""
    words = plain_words(line)
    for shown in poem.examples:
        example = plain_words(" ".join(shown))
        if longest_run(words, example) >= min(COPIED, max(3, len(words))):
            return "copied"
    return None


def too_long(line: str, poem: SoFar) -> str | None:
    """A line is at most as long as a page is wide, and leaves room for those to come."""
    if len(line) > LONGEST_LINE or count_words(line) > poem.room:
        return "too long"
    return None


def echo(line: str, poem: SoFar) -> str | None:
    """A line that says again what an earlier one said, in nearly the same words."""
    words = set(plain_words(line))
    for other in map(set, map(plain_words, poem.lines)):
        if len(words & other) > max(1, ALIKE * min(len(words), len(other))):
            return "echo"
    return None


def same_opening(line: str, poem: SoFar) -> str | None:
    """Two lines may begin alike (that is anaphora), a third is a habit; so is a fourth in a row
    that begins with the same word."""
    opening = plain_words(line)[:2]
    others = [plain_words(other)[:2] for other in poem.lines]
    alike = sum(other == opening for other in others)
    row = [other[:1] for other in others[-3:]]
    if (alike >= 2 and len(opening) == 2) or row == [opening[:1]] * 3:
        return "same opening"
    return None


def stammer(line: str, poem: SoFar) -> str | None:
    """The same word three times in a line, or twice in a row."""
    words = plain_words(line)
    long_words = Counter(word for word in words if len(word) > 3)
    twice = any(one == next_ for one, next_ in pairwise(words))
    if twice or any(times > 2 for times in long_words.values()):
        return "stammer"
    return None


def not_contracted(line: str, poem: SoFar) -> str | None:
    """*De el* and *a el* are *del* and *al*: who does not contract them bends a line to its count.

    >>> from types import SimpleNamespace
    >>> not_contracted("en busca de el placer", SimpleNamespace(lang="es"))
    'not contracted'
    """
    return "not contracted" if poem.lang == "es" and NOT_CONTRACTED.search(line) else None


def worn_out(line: str, poem: SoFar) -> str | None:
    """A long word that has been said often enough: a small model comes back to what it said."""
    said = Counter(word for other in poem.lines for word in plain_words(other))
    words = (word for word in plain_words(line) if len(word) >= LONG_WORD)
    return "worn out" if any(said[word] >= WORN for word in words) else None


NOT_CONTRACTED = re.compile(r"\b(?:de|a) el\b", re.IGNORECASE)
Rule = Callable[[str, SoFar], str | None]
HARD_RULES: tuple[Rule, ...] = (not_verse, wrong_language, said_before, copied, too_long)
RULES: tuple[Rule, ...] = (*HARD_RULES, same_opening, stammer, echo, not_contracted, worn_out)
