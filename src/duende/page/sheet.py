"""The sheet of paper: what was asked for, and each version as far as it is written.

It is all that a visit remembers. Whether something is left to write is read off it, so that a page
that was interrupted knows how to go on.
"""

from dataclasses import dataclass, field

from duende.page.client import Ask, Trouble
from duende.page.link import Link
from duende.poem import Poem


@dataclass
class Version:
    """One version: what it was asked for, its lines so far, and the poem once it is done."""

    ask: Ask
    lines: list[str] = field(default_factory=list)
    poem: Poem | None = None

    @property
    def text(self) -> str:
        """What is written.

        >>> Version(Ask("Bajo el sol"), ["Bajo el sol", "canta el agua"]).text
        'Bajo el sol\\ncanta el agua'
        """
        return self.poem.text if self.poem else "\n".join(self.lines)

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
