"""Continues a text with no model at all: the reader's words come back, in the reader's language.

It runs the API and the page where there is no base, in tests above all. What it writes is said to
be an echo in every report, and nobody would take it for a poem.
"""

import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import takewhile

from duende.composer.engine import Piece, Sampling
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
ENDINGS: dict[Language, tuple[str, ...]] = {
    "en": ("night", "stone", "day", "sea", "rain", "door", "bell", "shore", "snow", "ground"),
    "es": ("camino", "corazón", "viento", "mañana", "herida", "ciudad", "enero", "mirada", "mar"),
}
"""Words that much rhymes with, for the codes of verse in form."""
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

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        """Yield lines made of three phrases each, a word at a time."""
        draw = random.Random(f"{sampling.seed} {prompt}")
        phrases = PHRASES[identify(prompt).lang]
        written = 0
        for _ in range(LINES):
            for word in " ".join(draw.choice(part) for part in phrases).split(" "):
                if written == max_tokens:
                    return
                written += 1
                yield word + " "
            yield "\n"
        if sampling.may_end:
            yield END_OF_TEXT

    def weigh_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[Piece]:
        """The same, every word as likely as any other.

        Where the prompt ends within a line, that is a code to be closed: the line then ends in the
        code's word.
        """
        words = self.continue_text(prompt, sampling, max_tokens=max_tokens)
        if prompt.endswith("\n"):
            yield from (Piece(word, -1.0) for word in words)
            return
        line = list(takewhile(str.strip, words))
        draw = random.Random(sampling.seed)
        endings = (f" {word}{CODE_END}" for word in ENDINGS[identify(prompt).lang])
        code = draw.choice(sampling.beginnings or tuple(endings))
        yield Piece(code, -1.0)
        yield Piece(f" {''.join(line[:-1])}{code.strip(' ' + CODE_END)}\n", -float(len(line)))
