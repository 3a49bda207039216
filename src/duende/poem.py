"""The one record that travels the whole way: a poem, and what is known of it.

It knows its lines and words and how it looks as JSON; it does not know how it was written.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Language = Literal["en", "es"]
Finish = Literal["complete", "length", "stopped", "deadline"]
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
"""What stands at the end of a line that ends a sentence."""
TRAILING = " ,;:—–-¡¿(«“\"'"


@dataclass(frozen=True)
class LineReport:
    """What was found out about one line: its language, and how sure that is (0.5 to 1).

    In a form also how many `syllables` it counts, the letter of its `rhyme` (empty where none is
    asked for), and what it was `let_off`: see `duende.composer.fit.Fault`.
    """

    lang: str
    certainty: float
    syllables: int = 0
    rhyme: str = ""
    let_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """How a poem came to be.

    `lang_certainty` is the probability (0.5 to 1) of the poem's language given its first line, and
    `known_language` is false where that line seemed to be in neither English nor Spanish. `alone`
    says that nobody else was writing, so that the same seed gives the same poem again. `rejected`
    counts the lines that were written and dropped, by reason; `copied_words` is the longest run of
    words shared with the voice's examples. `era` is the one that the voice was told, if any. `base`
    is the model that wrote, empty where the voice has one of its own; `voice_sha256` is the hash of
    the voice's weights, empty for the bare base.
    """

    lines: tuple[LineReport, ...] = ()
    lang_certainty: float = 1.0
    known_language: bool = True
    alone: bool = True
    rejected: dict[str, int] = field(default_factory=dict)
    copied_words: int = 0
    temperature: float = 0.0
    top_p: float = 0.0
    max_words: int = 0
    era: str = ""
    engine: str = ""
    base: str = ""
    base_sha256: str = ""
    voice_sha256: str = ""
    prompt_version: int = 0


@dataclass(frozen=True)
class Poem:
    """A poem, its language and how it was made.

    >>> poem = Poem("Bajo el sol\\ncanta el agua.", lang="es")
    >>> poem.lines
    ['Bajo el sol', 'canta el agua.']
    >>> poem.words
    6
    """

    text: str
    lang: Language
    form: str = "free"
    first_line: str = ""
    lang_assumed: bool = False
    seed: int = 0
    voice: str = ""
    finish: Finish = "complete"
    report: Report = Report()

    @property
    def lines(self) -> list[str]:
        """Its lines, with an empty string between stanzas."""
        return self.text.split("\n")

    @property
    def words(self) -> int:
        """How many words it has."""
        return count_words(self.text)

    def as_dict(self) -> dict[str, Any]:
        """The poem as the API, the command line and the stream of events give it."""
        return {
            "text": self.text,
            "lines": self.lines,
            "lang": self.lang,
            "lang_assumed": self.lang_assumed,
            "form": self.form,
            "first_line": self.first_line,
            "words": self.words,
            "seed": self.seed,
            "voice": self.voice,
            "finish": self.finish,
            "report": asdict(self.report),
        }

    def as_json(self) -> str:
        """The same as one line of JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False)

    def __str__(self) -> str:
        return self.text


def count_words(text: str) -> int:
    """Count the words of `text`: what stands between blanks, a lone dash included.

    >>> count_words("I'm here — still\\nhere")
    5
    """
    return len(text.split())


def full_stop(line: str) -> str:
    """A line that ends its sentence, with a full stop if it has to.

    >>> full_stop("y nadie vino,"), full_stop("¿y nadie vino?")
    ('y nadie vino.', '¿y nadie vino?')
    """
    return line if SENTENCE_END.search(line) else line.rstrip(TRAILING) + "."
