"""What an engine is: something that continues a text, in one of its lanes.

A prompt goes in, pieces of text come out. An engine knows nothing of verse or of languages.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from duende.voice.base import Base
from duende.voice.voices import Voice


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    `temperature` (0 to 2) flattens or sharpens what the model finds likely, `top_p` (0 to 1] keeps
    the likeliest tokens that make up this share, `min_p` those that are at least this share as
    likely as the likeliest, `seed` (32 bits) fixes the draw. Where `may_end` is false the model
    cannot end its text, where `blank_lines` is false it can leave none.
    """

    temperature: float
    top_p: float
    seed: int
    min_p: float = 0.08
    may_end: bool = True
    blank_lines: bool = True


class Lane(Protocol):
    """One poem's place in an engine, held while it is written."""

    @property
    def alone(self) -> bool:
        """Whether nobody else has written since this lane was opened: then a seed repeats."""

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        """Yield what follows `prompt`, piece by piece.

        The last piece is `END_OF_TEXT` where the model ends by itself. Closing the iterator stops
        the work within a token. Raises `EngineError`.
        """


class Engine(Protocol):
    """Something that continues texts, a few at a time."""

    @property
    def name(self) -> str:
        """What it is called in reports."""

    @property
    def base(self) -> Base | None:
        """The model that it runs, if it runs one."""

    @property
    def slots(self) -> int:
        """How many lanes it can have open at once."""

    def lane(
        self, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> AbstractContextManager[Lane]:
        """Open a lane, waiting until one is free.

        `voice` is whose weights write (None: the base's alone), `preamble` what every prompt in
        this lane begins with, `apart` asks for a lane that nobody disturbs. Raises `VoiceError`
        where the voice cannot be used, and `EngineError`.
        """

    def close(self) -> None:
        """Stop and free the memory; the engine is of no use afterwards."""
