"""The prompt format: how a poem is written for a model, and read back.

A poem goes in and plain text comes out (`encode`); what a model continues goes in and lines come
out (`decode`). Training, serving and evaluation all go through these two, so that what is learnt
is what is asked.

A poem is a header, its lines, and the end of the text; a blank line stands between stanzas. The
header says the language and what else is known of the poem, its era and its form:

    Poema en español, principios del siglo XX, verso libre:
    Te escribo desde un pueblo sin relojes.
    Aquí la tarde cae cuando quiere

Under a form each line follows its code, the syllables it counts and its last word, and the header
says so:

    Poema en español, principios del siglo XX, cuarteta, verso a verso:
    8 puerta| Dejé la lámpara y la puerta
    8 mar| abierta al viento del mar
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from duende.errors import UnknownEra
from duende.poem import Language
from duende.poetics.forms import find_form

VERSION = 2
END_OF_TEXT = "\x03"
"""What an engine yields where the model ends its text (ASCII's own sign for it)."""

LANGUAGE_WORDS: Mapping[Language, str] = MappingProxyType(
    {"en": "Poem in English", "es": "Poema en español"}
)
ERAS: Mapping[str, Mapping[Language, str]] = MappingProxyType(
    {
        "medieval": {"en": "Middle Ages", "es": "Edad Media"},
        "golden-age": {"en": "16th and 17th centuries", "es": "Siglo de Oro"},
        "18th-century": {"en": "18th century", "es": "siglo XVIII"},
        "19th-century": {"en": "19th century", "es": "siglo XIX"},
        "early-20th-century": {"en": "early 20th century", "es": "principios del siglo XX"},
        "modern": {"en": "today", "es": "hoy"},
    }
)
"""What the header calls an era, oldest first; the ids are the periods of the corpus."""
RHYMED = "rhymed"
"""In the header, the form of a poem that rhymes and keeps no form that has a name."""
RHYMED_WORDS: Mapping[Language, str] = MappingProxyType(
    {"en": "rhymed verse", "es": "verso rimado"}
)
CODED_WORDS: Mapping[Language, str] = MappingProxyType(
    {"en": "line by line", "es": "verso a verso"}
)
CODE_END = "|"
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Code:
    """What a line is told before it is written: how many syllables it counts, and its last word.

    The word and not its rhyme: a small model copies a word that it is given, and cannot spell
    one from its ending. Without a word the code is left open, and the model names it.

    >>> str(Code(11, "cuidado")), str(Code(11))
    ('11 cuidado|', '11')
    """

    syllables: int
    word: str = ""

    def __str__(self) -> str:
        return f"{self.syllables} {self.word}{CODE_END}" if self.word else str(self.syllables)


def last_word(line: str) -> str:
    """The last word of a line as its code gives it: small, without punctuation.

    >>> last_word("¡Qué noche, amor!»")
    'amor'
    """
    words = WORD.findall(line)
    return words[-1].casefold() if words else ""


def encode(
    lines: Sequence[str],
    *,
    lang: Language,
    era: str = "",
    form: str = "",
    codes: Sequence[Code] | None = None,
    examples: Sequence[Sequence[str]] = (),
) -> str:
    """Write the beginning of a poem as a prompt that ends where the next line begins.

    `era` is one of `ERAS` and `form` one of `duende.poetics.forms` or `RHYMED`; an empty one is
    not named. `codes`, one for each line that is not blank, are written before the lines; with one
    more than there are lines, the prompt ends with the code of the line that is to be written.
    `examples` are whole poems that stand before it, for a model that was never taught the format.

    >>> encode(["Under the sun"], lang="en", form="free")
    'Poem in English, free verse:\\nUnder the sun\\n'
    >>> encode(["Bajo el sol"], lang="es", codes=[Code(4, "sol"), Code(8, "río")])
    'Poema en español, verso a verso:\\n4 sol| Bajo el sol\\n8 río|'

    Raises `UnknownEra` and `UnknownForm`.
    """
    opening = preamble(lang=lang, era=era, form=form, coded=codes is not None, examples=examples)
    left = iter(codes or ())
    text = opening + "".join(
        f"{code} {line}\n" if line and (code := next(left, None)) else f"{line}\n" for line in lines
    )
    following = next(left, None)
    return text if following is None else f"{text}{following}"


def preamble(
    *,
    lang: Language,
    era: str = "",
    form: str = "",
    coded: bool = False,
    examples: Sequence[Sequence[str]] = (),
) -> str:
    """What stands before every poem of this kind: the examples and the header.

    An engine reads it once and keeps what it thought of it.

    >>> preamble(lang="es", form="free", examples=[["Sol."]])
    'Poema en español, verso libre:\\nSol.\\n\\nPoema en español, verso libre:\\n'
    """
    header = _header(lang, era, form, coded)
    shown = ["\n".join((header, *poem)) + "\n\n" for poem in examples]
    return "".join(shown) + header + "\n"


def _header(lang: Language, era: str, form: str, coded: bool) -> str:
    known = [
        LANGUAGE_WORDS[lang],
        _era_words(era, lang),
        _form_words(form, lang),
        CODED_WORDS[lang] if coded else "",
    ]
    return ", ".join(filter(None, known)) + ":"


def check_era(era: str) -> str:
    """`era` as it is, if it is empty or one of `ERAS`. Raises `UnknownEra`."""
    if era and era not in ERAS:
        raise UnknownEra(f"There is no era {era!r}: choose one of {', '.join(ERAS)}.")
    return era


def _era_words(era: str, lang: Language) -> str:
    return ERAS[era][lang] if check_era(era) else ""


def _form_words(form: str, lang: Language) -> str:
    if form in ("", RHYMED):
        return RHYMED_WORDS[lang] if form else ""
    return find_form(form, lang).name[lang].lower()


def decode(pieces: Iterable[str]) -> Iterator[str]:
    """Read lines from the pieces that an engine yields, each as soon as it is whole.

    A blank line is an empty string: the end of a stanza or, like `END_OF_TEXT`, of the poem. A
    last line that was cut in the middle is left out.

    >>> list(decode(["the a", "pples\\nsle", "ep.", END_OF_TEXT]))
    ['the apples', 'sleep.', '']
    """
    rest = ""
    for piece in pieces:
        rest += piece.replace(END_OF_TEXT, "\n" if not rest.strip() else "\n\n")
        while "\n" in rest:
            line, _, rest = rest.partition("\n")
            yield " ".join(line.split())
