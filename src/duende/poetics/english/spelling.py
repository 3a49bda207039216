"""Older spellings: a word as it was printed in, the spellings that it may have today out.

From the sixteenth to the eighteenth century v stood at the head of a word for u and u within it
for v, i was also j, a mute e closed what it pleased, and consonants were doubled (Scragg, *A
History of English Spelling*, 1974). The rules are in `spelling.toml`. Knows no words: whoever asks
tries what comes out in a dictionary.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

CHANGES = 2  # sure rules one after another: "ioyes" is "joys" after two

_Rules = tuple[tuple[re.Pattern[str], str], ...]


@cache
def _rules(kind: str) -> _Rules:
    text = files("duende.poetics.english").joinpath("spelling.toml").read_text(encoding="utf-8")
    table: dict[str, list[list[str]]] = tomllib.loads(text)
    return tuple((re.compile(old), new) for old, new in table[kind])


def shaped(word: str) -> str:
    """The word with v, u, i and j by their sounds, whether it is then known or not.

    >>> shaped("iove"), shaped("boue")
    ('jove', 'bove')
    """
    for pattern, new in _rules("shapes"):
        word = pattern.sub(new, word)
    return word


def today(word: str) -> tuple[str, ...]:
    """The spellings that `word` may have today by rules that hardly ever mislead.

    Those of the fewest changes first.

    >>> today("vpon")
    ('upon',)
    >>> "joys" in today("ioyes")
    True
    """
    level, found = [word], {word: None}
    for _ in range(CHANGES):
        level = [new for each in level for new in _changed(each, "sure") if new not in found]
        found |= dict.fromkeys(level)
    return tuple(found)[1:]


def perhaps(word: str) -> tuple[str, ...]:
    """The spellings that `word` may have by one rule that does mislead, and the sure ones.

    >>> "relieve" in perhaps("releeue")
    True
    """
    loose = dict.fromkeys(new for each in (word, *today(word)) for new in _changed(each, "loose"))
    return tuple(
        dict.fromkeys((*loose, *(new for each in loose for new in _changed(each, "sure"))))
    )


def _changed(word: str, kind: str) -> Iterator[str]:
    for pattern, new in _rules(kind):
        changed = pattern.sub(new, word)
        if changed != word and len(changed) > 1:
            yield changed
