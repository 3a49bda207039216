"""What the two languages answer about a line, and the one place that picks the language.

A line goes in, a `Verse` comes out: what it may count, and at what strain. Whoever knows the lines
around it picks a measure, and `Verse.read` gives the `Reading` that has it. Knows nothing of poems.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from duende.errors import UnknownLanguage

Measure = int | str
"""What neighbouring lines share: in Spanish a number of syllables, in English a metre's name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to say a line.

    `stresses` has a `+` or `-` for each metrical syllable (in Spanish after the verse-end law, so
    that a line whose last word is stressed at its end closes with `+-`). `metre` is its name in
    the line's own language, or None. `licences` names what was done to reach it (`"dialefa"`,
    `"inversion"`), and `division` is the line cut into the syllables that were counted.
    """

    stresses: str
    metre: str | None
    licences: tuple[str, ...] = ()
    division: str = ""


class Verse(Protocol):
    """A line by itself: all that it may be, before its neighbours are asked."""

    @property
    def least(self) -> int:
        """The fewest metrical syllables that it can be read with."""
        ...

    @property
    def most(self) -> int:
        """The most metrical syllables that it can be read with."""
        ...

    @property
    def strains(self) -> Mapping[Measure, float]:
        """What each measure asks of the reader, in nats; the most natural asks least.

        Empty where nothing could be read.
        """
        ...

    @property
    def unread(self) -> tuple[str, ...]:
        """The pieces whose sound is not known: other scripts, symbols."""
        ...

    def read(self, measure: Measure) -> Reading:
        """The best reading in one of the measures of `strains`."""
        ...


class Phonology(Protocol):
    """How a language sounds."""

    kinds: tuple[str, ...]
    """The kinds of rhyme, the strictest first, without a word's rhyme with itself."""

    running: str | None
    """The kind of rhyme that may run through the even lines of a whole poem, if there is one."""

    @property
    def common(self) -> Mapping[Measure, float]:
        """The share of verses in each measure; empty where all are taken to be as common."""
        ...

    def verse(self, line: str) -> Verse:
        """What `line` may be, read alone."""
        ...

    def can_lead(self, beginning: str, ending: str, *, syllables: int, metre: str = "") -> bool:
        """Whether a line that begins with some words can end in others and be as it is asked.

        It is to count `syllables`, and to be in `metre` where one is named, without strain: nothing
        that stands between asks for any.
        """
        ...

    def rhyme_kind(self, one: str, other: str) -> str | None:
        """How two words (or the ends of two lines) rhyme."""
        ...

    def rhyme_keys(self, word: str, kind: str) -> frozenset[str]:
        """The sounds under which words that rhyme with `word` in that way are found.

        Two words that rhyme so share a key; not all that share one rhyme.
        """
        ...


def phonology(lang: str, *, seseo: bool = False) -> Phonology:
    """The phonology of `lang`; with `seseo`, s and z rhyme in Spanish. Raises `UnknownLanguage`."""
    if lang == "es":
        from duende.poetics.spanish.phonology import Spanish

        return Spanish(seseo=seseo)
    if lang == "en":
        from duende.poetics.english.phonology import English

        return English()
    raise UnknownLanguage(f"There is no language {lang!r}: ask for 'en' or 'es'.")
