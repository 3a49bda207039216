"""Blocks of a book in, its poems out: headings become titles, prose and lists are left behind.

Knows the habits of printed books (titles in capitals, numbered parts, contents, notes), and of no
book in particular. What is verse is judged in verse_or_prose.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from duende.corpus.readers.gutenberg_text import Block
from duende.corpus.readers.verse_or_prose import unwrapped, verdict

# A haiku has three lines; of two nobody can tell a poem from a title page.
SHORTEST = 3
# Numbered pieces this long are sonnets or cantos, poems of their own; a stanza, even of Spenser's
# nine or an octave's eight lines, is shorter.
LONG_PIECE = 12
# An epigraph stands this much further right than the poem under it.
EPIGRAPH = 8
# An index repeats first lines from so many blocks away; a refrain comes back sooner.
FAR = 6
# What is cut is kept for whoever wants to see it, up to so many lines a poem.
REMOVED = 20

_ARTICLES = ("the", "a", "an", "el", "la", "los", "las", "un", "una")
_RULE = re.compile(r"^(?=.*[^\s\d])[\s*\-–—=_~·•.#+oO°]+\d{0,3}$")
_NUMERAL = re.compile(
    r"^\s*(?:[\[(]?(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})"
    r"|\d{1,4})"
    r"[\])]?\s*[.:—-]*\s*$"
)
_NOTE_ON_NUMERAL = re.compile(r"(?<=[IVXLC]\.)\d{1,2}\s*$")  # "VI.1"
_STARTS_WITH_NUMERAL = re.compile(r"^\W*(?:[IVXLCDM]+|\d{1,4})(?:[\s.:)—-]|$)")
_LIST = re.compile(
    r"^\W*(?:(?:table of |list of )?contents|index\b|(?:an? )?(?:alphabetical )?index of|list of "
    r"|first lines|errata|glossary|transcriber|foot-?notes?\b"
    r"|(?:end ?|explanatory |editor.s )?notes?(?: (?:to|on|by)\b.*)?\W*$|bibliograph"
    r"|illustrations\W*$|advertisements?\W*$|books by|works by|by the same author"
    r"|end of (?:the )?(?:project|volume|book)|obras de|[ií]ndice|tabla de|lista de"
    r"|contenido\W*$|notas\b|(?:fe de )?erratas|glosario|colof[oó]n|bibliograf|primeros versos)",
    re.IGNORECASE,
)
_FOREWORD = re.compile(
    r"^\W*(?:preface|introduct|foreword|prologue|prefatory|biograph|memoir|life of|a note|note\b"
    r"|advertisement|pr[oó]logo|prefacio|introducci|advertencia|al lector|to the reader|carta|vida"
    r"|noticia|estudio|appendix|ap[eé]ndice|critic|opinions)",
    re.IGNORECASE,
)
_IMPRINT = re.compile(
    r"\b(?:copyright|all rights reserved|printed (?:by|in|at)|published by|produced by|e-?text"
    r"|publish(?:ed|ers?)\b.*(?:18|19|20)\d\d|proofread|transcribed|scanned|html version|https?:"
    r"|www\.|reprinted|press,|university press|first (?:edition|published)|entered according"
    r"|dedicated to|imprenta|imp\. de|tipograf[ií]a|librer[ií]a|editorial|es propiedad|edici[oó]n"
    r"|derechos reservados|stereotyp|bookseller|publishers|impresor)|& co\.",
    re.IGNORECASE,
)
_END = re.compile(r"^\W*(?:the )?(?:end|finis|fin|laus deo|explicit)\W*$", re.IGNORECASE)
_BYLINE = re.compile(
    r"^\s*[(_]*(?:(?:words|written|poem|poes[ií]a|versos?|letra)\s+)?(?:by|por)\s+"
    r"(?P<name>[^,;(\d]+)",
    re.IGNORECASE,
)
_CREDITS = re.compile(
    r"[.;]?\s+(?=(?:music|arranged|words|translated|air|tune|m[uú]sica|traduc|from)\b)|\s+--",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"^\s*(?:[-–—]{1,2}\s*[A-Z].{0,60}|\W*(?:[A-Z][\w.]*\s*,?\s*){0,4},?\s*(?:\w+ \d{1,2},\s*)?"
    r"(?:1[5-9]|20)\d\d\W*)$"
)
_PAGES = re.compile(r"(?:\s{2,}|[.\s]{3,}|,\s+)(?:\d{1,4}|[ivxl]{1,6})\.?$")
# A footnote's number on the word before it: "Clio,1 to the skies"; years stand apart.
_GLUED_MARK = re.compile(
    r"(?<=[a-záéíóúñü'’\d][,.;:!?])\d{1,2}(?=\s|$)|(?<=[a-záéíóúñü'’])\d{1,2}(?!\w)"
)
# "104 And he by] And by the 1673": what other editions have.
_VARIANT = re.compile(r"^\s*(?:notes?:?\s*)?\d{1,4}(?:[-–]\d+)?\.?\s+\S.*\]", re.IGNORECASE)
_SURE_NOTE = re.compile(r"^\s*(?:\d{1,3}(?=[A-Z][a-z])|(?i:notes?:|notas?:))")
_STANZA_NUMBER = re.compile(r"^(\s*)\d{1,3}[.)]?\s+(?=[\"“«¡¿]?\w)")
_NUMBERED_NOTE = re.compile(
    r"^\s*(?:\d{1,3}[.)]?\s*[^\W\d]|notes?\b|notas?\b|v\. ?\d|l\. ?\d|\*\s)", re.IGNORECASE
)


_AFTERWORDS = (_SIGNED, _END, _VARIANT)


@dataclass(slots=True)
class Section:
    """What stands under one heading. `skipped` says that the heading is of a list or of notes.

    >>> Section(headings=[Block(("ODE.",), gap=4, number=1)]).title
    'ODE'
    """

    headings: list[Block] = field(default_factory=list)
    blocks: list[tuple[str, Block]] = field(default_factory=list)
    skipped: bool = False

    @property
    def title(self) -> str:
        """The title: the first line of the last group of headings that is no number or byline."""
        named = [each for each in self.headings if not _is_numeral(each) and not _byline(each)]
        if not named:
            return _plain(self.headings[-1].text) if self.headings else ""
        start = max((i for i, each in enumerate(named) if each.gap >= 2), default=0)
        title = _plain(named[start].text)
        if title.casefold() in _ARTICLES and start + 1 < len(named):  # "THE", below it "MILL"
            title = f"{title} {_plain(named[start + 1].text)}"
        return title

    @property
    def byline(self) -> str:
        """Who wrote it, if a line under the title says "by"."""
        return next((name for each in self.headings if (name := _byline(each))), "")


@dataclass(frozen=True, slots=True)
class Found:
    """A poem in a book: its lines, its title, who wrote it if that is said, and where it begins.

    >>> Found(("Bajo el sol",), title="Sol", author="", number=3).title
    'Sol'
    """

    lines: tuple[str, ...]
    title: str
    author: str
    number: int
    repairs: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def poems(blocks: Sequence[Block]) -> Iterator[Found]:
    """Find the poems in a book.

    >>> book = [
    ...     Block(("THE MILL",), gap=4, number=5),
    ...     Block(("The mill is still,", "The miller gone,", "The river runs."), gap=1, number=7),
    ... ]
    >>> [(poem.title, poem.lines[0], poem.number) for poem in poems(book)]
    [('THE MILL', 'The mill is still,', 7)]
    """
    judged = _judged([part for block in blocks for part in _without_number(block)])
    # Lines of prose show how wide the page was; 66 is the narrowest that books are wrapped to.
    width = max((len(x) for b in blocks for x in b.lines if len(x) <= 82), default=66)
    series = ""
    for section in _sections(judged):
        foreword = any(_FOREWORD.match(heading.text) for heading in section.headings)
        if section.skipped or (foreword and any(kind == "prose" for kind, _ in section.blocks)):
            continue
        named = [x for x in section.headings if not _STARTS_WITH_NUMERAL.match(x.text)]
        if named:  # numbers under a heading count on under it, until there is another
            inside = [*section.headings, *(block for _, block in section.blocks)]
            series = Section(named).title if any(map(_is_numeral, inside)) else ""
        for title, part in _pieces(section, series):
            if found := _poem(part, title, max(width, 66)):
                yield replace(found, author=section.byline)


def _judged(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    """Each block with its kind: heading, numeral, rule, note, verse, prose or unclear."""
    # Where first lines and titles stand, as a table of contents or an index repeats them.
    named: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        named.setdefault(_key(block.lines[0]), []).append(index)
    out: list[tuple[str, Block]] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1].gap if index + 1 < len(blocks) else 9
        before = out[-1][0] if out else "start"
        if before == "unclear" and len(out) > 1 and out[-2][0] in ("heading", "numeral"):
            before = "heading"  # a line under a title
        echoes = sum(_far(named.get(_key(line), ()), index) for line in block.lines)
        listed = len(block.lines) >= 4 and echoes * 2 >= len(block.lines)
        out.append(("note" if listed else _kind(block, before, following), block))
    return out


def _far(places: Sequence[int], index: int) -> bool:
    """Whether a line opens a block far away; near by it is a refrain."""
    return bool(places) and (places[-1] - index > FAR or index - places[0] > FAR)


def _kind(block: Block, before: str, following: int) -> str:
    lines, gap = block.lines, 9 if before == "start" else block.gap
    if all(_RULE.match(line) for line in lines):
        return "rule"
    if _is_numeral(block):
        return "numeral"
    if block.kind == "heading":
        return "heading"
    if len(lines) <= 20 and _IMPRINT.search(block.text):
        return "note"
    if _SURE_NOTE.match(lines[0]) or sum(bool(_VARIANT.match(x)) for x in lines) * 2 >= len(lines):
        return "note"
    if len(lines) >= 3 and sum(bool(_PAGES.search(line)) for line in lines) * 2 >= len(lines):
        return "note"
    if block.kind in ("verse", "prose"):
        return block.kind
    judged = verdict(lines)
    if _NUMBERED_NOTE.match(lines[0]) and (judged == "prose" or len(lines) <= 2):
        return "note"
    if _in_capitals(block.text):
        return "heading" if len(lines) <= 6 else "note"
    short = max(len(line.strip()) for line in lines) < 66
    apart = gap >= 2 and following >= 1
    closed = not lines[-1].rstrip().endswith((",", ";", ":", "—", "--"))
    centred = all(len(line) - len(line.lstrip()) >= 10 for line in lines)
    under_a_title = before in ("heading", "numeral") and judged == "verse"
    under_a_title = under_a_title and not _in_capitals(lines[0])
    if short and apart and closed and not under_a_title and len(lines) <= (3 if centred else 2):
        return "heading"
    return judged


def _sections(judged: Sequence[tuple[str, Block]]) -> Iterator[Section]:
    headings = [block for kind, block in judged if kind == "heading"]
    # Most books set titles apart by two empty lines or more; in those, what looks like a heading
    # after only one is an attribution, or a word in capitals within the poem.
    wide = sum(block.gap >= 2 for block in headings) >= 0.6 * len(headings)
    gaps = Counter(b.gap for (a, _), (kind, b) in pairwise(judged) if a == kind == "verse")
    stanza_gap = gaps.most_common(1)[0][0] if gaps else 1
    section, skip_gap = Section(), 0
    for kind, block in judged:
        begun = bool(section.blocks)
        breaks = kind == "heading" and (not wide or block.gap >= 2 or block.kind == "heading")
        loose = kind == "verse" and begun and block.gap >= max(3, stanza_gap + 2)
        edge = max((each.gap for each in section.headings), default=3)
        loose = loose or (kind == "numeral" and begun and block.gap >= max(3, edge))
        if (breaks and begun) or loose:
            yield section
            section = Section(skipped=section.skipped and (loose or block.gap < skip_gap))
        if kind == "heading" and (breaks or not section.blocks):
            if _LIST.match(block.text):
                section.skipped, skip_gap = True, block.gap
            elif section.skipped and block.gap >= skip_gap:
                section.skipped = False
            section.headings.append(block)
        elif kind == "numeral" and not section.blocks:
            section.headings.append(block)
        elif kind == "unclear" and not section.blocks and section.headings:
            section.headings.append(replace(block, gap=1))  # a line under a title belongs to it
        else:
            section.blocks.append((kind, block))
    yield section


def _pieces(section: Section, series: str) -> Iterator[tuple[str, list[tuple[str, Block]]]]:
    """A section as one poem, or as many where its numbers are titles and not of stanzas."""
    parts: list[tuple[Block | None, list[tuple[str, Block]]]] = [(None, [])]
    if section.headings and _is_numeral(section.headings[-1]):
        parts = [(section.headings[-1], [])]
    for kind, block in section.blocks:
        if kind == "numeral":
            parts.append((block, []))
        else:
            parts[-1][1].append((kind, block))
    numbered = [part for mark, part in parts if mark and any(kind == "verse" for kind, _ in part)]
    marks = [mark for mark, _ in parts[1:] if mark]
    if not marks:
        numeral_only = all(_is_numeral(each) for each in section.headings)
        title = section.title
        if numeral_only and title and series and series != title:
            title = f"{series} {title}"
        yield title, section.blocks
        return
    sizes = [sum(len(b.lines) for kind, b in part if kind == "verse") for part in numbered]
    stanzas = [sum(kind == "verse" for kind, _ in part) for part in numbered]
    apart = median(mark.gap for mark in marks) >= 2
    poems_apart = sizes and (median(sizes) >= LONG_PIECE or (apart and median(stanzas) >= 2))
    if not poems_apart:
        yield section.title, [item for item in section.blocks if item[0] != "numeral"]
        return
    for mark, part in parts:
        title = section.title if mark is None else f"{series} {_plain(mark.text)}".strip()
        yield title, part


def _poem(part: Sequence[tuple[str, Block]], title: str, width: int) -> Found | None:
    """The poem in a part of a section, or None if it holds prose with at most a quotation."""
    kinds = [kind for kind, _ in part]
    if "verse" not in kinds:
        return None
    first, last = kinds.index("verse"), len(kinds) - 1 - kinds[::-1].index("verse")
    verse = sum(len(block.lines) for kind, block in part if kind == "verse")
    prose = sum(len(block.lines) for kind, block in part if kind == "prose")
    within = sum(len(block.lines) for kind, block in part[first:last] if kind == "prose")
    if (within and verse < 4 * within) or prose > 3 * verse:
        return None
    longest = max(len(line.strip()) for kind, b in part if kind == "verse" for line in b.lines)
    kept: list[Block] = []
    removed: list[str] = []
    # Numbers before the stanzas of a poem start with the first one; later ones are of notes.
    numbered = bool(_STANZA_NUMBER.match(part[first][1].lines[0]))
    for index, (kind, block) in enumerate(part):
        fits = max(len(line.strip()) for line in block.lines) <= 1.35 * longest
        inside = first < index < last or (index == last + 1 and len(block.lines) == 1)
        if not numbered and kind == "verse" and _STANZA_NUMBER.match(block.lines[0]):
            removed.extend(block.lines)
        elif kind == "verse" or (kind == "unclear" and inside and fits):
            kept.append(block)
        elif kind != "rule":
            removed.extend(block.lines)
    if len(kept) > 1 and _is_epigraph(kept[0], kept[1]):
        removed.extend(kept.pop(0).lines)
    while len(kept) > 1 and kept[-1].gap >= 2 and _edge(kept[-1]) >= EPIGRAPH + _edge(kept[0]):
        removed.extend(kept.pop().lines)  # the next title page, centred
    lines, number = _lines(kept, removed, numbered), kept[0].number if kept else 0
    lines, joined = unwrapped(lines, width=width)
    if sum(bool(line) for line in lines) < SHORTEST:
        return None
    repairs = (f"joined {joined} broken lines",) if joined else ()
    return Found(
        tuple(lines), title, "", number, repairs, tuple(x.strip() for x in removed[:REMOVED])
    )


def _lines(kept: Sequence[Block], removed: list[str], numbered: bool) -> list[str]:
    """Stanzas put together, with the indentation they share taken away, and no signature."""
    lines: list[str] = []
    for block in kept:
        lines.append("")
        for line in block.lines:
            if numbered:
                line = _STANZA_NUMBER.sub(lambda match: " " * len(match[0]), line)
            lines.append(_GLUED_MARK.sub("", line.rstrip()))
    lines = lines[1:]
    while lines and (not lines[-1] or any(each.match(lines[-1]) for each in _AFTERWORDS)):
        if cut := lines.pop():
            removed.append(cut)
    shared = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[shared:] for line in lines]


def _is_epigraph(block: Block, following: Block) -> bool:
    """Whether lines over a poem are a motto or a dedication: two at most, or far to the right."""
    if len(block.lines) <= 2 and len(following.lines) >= 4:
        return True
    return len(block.lines) <= 4 and _edge(block) >= _edge(following) + EPIGRAPH


def _without_number(block: Block) -> list[Block]:
    """A block whose first line is the number of the stanza, as the number and the stanza."""
    if len(block.lines) > 2 and not block.kind and _NUMERAL.match(block.lines[0]):
        top = Block(block.lines[:1], block.gap, block.number)
        return [top, Block(block.lines[1:], 1, block.number + 1)]
    return [block]


def _edge(block: Block) -> int:
    return min(len(line) - len(line.lstrip()) for line in block.lines)


def _is_numeral(block: Block) -> bool:
    return len(block.lines) == 1 and bool(_NUMERAL.match(_NOTE_ON_NUMERAL.sub("", block.lines[0])))


def _in_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 2 and sum(letter.isupper() for letter in letters) >= 0.9 * len(letters)


def _byline(block: Block) -> str:
    found = _BYLINE.match(block.text)
    if not found or len(block.lines) > 2:
        return ""
    name = _CREDITS.split(found["name"])[0].strip(" _).")
    return name.title() if name.isupper() else name


def _plain(text: str) -> str:
    """A heading as a title: no rules or brackets around it, no full stop after it."""
    text = text.strip(" *_=-–—")
    text = _GLUED_MARK.sub("", text)
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def _key(line: str) -> str:
    """A line as a table of contents may repeat it: letters only, page number left out."""
    return re.sub(r"[\W\d_]+", " ", _PAGES.sub("", line)).strip().casefold()
