"""What the page says, in English and in Spanish: a language goes in, its `Words` come out.

The texts are in `words.toml`. A text that is missing in one language, or that nobody says, makes
`words` fail, so that both languages always say the same things.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from duende.page.client import Trouble
from duende.poem import Language

A_WHILE = 120
"""Seconds; what takes longer is told in minutes."""


@dataclass(frozen=True)
class Words:
    """The texts of the page in one language."""

    name: str
    other: str
    tagline: str
    first_line: str
    placeholder: str
    examples_label: str
    examples: tuple[str, ...]
    language: str
    auto: str
    length: str
    lengths: dict[str, str]
    mood: str
    moods: dict[str, str]
    versions: str
    more: str
    voice: str
    form: str
    how: str
    measure: str
    measure_help: str
    work: str
    work_help: str
    undo: str
    more_lines: str
    more_lines_help: str
    looking: str
    let_off: dict[str, str]
    era: str
    own_era: str
    write: str
    another: str
    another_help: str
    stop: str
    go_on: str
    retry: str
    copy: str
    copied: str
    download: str
    link: str
    link_help: str
    footer: str
    poem: str
    lang_en: str
    lang_es: str
    lang_assumed: str
    lang_unknown: str
    words: str
    one_word: str
    seed: str
    complete: str
    length_reached: str
    stopped: str
    deadline: str
    unfinished: str
    others: str
    soon: str
    later: str
    troubles: dict[str, str]

    def told(self, trouble: Trouble) -> str:
        """What went wrong, in a sentence or two.

        >>> words("es").told(Trouble("unknown-form", "There is no form 'oda'."))
        'Esa forma no se escribe en esta lengua, o con esta voz: elige otra.'
        >>> words("en").told(Trouble("never-heard-of", "It rained."))
        'It could not be written: It rained.'
        >>> words("en").told(Trouble("too-many-requests", "Too many.", retry_after=600))[-44:]
        'It is worth trying again in some 10 minutes.'
        """
        sentence = self.troubles.get(trouble.kind, self.troubles["other"])
        told = sentence.replace("{detail}", str(trouble))
        if trouble.retry_after is None:
            return told
        seconds = trouble.retry_after
        when = self.soon if seconds <= A_WHILE else self.later
        return f"{told} {when.format(seconds=seconds, minutes=-(-seconds // 60))}"

    def counted(self, number: int) -> str:
        """How many words that is, in words.

        >>> words("es").counted(1), words("es").counted(2)
        ('una palabra', '2 palabras')
        """
        return self.one_word if number == 1 else self.words.format(number=number)


@cache
def words(lang: Language) -> Words:
    """The page's texts in `lang`."""
    table: dict[str, Any] = _table()[lang]
    return Words(**{**table, "examples": tuple(table["examples"])})


def interface_language(asked: str | None, locale: str | None) -> Language:
    """The language of the page: the one that was asked for, else the reader's, else English.

    >>> interface_language("es", "en-GB"), interface_language(None, "es-MX")
    ('es', 'es')
    >>> interface_language("fr", None)
    'en'
    """
    for wish in (asked, locale):
        short = (wish or "")[:2].lower()
        if short == "es":
            return "es"
        if short == "en":
            return "en"
    return "en"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("duende.page") / "words.toml").read_text(encoding="utf-8"))
