"""What an engine is: something that continues a text, in one of its lanes.

A prompt goes in, pieces of text come out. An engine knows nothing of verse or of languages.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple, Protocol

from duende.voice.base import Base
from duende.voice.voices import Voice


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    `temperature` (0 to 2) flattens or sharpens what the model finds likely, `top_p` (0 to 1] keeps
    the likeliest tokens that make up this share, `min_p` those that are at least this share as
    likely as the likeliest, `seed` (32 bits) fixes the draw. Where `may_end` is false the model
    cannot end its text, where `blank_lines` is false it can leave none. With `varied` what was said
    before becomes less likely. The text begins with one of `beginnings`, if there are any.
    """

    temperature: float
    top_p: float
    seed: int
    min_p: float = 0.08
    may_end: bool = True
    blank_lines: bool = True
    varied: bool = True
    beginnings: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A piece of text, and its log-probability (nats) as the model thinks, before any drawing."""

    text: str
    nats: float


class Lane(Protocol):
    """One poem's place in an engine, held while it is written."""

    @property
    def alone(self) -> bool:
        """Whether nobody else has written since this lane was opened: then a seed repeats."""

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[str]:
        """Yield what follows `prompt`, piece by piece.

        The last piece is `END_OF_TEXT` where the model ends by itself. Closing the iterator stops
        the work within a token. Raises `EngineError`.
        """

    def share(self, others: Sequence["Lane"]) -> None:
        """Let other lanes of this voice know what this one has read, to go on from it at once.

        None of them may be writing. Raises `EngineError`.
        """

    def weigh_beginnings(self, prompt: str, beginnings: Sequence[str]) -> list[float]:
        """About how likely (nats) `prompt` goes on with each of `beginnings`, in one step.

        Their first tokens are weighed, what comes after is guessed. Raises `EngineError` and
        `ContextFull`.
        """

    def weigh_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[Piece]:
        """The same, and how likely each piece is."""


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

    def lanes(
        self, most: int, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> AbstractContextManager[Sequence[Lane]]:
        """Open a lane as `lane` does, and up to `most` in all, as many as are free but one.

        They are for one poem: none of them disturbs the others' being alone. Apart there are two,
        and a poem that uses one after the other comes back from its seed.
        """

    def close(self) -> None:
        """Stop and free the memory; the engine is of no use afterwards."""


def seed_of(seed: int, attempt: int) -> int:
    """The seed of the n-th attempt: the seed itself first, then numbers drawn from it."""
    if attempt == 0:
        return seed
    digest = blake2b(f"{seed} {attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")
