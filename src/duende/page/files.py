"""A poem as a file to keep: its text goes in, plain text or Markdown comes out."""

import re
from unicodedata import normalize

from duende.page.client import Ask

LONGEST_NAME = 40
INLINE = re.compile(r"([\\`*_\[\]<>&#~|^$=@])")
"""What Markdown, in any of its usual dialects, could read as more than the character it is."""
OPENING = re.compile(r"^(?:[-+:]|\d+(?=[.)]))")
ADDRESS = re.compile(r"(https?|ftp|mailto|www)(?=[:.])", re.IGNORECASE)


def as_text(text: str) -> str:
    """The poem as a text file.

    >>> as_text("Bajo el sol")
    'Bajo el sol\\n'
    """
    return text + "\n"


def as_markdown(text: str, ask: Ask, *, label: str, seed: str, voice: str) -> str:
    """The poem as Markdown that shows what was written, line by line, and a small footer.

    `label`, `seed` and `voice` are the footer's words for first line, seed and voice.

    >>> words = {"label": "Verso", "seed": "semilla", "voice": "voz"}
    >>> print(as_markdown("*Sol*\\nsolo", Ask("*Sol*", seed=7), **words))
    \\*Sol\\*\x20\x20
    solo
    <BLANKLINE>
    ---
    <BLANKLINE>
    Verso: \\*Sol\\* · semilla: 7 · voz: default · duende
    <BLANKLINE>
    """
    stanzas = [stanza.split("\n") for stanza in text.split("\n\n")]
    # Two blanks at the end of a line are Markdown's line break.
    verses = "\n\n".join("  \n".join(map(escape, stanza)) for stanza in stanzas)
    footer = (
        f"{label}: {escape(ask.first_line)} · {seed}: {ask.seed} · {voice}: {escape(ask.voice)}"
    )
    return f"{verses}\n\n---\n\n{footer} · duende\n"


def escape(line: str) -> str:
    """One line as Markdown that shows it as it is.

    >>> escape("1. *x* <b> https://example.org")
    '1\\\\. \\\\*x\\\\* \\\\<b\\\\> https\\\\://example.org'
    """
    bare = line.lstrip()
    indent = "&nbsp;" * (len(line) - len(bare))
    opening = OPENING.match(bare)
    head = opening.group() if opening else ""
    marked = f"{head}\\" if head.isdecimal() else f"\\{head}" if head else ""
    return indent + marked + ADDRESS.sub(r"\1\\", INLINE.sub(r"\\\1", bare[len(head) :]))


def file_name(first_line: str, ending: str) -> str:
    """A name for the file that any system takes.

    >>> file_name("¿Quién habló del mar?", "txt"), file_name("…", "md")
    ('quien-hablo-del-mar.txt', 'duende.md')
    """
    plain = normalize("NFKD", first_line).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_NAME].strip("-")
    return f"{name or 'duende'}.{ending}"
