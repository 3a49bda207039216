"""Spanish, as the scanner asks it."""

from collections.abc import Mapping

from duende.poetics.phonology import Measure
from duende.poetics.spanish import rhyme
from duende.poetics.spanish.line import SpanishVerse, lengths


class Spanish:
    """The phonology of Spanish; see `duende.poetics.phonology.Phonology`.

    With `seseo`, as most of America and Andalusia say it, s and z sound alike.
    """

    kinds: tuple[str, ...] = rhyme.KINDS
    running: str | None = "asonante"

    def __init__(self, *, seseo: bool = False) -> None:
        self._seseo = seseo

    @property
    def common(self) -> Mapping[Measure, float]:
        """The share of verses of each length."""
        return lengths()

    def verse(self, line: str) -> SpanishVerse:
        """What `line` may be, read alone."""
        return SpanishVerse(line)

    def can_lead(self, beginning: str, ending: str, *, syllables: int, metre: str = "") -> bool:
        """Whether a line that begins with some words can end in others and be as it is asked.

        >>> Spanish().can_lead("en la casa de", "madera", syllables=7)
        False
        """
        strains = SpanishVerse(f"{beginning} {ending}").strains
        return not strains or int(min(strains, key=strains.__getitem__)) <= syllables

    def rhyme_kind(self, one: str, other: str) -> str | None:
        """How two words, or the ends of two lines, rhyme."""
        return rhyme.rhyme_kind(one, other, seseo=self._seseo)

    def rhyme_keys(self, word: str, kind: str) -> frozenset[str]:
        """The sound under which words that rhyme with `word` in that way are found."""
        return rhyme.rhyme_keys(word, kind, seseo=self._seseo)
