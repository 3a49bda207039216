"""The prompt format: how a poem is written for a model, and read back.

A poem goes in and plain text comes out (`encode`); what a model continues goes in and lines come
out (`decode`). Training, serving and evaluation all go through these two, so that what is learnt
is what is asked.

A poem is a header, its lines, and the end of the text; a blank line stands between stanzas:

    Poema en español, verso libre:
    Te escribo desde un pueblo sin relojes.
    Aquí la tarde cae cuando quiere
"""

from collections.abc import Iterable, Iterator, Sequence

from duende.poem import Language

VERSION = 1
END_OF_TEXT = "\x03"
"""What an engine yields where the model ends its text (ASCII's own sign for it)."""

HEADERS: dict[tuple[Language, str], str] = {
    ("en", "free"): "Poem in English, free verse:",
    ("es", "free"): "Poema en español, verso libre:",
}


def encode(
    lines: Sequence[str],
    *,
    lang: Language,
    form: str = "free",
    examples: Sequence[Sequence[str]] = (),
) -> str:
    """Write the beginning of a poem as a prompt that ends where the next line begins.

    `examples` are whole poems that stand before it, for a model that was never taught the format.

    >>> encode(["Under the sun"], lang="en")
    'Poem in English, free verse:\\nUnder the sun\\n'
    """
    return preamble(lang=lang, form=form, examples=examples) + "".join(
        f"{line}\n" for line in lines
    )


def preamble(*, lang: Language, form: str = "free", examples: Sequence[Sequence[str]] = ()) -> str:
    """What stands before every poem of this kind: the examples and the header.

    An engine reads it once and keeps what it thought of it.

    >>> preamble(lang="es", examples=[["Sol."]])
    'Poema en español, verso libre:\\nSol.\\n\\nPoema en español, verso libre:\\n'
    """
    header = HEADERS[lang, form]
    shown = ["\n".join((header, *poem)) + "\n\n" for poem in examples]
    return "".join(shown) + header + "\n"


def decode(pieces: Iterable[str]) -> Iterator[str]:
    """Read lines from the pieces that an engine yields, each as soon as it is whole.

    A blank line is an empty string: the end of a stanza or, like `END_OF_TEXT`, of the poem. A
    last line that was cut in the middle is left out.

    >>> list(decode(["the a", "pples\\nsle", "ep.", END_OF_TEXT]))
    ['the apples', 'sleep.', '']
    """
    rest = ""
    for piece in pieces:
        rest += piece.replace(END_OF_TEXT, "\n\n")
        while "\n" in rest:
            line, _, rest = rest.partition("\n")
            yield " ".join(line.split())
