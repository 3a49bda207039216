"""Syllables as they are written: a word and the number of its syllables in, its letters apart, out.

The letters follow the sounds only roughly, as in any dictionary's word breaks. Knows nothing of
metre.
"""

import re
from functools import lru_cache
from itertools import pairwise

from duende.poetics.english.words import WORDS

_NUCLEUS = re.compile(r"(?:(?<!q)u|[aeioyà-ÿ])+", re.IGNORECASE)
_SILENT_INSIDE = re.compile(
    r"(?<=[aeiouy][^aeiouy])e(?=[lmn-]|ful|some|thing|time|where|s\w|w|v)", re.IGNORECASE
)
_SILENT = re.compile(r"[^aeiouy](e|e[ds]|e['’]?s?)$", re.IGNORECASE)
_SYLLABIC = re.compile(r"[bcdfgkpstz](l)(?=ing|er|est)", re.IGNORECASE)
_DOUBLE = re.compile(r"([^aeiouy])\1", re.IGNORECASE)
_TOGETHER = re.compile(
    r"(?:ch|sh|th|ph|gh|wh|ck|qu|str|scr|spr|spl|[bcdfgkpt]r|[bcfgkp]l)$", re.IGNORECASE
)
LONGEST = 120
"""Letters of the longest word that is cut (English has none past 45); the time is quadratic."""


@lru_cache(maxsize=WORDS)
def syllabified(word: str, count: int) -> tuple[str, ...]:
    """The letters of `word` in `count` pieces; fewer where it has too few letters, or too many.

    >>> syllabified("wandering", 3), syllabified("poem", 2), syllabified("moved", 1)
    (('wan', 'de', 'ring'), ('po', 'em'), ('moved',))
    """
    if count < 2 or not count <= len(word) <= LONGEST:
        return (word,)
    nuclei = [match.span() for match in _NUCLEUS.finditer(word)]
    if len(nuclei) > 1 and nuclei[0] == (0, 1) and word[0] in "yY":
        nuclei = nuclei[1:]
    while len(nuclei) > count:
        del nuclei[_weakest(word, nuclei)]
    if len(nuclei) < count and (syllabic := _SYLLABIC.search(word)):  # trem-bl-ing
        nuclei = sorted([*nuclei, syllabic.span(1)])
    while nuclei and len(nuclei) < count:
        widest = max(range(len(nuclei)), key=lambda place: nuclei[place][1] - nuclei[place][0])
        start, end = nuclei[widest]
        if end - start > 1:
            nuclei[widest : widest + 1] = [(start, start + 1), (start + 1, end)]
        elif nuclei[-1][1] < len(word) - 1:  # rhy-thm, stol-'n
            nuclei.append((len(word) - 1, len(word)))
        else:
            break
    cuts = [_cut(word, one[1], two[0]) for one, two in pairwise(nuclei)]
    return tuple(word[a:b] for a, b in zip([0, *cuts], [*cuts, len(word)], strict=True))


def _weakest(word: str, nuclei: list[tuple[int, int]]) -> int:
    """Which vowel letters are not said: an e inside the word or at its end, else a late e or o."""
    for place in range(1, len(nuclei) - 1):
        start, end = nuclei[place]
        if end - start == 1 and _SILENT_INSIDE.match(word, start):
            return place
    if _SILENT.search(word) and not word.lower().endswith("le"):
        return len(nuclei) - 1
    late = (place for place in range(len(nuclei) - 1, 0, -1) if word[nuclei[place][0]] in "eEoO")
    return next(late, len(nuclei) - 1)


def _cut(word: str, start: int, end: int) -> int:
    """Where to cut the consonants between two vowels."""
    between = word[start:end]
    for mark in "-‐‑":
        if mark in between:
            return start + between.index(mark) + 1
    if len(between) < 2:
        return start
    if double := _DOUBLE.search(between):
        return start + double.start() + 1
    if together := _TOGETHER.search(between):
        return start + together.start()
    return end - 1


def divided(words: list[str], starts: list[int], marks: str) -> str:
    """A line's words with a dot between their syllables; `marks` has a blank for one left out.

    >>> divided(["golden", "evening"], [0, 2], "+-+ -")
    'gol·den eve·ning'
    """
    pieces: list[str] = []
    for word, start, end in zip(words, starts, [*starts[1:], len(marks)], strict=True):
        if end - start == 1:
            pieces += word, "‿" if marks[start] == " " else " "
            continue
        own = marks[start:end]
        said = list(syllabified(word, end - start))
        if " " in own:
            if len(said) == end - start:
                for gone in range(len(own) - 1, 0, -1):
                    if own[gone] == " ":
                        said[gone - 1 : gone + 1] = ["".join(said[gone - 1 : gone + 1])]
            else:
                said = list(syllabified(word, len(own.replace(" ", ""))))
        pieces += "·".join(said), " " if own.strip() else "‿"
    return "".join(pieces[:-1])
