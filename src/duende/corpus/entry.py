"""A poem on its way into the corpus: its text, where it came from, and what was done to it.

Readers yield entries, every step takes one and gives one back, and the published tables hold them.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A poem with its provenance.

    `lang` is what the source says ("" where it says nothing) until the language step has looked.
    `place` is a file and line, or an address. `form` is what the source calls it ("" if unknown).
    `repairs` names what was mended, `removed` keeps the lines that were cut as not the poem.

    >>> Entry("Bajo el sol\\ncanta el agua.", lang="es", author="Nadie").lines
    ['Bajo el sol', 'canta el agua.']
    """

    text: str
    lang: str = ""
    title: str = ""
    author: str = ""
    author_death_year: int | None = None
    form: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    place: str = ""
    licence: str = ""
    repairs: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """Its lines, with an empty string between stanzas."""
        return self.text.split("\n")

    @property
    def verses(self) -> list[str]:
        """Its lines without the empty ones."""
        return [line for line in self.lines if line.strip()]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: the file, the line (from 1; 0: the whole file), and why.

    >>> str(Problem("poems.csv", 7, "a quote is opened and never closed"))
    'poems.csv, line 7: a quote is opened and never closed'
    """

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.why}"


Complain = Callable[[Problem], None]
"""Where a reader reports a problem; then it goes on with what is good."""
