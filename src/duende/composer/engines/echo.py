"""Continues a text with no model at all: the reader's words come back, in the reader's language.

It runs the API and the page where there is no base, in tests above all. What it writes is said to
be an echo in every report, and nobody would take it for a poem.
"""

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

from duende.composer.engine import Lane, Piece, Sampling
from duende.language import identify
from duende.poem import Language
from duende.voice.prompts import CODE_END, END_OF_TEXT
from duende.voice.voices import Voice

PHRASES: dict[Language, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("the echo", "the empty room", "a distant voice", "the hillside", "the well", "the wall"),
        ("gives back", "repeats", "remembers", "answers with", "keeps", "loses"),
        ("the last word.", "your own breath,", "what you said.", "a little less,", "the silence."),
    ),
    "es": (
        ("el eco", "la sala vacía", "una voz lejana", "la ladera", "el pozo", "la pared"),
        ("devuelve", "repite", "recuerda", "responde con", "guarda", "pierde"),
        ("la última palabra.", "tu propio aliento,", "lo que dijiste.", "un poco menos,"),
    ),
}
LINES = 14


class Echo:
    """An engine with no model; as many lanes as anybody asks for."""

    name = "echo"
    base = None

    def __init__(self, *, slots: int = 8) -> None:
        self.slots = slots

    @contextmanager
    def lane(
        self, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> Iterator["EchoLane"]:
        """Open a lane; it is always alone."""
        yield EchoLane()

    def close(self) -> None:
        """Nothing is held, so nothing is freed."""

    @contextmanager
    def lanes(
        self, most: int, *, voice: Voice | None = None, preamble: str = "", apart: bool = False
    ) -> Iterator[list["EchoLane"]]:
        """One is enough: an echo is in no hurry."""
        yield [EchoLane()]


class EchoLane:
    """A lane of the echo."""

    alone = True

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[str]:
        """Yield lines made of three phrases each, a word at a time.

        Where the prompt ends with a code, the first line ends in its word.
        """
        draw = random.Random(f"{sampling.seed} {prompt}")
        lang = identify(prompt).lang
        code = prompt.rpartition("\n")[2].partition(" ")[2].strip(CODE_END)
        written = 0
        for _ in range(LINES):
            words = " ".join(draw.choice(part) for part in PHRASES[lang]).split(" ")
            for word in [*words[:-1], code or words[-1]]:
                if written == max_tokens:
                    return
                written += 1
                yield word + " "
            yield "\n"
            code = ""
        if sampling.may_end:
            yield END_OF_TEXT

    def share(self, others: Sequence[Lane]) -> None:
        """There are no others."""

    def weigh_beginnings(self, prompt: str, beginnings: Sequence[str]) -> list[float]:
        """All are as likely."""
        return [-1.0] * len(beginnings)

    def weigh_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[Piece]:
        """The same, every word as likely as any other."""
        for word in self.continue_text(prompt, sampling, max_tokens=max_tokens):
            yield Piece(word, -0.1)
