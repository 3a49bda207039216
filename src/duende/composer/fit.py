"""Whether a line keeps what its place in a form asks for.

A line and what is wanted of it go in, its faults come out: none, or those that a reader may be
told. The judge is `duende.poetics`; nothing here knows how the line was written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from duende.poem import Language
from duende.poetics.phonology import phonology
from duende.poetics.scan import scan
from duende.voice.prompts import last_word

Fault = Literal[
    "stretch", "metre", "weak rhyme", "one syllable off", "no rhyme", "syllables", "stray rhyme"
]
"""What a line can do that its place does not ask for, the least first.

`stretch`: it counts what it should in a reading that is not its first. `metre`: the count is right
and the feet are others. `weak rhyme`: it rhymes, in a looser kind. `stray rhyme`: it rhymes with a
line that has another letter.
"""

AS_GOOD: dict[str, tuple[str, ...]] = {
    "consonante": ("consonante",),
    "asonante": ("asonante", "consonante"),
    "perfect": ("perfect",),
}
"""The kinds of rhyme that are as good as the one asked for."""
WEAK: dict[str, tuple[str, ...]] = {"consonante": ("asonante",), "perfect": ("slant",)}
"""Those that are better than none."""


@dataclass(frozen=True)
class Wanted:
    """What a line has to be.

    `syllables` is how many it counts, `tolerance` more or less, and `metre` as in a `Slot`. It
    rhymes, as `kind` says, with the lines in `fellows` and not with those in `strangers`. Its last
    word is none of `used`.
    """

    lang: Language
    syllables: int
    metre: str = ""
    tolerance: int = 0
    kind: str = ""
    fellows: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


def faults(line: str, wanted: Wanted) -> tuple[Fault, ...]:
    """What `line` does that is not wanted; empty if it fits wholly.

    >>> faults("y el agua vuelve sola a su camino", Wanted("es", 11))
    ()
    >>> faults("y el agua vuelve", Wanted("es", 11))
    ('syllables',)
    """
    return (*_measured(line, wanted), *_rhymed(line, wanted))


def can_still_fit(beginning: str, word: str, wanted: Wanted) -> bool:
    """Whether a line that begins so, and ends in `word`, can have the count and the metre asked.

    >>> can_still_fit("y el agua vuelve sola", "camino", Wanted("es", 8))
    False
    """
    most = wanted.syllables + wanted.tolerance
    return any(
        phonology(wanted.lang).can_lead(beginning, word, syllables=count, metre=wanted.metre)
        for count in range(most, wanted.syllables - wanted.tolerance - 1, -1)
    )


def loosened(wanted: Wanted, let_off: Collection[Fault]) -> Wanted:
    """The same, less what is let pass of the count and of the metre."""
    more = int(not {"stretch", "one syllable off"}.isdisjoint(let_off))
    return replace(
        wanted,
        tolerance=wanted.tolerance + more,
        metre="" if "metre" in let_off else wanted.metre,
    )


def rhymes_as(one: str, other: str, *, kind: str, lang: Language) -> bool:
    """Whether two lines, or words, rhyme as well as `kind` asks."""
    return phonology(lang).rhyme_kind(one, other) in AS_GOOD.get(kind, ())


def _measured(line: str, wanted: Wanted) -> Sequence[Fault]:
    (said,) = scan(line, lang=wanted.lang).lines
    if said.unknown:
        return ("syllables",)
    least, most = said.least - wanted.tolerance, said.most + wanted.tolerance
    if not least <= wanted.syllables <= most:
        off = min(abs(wanted.syllables - least), abs(wanted.syllables - most))
        return ("one syllable off",) if off == 1 else ("syllables",)
    strains = phonology(wanted.lang).verse(line).strains
    if wanted.syllables in strains:  # Spanish: in English a line's measure is its metre
        forced = strains[wanted.syllables] > min(strains.values())
    else:
        forced = abs(said.syllables - wanted.syllables) > wanted.tolerance
    if forced:
        return ("stretch",)
    if wanted.metre and said.metre != wanted.metre:
        return ("metre",)
    return ()


def _rhymed(line: str, wanted: Wanted) -> Sequence[Fault]:
    found: list[Fault] = []
    sounds = phonology(wanted.lang)
    kinds = {sounds.rhyme_kind(fellow, line) for fellow in wanted.fellows}
    if wanted.fellows:
        if last_word(line) in wanted.used or not kinds <= {
            *AS_GOOD[wanted.kind],
            *WEAK.get(wanted.kind, ()),
        }:
            found.append("no rhyme")
        elif not kinds <= {*AS_GOOD[wanted.kind]}:
            found.append("weak rhyme")
    strict = sounds.kinds[0]
    if last_word(line) in wanted.used or any(
        sounds.rhyme_kind(stranger, line) == strict for stranger in wanted.strangers
    ):
        found.append("stray rhyme")
    return found
