"""The plain text of a book, as blocks of lines that stand together; what no author wrote is cut.

Illustrations, transcriber's notes, footnotes and their marks, page numbers and the line numbers in
the margin go here. What is left is not judged: verse, prose and headings look alike to it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

# Bracketed notes: a keyword after the bracket, or a footnote's number or letter.
_NOTE = re.compile(
    r"^\s*\[\s*(?:illustration|ilustraci|footnote|nota\b|note|transcriber|sidenote|music|m[uú]sica"
    r"|decorat|frontispiece|blank page|handwrit|portrait|image|imagen|grabado|vi[ñn]eta|tailpiece"
    r"|headpiece|editor|published|publicad|redactor)",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"^\s*(?:\[(?:\d{1,3}|[A-Z]|\*+)\]|\*|†|‡)\s*(?=[\w\"“«_¿¡])(?!\*)")
_PAGE = re.compile(
    r"^\s*(?:[-–—*]\s*\d{1,4}\s*[-–—*]|(?:p[.g]|page|p[áa]g(?:ina|\.)?)\s*\d{1,4}\.?"
    r"|[\[{(]\s*(?:pg?\.?|page|p[áa]g(?:ina|\.)?)?\s*\d{1,4}\s*[\]})])\s*$",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"\s?\[(?:pg?\.?|page)\s*\w{1,5}\]|\s?\{(?:pg?\.?\s*)?\d{1,4}\}|\[(?:\d{1,3}|[A-Z]|\*+|†)\]",
    re.IGNORECASE,
)
_ITALICS = re.compile(r"(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|(?<!\S)=(?=\w)|(?<=[\w.!?])=(?!\S)")
# Files that once travelled by mail have ">From" where a line began with "From".
_QUOTED_FROM = re.compile(r"^>(?=From\b)")
# "…of Day,          10": a number on the right, set well apart; on the left only every fifth line.
_RIGHT_NUMBER = re.compile(
    r"(?<=\S)(?:\s{4,}|\s{2,}(?=\d*[05]$)|(?<=[,.;:!?])\s(?=\d{0,2}[05]$))\[?\d{1,5}\]?$"
)
_LEFT_NUMBER = re.compile(r"^(\d{0,4}[05])(\s{2,})(?=\S)")

# No verse is this long: what stands further right is never kept, and cutting it here, and the space
# within lines, keeps the time linear whatever a file holds.
WIDEST = 500
_WIDE_SPACE = re.compile(r"\s{41,}")
# A note in brackets that is not closed within so many lines was never meant to be: one line is cut.
LONGEST_NOTE = 120
# Books typed with an empty line after every line exist; no other has so many lines alone.
DOUBLE_SPACED = 0.8


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together: where (from line `number`), after how many empty lines (`gap`).

    `kind` is "heading", "verse", "prose" or "note" where the markup says so, else "".

    >>> Block(("Bajo el sol",), gap=2, number=7).text
    'Bajo el sol'
    """

    lines: tuple[str, ...]
    gap: int
    number: int
    kind: str = ""

    @property
    def text(self) -> str:
        """Its lines in one, with single spaces.

        >>> Block(("  ODE", "TO THE RAIN "), gap=2, number=1).text
        'ODE TO THE RAIN'
        """
        return " ".join(" ".join(self.lines).split())


def blocks(lines: Sequence[str], *, number: int = 1) -> list[Block]:
    """Split a book's lines into blocks; `number` is that of the first line.

    >>> for block in blocks(["ODE", "", "[Illustration: a mill]", "", "_Slow_ rain,     5", "[3]"]):
    ...     print(block.lines, block.gap)
    ('ODE',) 0
    ('Slow rain,',) 1
    """
    kept: list[str | None] = list(_cleaned(lines))
    found: list[Block] = []
    start, gap, wider = 0, 0, 0
    together: list[str] = []
    for index, line in enumerate([*kept, ""]):
        if line:
            if not together:
                start = index
            together.append(line)
            continue
        if together:
            found.append(Block(tuple(together), max(gap, wider), number + start))
            together, gap, wider = [], 0, 0
        if line is None:  # what was cut must not add up the empty lines on both its sides
            gap, wider = 0, max(gap, wider)
        else:
            gap += 1
    return _single_spaced(found)


def _cleaned(lines: Sequence[str]) -> Iterator[str | None]:
    """Each line without marks and numbers; None for one that was cut, "" for an empty one."""
    until, in_footnote = 0, False
    for index, raw in enumerate(lines):
        line = raw[:WIDEST].replace("\x0c", "").expandtabs(8).rstrip()
        line = _WIDE_SPACE.sub(" " * 40, line)
        if index < until:
            yield None
            continue
        in_footnote = in_footnote and bool(line)
        if _NOTE.match(line):
            until = _closed(lines, index)
            yield None
        elif in_footnote or _PAGE.match(line):
            yield None
        elif _FOOTNOTE.match(line) and not line.rstrip().endswith("*"):
            in_footnote = True
            yield None
        else:
            line = _RIGHT_NUMBER.sub("", _MARKS.sub("", line))
            line = _LEFT_NUMBER.sub(lambda match: " " * len(match[0]), line)
            cleaned = _QUOTED_FROM.sub("", _ITALICS.sub("", line)).rstrip()
            yield cleaned if cleaned or not raw.strip() else None


def _closed(lines: Sequence[str], index: int) -> int:
    """The line after the one where the bracket opened on `index` is closed."""
    depth = 0
    for offset, line in enumerate(lines[index : index + LONGEST_NOTE]):
        depth += line.count("[") - line.count("]")
        if depth <= 0:
            return index + offset + 1
    return index + 1


def _single_spaced(found: list[Block]) -> list[Block]:
    """The blocks of a book typed with an empty line after every line, put together again."""
    alone = [block for block in found if len(block.lines) == 1]
    close = sum(block.gap == 1 for block in alone)
    if len(found) < 40 or len(alone) < DOUBLE_SPACED * len(found) or close * 2 < len(found):
        return found
    if median(len(block.lines[0]) for block in alone) > 70:  # paragraphs, one a line
        return found
    out: list[Block] = []
    for block in found:
        if block.gap == 1 and out:
            out[-1] = Block(out[-1].lines + block.lines, out[-1].gap, out[-1].number)
        else:
            out.append(Block(block.lines, max(block.gap - 1, 0), block.number))
    return out
