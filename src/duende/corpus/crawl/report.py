"""What a crawl has done, in numbers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Ended = Literal["complete", "limit", "interrupted", "stopped"]


@dataclass(slots=True)
class Fetched:
    """The numbers of one run; `poems` and `aside` count all that lies in the folder.

    `ended` is "complete"; "limit", when as many poems as asked for are there; "interrupted" by a
    person; or "stopped" for the reason in `sentence`, which is then also raised.
    """

    site: str
    folder: Path
    poems: int = 0
    new: int = 0
    aside: int = 0
    authors: int = 0
    left_out: int = 0
    forbidden: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    fetched: int = 0
    cached: int = 0
    seconds: float = 0.0
    ended: Ended = "complete"
    sentence: str = ""

    def __str__(self) -> str:
        """The counts in one sentence.

        >>> str(Fetched("ciudadseva", Path("poemas"), poems=3, new=2, authors=1, aside=1))
        '3 poems (2 new) of 1 author in poemas; 1 page set aside.'
        """
        text = f"{_counted(self.poems, 'poem')} ({self.new:,} new) of "
        text += f"{_counted(self.authors, 'author')} in {self.folder}"
        notes = [
            (self.aside, "set aside"),
            (self.forbidden, "not read since robots.txt asks so"),
            (sum(self.failed.values()), "not had"),
        ]
        for count, what in notes:
            if count:
                text += f"; {_counted(count, 'page')} {what}"
        if self.left_out:
            text += f"; {_counted(self.left_out, 'author')} left out"
        return text + "."


def _counted(count: int, what: str) -> str:
    """A number and what it counts.

    >>> _counted(1, "page"), _counted(1200, "poem")
    ('1 page', '1,200 poems')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
