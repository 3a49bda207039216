"""English as `duende.poetics.phonology` asks for it: lines from `line`, rhymes from `rhyme`."""

from collections.abc import Mapping

from duende.poetics.english import rhyme
from duende.poetics.english.line import Line, can_lead
from duende.poetics.phonology import Measure


class English:
    """How English sounds.

    >>> English().verse("A slow boat slides along the bay").least
    8
    """

    kinds: tuple[str, ...] = rhyme.KINDS
    running: str | None = None

    @property
    def common(self) -> Mapping[Measure, float]:
        """What a metre asks already says how common it is."""
        return {}

    def verse(self, line: str) -> Line:
        """What `line` may be, read alone."""
        return Line(line)

    def can_lead(self, beginning: str, ending: str, *, syllables: int, metre: str = "") -> bool:
        """Whether a line that begins with some words can end in others and be as it is asked.

        >>> asked = {"syllables": 10, "metre": "iambic pentameter"}
        >>> English().can_lead("The baker keeps", "bread", **asked)
        True
        >>> English().can_lead("And a day that was", "bread", **asked)
        False
        """
        return can_lead(Line(beginning), Line(ending), syllables, metre)

    def rhyme_kind(self, one: str, other: str) -> str | None:
        """How two words (or the ends of two lines) rhyme."""
        return rhyme.rhyme_kind(one, other)

    def rhyme_keys(self, word: str, kind: str) -> frozenset[str]:
        """The sounds under which words that rhyme with `word` in that way are found."""
        return rhyme.rhyme_keys(word, kind)
