"""A scansion as a table for a terminal: a row a line, its stressed syllables marked."""

import re

from duende.poetics.scan import Line, Scansion

STRESSED, FAINT, PLAIN = "\x1b[1;36m", "\x1b[2m", "\x1b[0m"
SEPARATORS = re.compile(r"( \| |[ ·])")


def table(scansion: Scansion) -> str:
    """The table, with the colours of a terminal; whoever prints it to a file takes them out.

    Columns: the rhyme's letter, the syllables (and what they may be), the stresses, the line cut
    into syllables, its metre. Then the scheme and the nearest forms, and what breaks the first.
    """
    lines = scansion.lines
    width = max((len(line.division or line.text) for line in lines), default=0)
    marks = max((len(line.stresses) for line in lines), default=0)
    rows = [_row(line, min(width, 60), min(marks, 24)) for line in lines]
    told = [f"{match.form} {match.score:.0%}" for match in scansion.forms]
    rows += ["", f"{FAINT}{scansion.scheme}{PLAIN}", ", ".join(told)]
    best = scansion.forms[0]
    rows += [f"{FAINT}  {each.told(scansion.lang)}{PLAIN}" for each in best.breaks[:10]]
    return "\n".join(rows)


def _row(line: Line, width: int, marks: int) -> str:
    if not line.syllables:
        unread = " ".join(line.unread)
        return f"   {FAINT}?  {unread}{PLAIN}" if unread else ""
    count = str(line.syllables)
    if line.least != line.most:
        count += f" ({line.least}-{line.most})"
    cells = [
        f"{line.rhyme or '':<2}",
        f"{count:<10}",
        f"{FAINT}{line.stresses:<{marks}}{PLAIN}",
        _lit(line) + " " * (width - len(line.division)),
        f"{FAINT}{line.metre or ''}{PLAIN}",
    ]
    if line.unread:
        cells.append(f"? {' '.join(line.unread)}")
    return " ".join(cells).rstrip()


def _lit(line: Line) -> str:
    """The line's division with its stressed syllables lit."""
    lit, syllable = [], 0
    for piece in SEPARATORS.split(line.division):
        if SEPARATORS.fullmatch(piece):
            lit.append(piece)
            continue
        stressed = syllable < len(line.stresses) and line.stresses[syllable] == "+"
        lit.append(f"{STRESSED}{piece}{PLAIN}" if stressed else piece)
        syllable += 1
    return "".join(lit)
