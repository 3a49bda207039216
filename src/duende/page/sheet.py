"""The sheet of paper: what was asked for, and each version as far as it is written.

It is all that a visit remembers. Whether something is left to write is read off it, so that a page
that was interrupted knows how to go on.
"""

from dataclasses import dataclass, field, replace

from duende.page.client import MOST_WORDS, Alternative, Ask, Trouble
from duende.page.link import Link
from duende.poem import Poem

ROOM = 20
"""Words for which it is worth going on."""


@dataclass
class Version:
    """One version: what it was asked for, its lines so far, and the poem once it is done."""

    ask: Ask
    lines: list[str] = field(default_factory=list)
    poem: Poem | None = None
    past: list[Poem] = field(default_factory=list)
    """The poem as it was before each line that the reader changed."""
    open_line: int | None = None
    """The line (1 is the first, blank ones not counted) of which other versions are shown."""
    others: list[Alternative] | None = None
    going_on: str = ""
    """The poem that more lines are to be written after, while they are."""

    def go_on(self) -> None:
        """Ask for more lines after the poem.

        >>> version = Version(Ask("Sol"), poem=Poem("Sol\\ny mar.", lang="es"))
        >>> version.go_on()
        >>> version.lines, version.poem
        (['Sol', 'y mar.'], None)
        """
        if self.poem is not None:
            self.past.append(self.poem)
            self.going_on, self.lines = self.poem.text, list(self.poem.lines)
            self.poem = self.open_line = self.others = None

    def finish(self, poem: Poem) -> None:
        """Take the poem that was written."""
        self.poem, self.going_on = poem, ""

    @property
    def has_room(self) -> bool:
        """Whether the poem is short enough for more lines."""
        return self.poem is not None and self.poem.words <= MOST_WORDS - ROOM

    def open(self, line: int) -> None:
        """Ask for other versions of a line; a second time, leave it as it is."""
        self.open_line = None if self.open_line == line else line
        self.others = None

    def take(self, alternative: Alternative) -> None:
        """Put one of the other versions in the open line's place.

        >>> version = Version(Ask("Sol"), poem=Poem("Sol\\n\\ny mar.", lang="es"))
        >>> version.open(2)
        >>> version.take(Alternative("y luz."))
        >>> version.text
        'Sol\\n\\ny luz.'
        >>> version.undo()
        >>> version.text
        'Sol\\n\\ny mar.'
        """
        poem, line = self.poem, self.open_line
        if poem is None or line is None:
            return
        lines, reports = poem.lines, list(poem.report.lines)
        at = [number for number, each in enumerate(lines) if each][line - 1]
        lines[at] = alternative.text
        if at < len(reports) and reports[at].syllables:
            reports[at] = replace(
                reports[at], syllables=alternative.syllables, let_off=alternative.let_off
            )
        self.past.append(poem)
        report = replace(poem.report, lines=tuple(reports))
        self.poem = replace(poem, text="\n".join(lines), report=report)
        self.open_line = self.others = None

    def undo(self) -> None:
        """Take back the last thing that was changed: a line, or the lines that came after."""
        if self.past:
            self.poem, self.going_on = self.past.pop(), ""
        self.open_line = self.others = None

    @property
    def text(self) -> str:
        """What is written.

        >>> Version(Ask("Bajo el sol"), ["Bajo el sol", "canta el agua"]).text
        'Bajo el sol\\ncanta el agua'
        """
        return self.poem.text if self.poem else "\n".join(self.lines)

    @property
    def measured(self) -> bool:
        """Whether it is known what its lines count."""
        return self.poem is not None and any(line.syllables for line in self.poem.report.lines)

    @property
    def lang(self) -> str:
        """The language it is in, empty where that is not known yet."""
        if self.poem:
            return self.poem.lang
        return "" if self.ask.lang == "auto" else self.ask.lang


@dataclass
class Sheet:
    """What was asked for, its versions, and what ended the writing before its time, if anything."""

    link: Link
    versions: list[Version]
    stopped: bool = False
    trouble: Trouble | None = None

    @classmethod
    def of(cls, link: Link) -> "Sheet":
        """A blank sheet.

        >>> len(Sheet.of(Link(Ask("Bajo el sol", seed=7), versions=3)).versions)
        3
        """
        return cls(link, [Version(ask) for ask in link.asks])

    @property
    def unwritten(self) -> list[Version]:
        """The versions that are not done."""
        return [version for version in self.versions if version.poem is None]

    @property
    def writing(self) -> bool:
        """Whether something is left to write and nothing speaks against it."""
        return bool(self.unwritten) and not self.stopped and self.trouble is None

    def resume(self) -> None:
        """Take up again what was stopped or went wrong."""
        self.stopped, self.trouble = False, None
