"""Line and stanza breaks: of every kind, lost at a dash, made by an edition's indentation.

A text goes in, a text comes out, with "\\n" between verses and "\\n\\n" between stanzas.
"""

import re

POETRY_FOUNDATION_BREAK = "\r\r\n"
"""Between two verses in the table of Poetry Foundation poems on Kaggle."""

POEMAS_DEL_ALMA_BREAK = "\n\r\n"
"""Between two verses in the first version's Spanish table: a tag's break, then the page's own."""
LOST_BREAK = re.compile(
    r"(?<=[^\s—–-])[—–](?!\w+,? (?:\d{1,2}, )?\d{4}\.?$)(?=[“‘\"'¿¡«]?[A-ZÁÉÍÓÚÑ])"
)
JOINED = 1.4
"""Times the usual length from which a line with a dash before a capital is two verses in one. Of
50 such lines read all were (docs/log.md)."""


def line_breaks(text: str) -> str:
    """Make every verse break "\\n" and every stanza break "\\n\\n".

    The conventions of the first version's two tables are recognised. A text whose every line is
    followed by an empty one was double-spaced by an editor: it is closed up.

    >>> line_breaks("uno\\r\\r\\ndos\\r\\r\\n\\r\\r\\ntres")
    'uno\\ndos\\n\\ntres'
    >>> line_breaks("uno\\n\\r\\ndos\\n\\r\\n\\n\\r\\ntres")
    'uno\\ndos\\n\\ntres'
    """
    if POETRY_FOUNDATION_BREAK in text:
        text = text.replace(POETRY_FOUNDATION_BREAK, "\n")
    elif re.search(r"(?<!\r)\n\r\n", text):
        # Its lone "\n" stands where a tag of emphasis began or ended within a verse.
        text = re.sub(r"(?<=[^\s])\n(?= \S)|(?<=\S )\n(?=\S)", "", text)
        text = re.sub(r"(?<!\r)\n\r\n", "\n", text)
    text = re.sub(r"\r\n?|[\u0085\u2028\u2029]", "\n", text)
    text = re.sub(r"\n[ \t\u00a0]+(?=\n)", "\n", text)
    gaps = re.findall(r"(?<=\S)[ \t]*\n+(?=[ \t]*\S)", text.strip("\n"))
    if len(gaps) >= 3 and all(gap.count("\n") % 2 == 0 for gap in gaps):
        text = re.sub(r"\n\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def lost_breaks(text: str) -> str:
    """Break a line again where two verses were joined at a dash.

    The second begins with a capital, the joined line is about twice as long as the others, and each
    half is about as long as they are. A stanza break that was lost with it comes back where all
    other stanzas are of one size.

    >>> print(lost_breaks("The sky was black,\\nand the wind came on—Awful and sudden\\nit fell"))
    The sky was black,
    and the wind came on—
    Awful and sudden
    it fell
    """
    if not LOST_BREAK.search(text):
        return text
    blocks = [block.split("\n") for block in text.split("\n\n")]
    lengths = sorted(len(line) for block in blocks for line in block)
    usual = lengths[len(lengths) // 2]
    mended: list[list[str]] = []
    for place, block in enumerate(blocks):
        lines: list[str] = []
        broken: set[int] = set()
        for line in block:
            parts = _verses(line, usual)
            broken.update(range(len(lines) + 1, len(lines) + len(parts)))
            lines.extend(parts)
        others = {len(other) for other in blocks[:place] + blocks[place + 1 :]}
        size = others.pop() if len(others) == 1 else 0
        ends = range(size, len(lines), size) if size > 2 and len(lines) % size == 0 else range(0)
        if ends and broken.issuperset(ends):
            mended.extend(lines[at : at + size] for at in range(0, len(lines), size))
        else:
            mended.append(lines)
    return "\n\n".join("\n".join(lines) for lines in mended)


def _verses(line: str, usual: int) -> list[str]:
    """The verses of a line that is too long, or the line."""
    if len(line) <= JOINED * usual:
        return [line]
    breaks = [found.end() for found in LOST_BREAK.finditer(line)]
    for at in sorted(breaks, key=lambda at: abs(at - usual)):
        if 0.4 * usual <= at <= 1.5 * usual and len(line) - at >= 0.4 * usual:
            return [line[:at], *_verses(line[at:], usual)]
    return [line]


def split_stanzas(text: str) -> str:
    """Close up stanzas that an edition's indentation split: a steady pattern of lone verses.

    >>> broken = "a\\n\\nb\\n\\nc\\nd\\n\\ne\\n\\nf\\n\\ng\\nh\\n\\ni\\n\\nj\\n\\nk\\nl"
    >>> split_stanzas(broken)
    'a\\nb\\nc\\nd\\n\\ne\\nf\\ng\\nh\\n\\ni\\nj\\nk\\nl'
    """
    blocks = text.split("\n\n")
    sizes = [block.count("\n") + 1 for block in blocks]
    if len(blocks) < 8 or 2 * sizes.count(1) < len(blocks) or set(sizes) == {1}:
        return text
    lone = [block for block, size in zip(blocks, sizes, strict=True) if size == 1]
    if len(set(lone)) < len(lone):
        return text  # a refrain
    # A verse and a group by turns, a period of two, is a form of its own.
    for period in range(3, len(blocks) // 3 + 1):
        pattern = sizes[:period]
        if len(blocks) % period == 0 and sizes == pattern * (len(blocks) // period):
            starts = range(0, len(blocks), period)
            return "\n\n".join("\n".join(blocks[at : at + period]) for at in starts)
    return text
