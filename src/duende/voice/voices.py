"""The voices: who can write, and what each needs to be asked.

A name goes in, a `Voice` comes out. Until a voice is trained, `default` is the bare base, which
learns from two poems of ours, placed before the reader's line, what is wanted of it.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from duende.errors import UnknownVoice
from duende.language import LANGUAGES
from duende.poem import Language


@dataclass(frozen=True)
class Voice:
    """A voice: its name, what it is (in each language), and its examples by language."""

    name: str
    description: dict[Language, str]
    examples: dict[Language, tuple[tuple[str, ...], ...]]


@cache
def voices() -> tuple[Voice, ...]:
    """Every voice that is known, the default first."""
    examples = {lang: _examples(lang) for lang in LANGUAGES}
    return (
        Voice(
            "default",
            {
                "en": "The voice that writes unless another is asked for; today the bare base.",
                "es": "La voz que escribe si no se pide otra; hoy, el modelo base sin más.",
            },
            examples,
        ),
        Voice(
            "base",
            {
                "en": "The bare base model, shown two example poems.",
                "es": "El modelo base sin más, con dos poemas de ejemplo.",
            },
            examples,
        ),
    )


def find_voice(name: str) -> Voice:
    """The voice called `name`.

    >>> find_voice("base").name
    'base'

    Raises `UnknownVoice`.
    """
    for voice in voices():
        if voice.name == name:
            return voice
    known = ", ".join(voice.name for voice in voices())
    raise UnknownVoice(f"There is no voice {name!r}: choose one of {known}.")


def _examples(lang: Language) -> tuple[tuple[str, ...], ...]:
    text = (files("duende.voice") / "examples" / f"{lang}.txt").read_text(encoding="utf-8")
    return tuple(tuple(poem.split("\n")) for poem in text.strip().split("\n\n"))
