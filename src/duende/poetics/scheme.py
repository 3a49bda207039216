"""The rhyme scheme of a poem: the ends of its lines go in, a letter for each that rhymes comes out.

It asks a phonology which ends sound alike; what rhyme is, it does not know.
"""

from collections.abc import Iterator, Sequence

from duende.poetics.phonology import Phonology

REACH = 8
"""How many lines further on a strict rhyme is heard: to the second quatrain of a sonnet."""
NEAR = 4
"""How many lines further on a looser one is, and only inside a stanza."""
RHYMED = 0.4
"""The share of lines in strict rhyme from which a looser one counts as meant.

In unrhymed verse a tenth of the neighbouring lines are in assonance by chance.
"""
RUNNING = 0.75
"""The share of the even lines of a romance that share their vowels with an even neighbour."""


def scheme(
    endings: Sequence[str], stanzas: Sequence[int], phonology: Phonology
) -> list[tuple[str | None, str | None]]:
    """For each line its letter (a, b, … z, aa, ab, …) and the kind of rhyme it is in, or None.

    `endings` are the lines' last words, empty where there is none, `stanzas` the numbers of their
    stanzas. A line that rhymes with nothing has no letter, nor has one that only repeats a word.

    >>> from duende.poetics.phonology import phonology
    >>> ends = ["cuidado", "rosa", "hermosa", "amado"]
    >>> [letter for letter, _ in scheme(ends, [0] * 4, phonology("es"))]
    ['a', 'b', 'b', 'a']
    """
    strict, *looser = phonology.kinds
    lines = [at for at, ending in enumerate(endings) if ending]
    bonds = _Bonds(len(endings))
    for one, other in _alike(lines, endings, strict, phonology, reach=REACH):
        bonds.join(one, other, strict)
    running = phonology.running
    if running is not None:
        even = _even_lines(lines, stanzas)
        if _runs(even, lines, endings, bonds, phonology):
            bonds = _Bonds(len(endings))
            for one, other in _alike(even, endings, running, phonology, reach=2):
                kind = phonology.rhyme_kind(endings[one], endings[other])
                bonds.join(one, other, kind or running)
            return bonds.lettered()
    if lines and len(bonds.kinds) >= RHYMED * len(lines):
        for kind in looser:
            left = [at for at in lines if at not in bonds.kinds]
            for one, other in _alike(left, endings, kind, phonology, reach=NEAR):
                if stanzas[one] == stanzas[other] and other - one <= NEAR:
                    bonds.join(one, other, kind)
    return bonds.lettered()


class _Bonds:
    """Which lines are bound to which, and by what kind of rhyme."""

    def __init__(self, lines: int) -> None:
        self._parents = list(range(lines))
        self.kinds: dict[int, str] = {}

    def join(self, one: int, other: int, kind: str) -> None:
        self._parents[self._root(other)] = self._root(one)
        self.kinds.setdefault(one, kind)
        self.kinds.setdefault(other, kind)

    def _root(self, line: int) -> int:
        while self._parents[line] != line:
            self._parents[line] = line = self._parents[self._parents[line]]
        return line

    def lettered(self) -> list[tuple[str | None, str | None]]:
        letters: dict[int, str] = {}
        found: list[tuple[str | None, str | None]] = []
        for line in range(len(self._parents)):
            kind = self.kinds.get(line)
            if kind is None:
                found.append((None, None))
            else:
                letter = letters.setdefault(self._root(line), _letter(len(letters)))
                found.append((letter, kind))
        return found


def _letter(number: int) -> str:
    """The letters as columns are counted: a, b, … z, aa, ab, …

    >>> _letter(0), _letter(25), _letter(26), _letter(701), _letter(702)
    ('a', 'z', 'aa', 'zz', 'aaa')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = "abcdefghijklmnopqrstuvwxyz"[rest] + letters
    return letters


def _alike(
    lines: Sequence[int], endings: Sequence[str], kind: str, phonology: Phonology, *, reach: int
) -> Iterator[tuple[int, int]]:
    """The pairs of `lines` that rhyme in `kind`, each line with the nearest before it.

    `reach` counts among `lines`. A word with itself does not rhyme, but is passed over, and a line
    that comes back whole rhymes with what its first saying rhymes with.
    """
    as_strict = phonology.kinds[: phonology.kinds.index(kind) + 1]
    seen: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        keys = phonology.rhyme_keys(endings[line], kind)
        before = {at for key in keys for at in seen.get(key, ())}
        for at in sorted(before, reverse=True):
            if place - at > reach:
                break
            told = phonology.rhyme_kind(endings[lines[at]], endings[line])
            if told in as_strict:
                yield lines[at], line
                break
        for key in keys:
            seen[key] = [*seen.get(key, ())[1 - REACH :], place]


def _even_lines(lines: Sequence[int], stanzas: Sequence[int]) -> list[int]:
    """The second, fourth… line of each stanza, or of the poem where its stanzas are odd."""
    places: dict[int, int] = {}
    even = []
    for line in lines:
        places[stanzas[line]] = places.get(stanzas[line], 0) + 1
        if places[stanzas[line]] % 2 == 0:
            even.append(line)
    if sum(count % 2 for count in places.values()) > len(places) / 2:
        return list(lines[1::2])
    return even


def _runs(
    even: list[int],
    lines: Sequence[int],
    endings: Sequence[str],
    bonds: _Bonds,
    phonology: Phonology,
) -> bool:
    """Whether one rhyme of the vowels runs through the even lines, and the odd ones have none."""
    running = phonology.running
    if running is None or len(even) < 2:
        return False
    evens = set(even)
    heard = {line for pair in _alike(even, endings, running, phonology, reach=1) for line in pair}
    strict = {line for line in bonds.kinds if line in evens}
    odd = [line for line in lines if line not in evens]
    return (
        len(heard) >= RUNNING * len(even)
        and len(strict) < len(heard)
        and sum(line in bonds.kinds for line in odd) < RHYMED * len(odd)
    )
