"""Mends the characters, line breaks and marks of a poem; what stands around it is paratext's work.

An entry goes in, an entry comes out, with the name of each mend in `repairs`. Case, accents and
stop words are never touched (docs/decisions/0004).
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, pairwise

from duende.corpus.entry import Entry

POETRY_FOUNDATION_BREAK = "\r\r\n"
"""Between two verses in the table of Poetry Foundation poems on Kaggle."""

POEMAS_DEL_ALMA_BREAK = "\n\r\n"
"""Between two verses in the first version's Spanish table: a tag's break, then the page's own."""

TAG = re.compile(
    r"</?(?:br|p|div|span|em|i|b|strong|a|font|center|pre|blockquote|hr|sup|sub|u|h[1-6]"
    r"|li|ul|table|tr|td)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
BREAKING_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|hr)\b[^<>]{0,500}>", re.IGNORECASE)
STANZA_TAG = re.compile(r"</p>", re.IGNORECASE)
NOTE_TAG = re.compile(r"<sup\b[^<>]{0,200}>[^<]{0,8}</sup>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
ODD_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\v\f]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
OPENING_SPACE = re.compile(r"(?<=[¡¿]) +")
SPACED_MARK = re.compile(r"(?<=\w) +(?=[,;:!?](?:\s|$)|\.(?:\s|$)(?!\.))")
INNER_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")
NOTE_MARK = re.compile(
    r"(?:\s*\(sic\)|\s\([a-d]\)(?=\s|$)|\[\d{1,3}\]|\{\d{1,3}\}|\[[*†‡]\]|\[[a-z]\]|[\u00b9\u00b2\u00b3\u2070-\u2079]+|[†‡]+"
    r"|(?<=\w)\*(?!\w)|(?<=\w) \*$|(?<=[,;.:!?»”\"])\*(?=\s|$)|(?<![\w*])\*(?=\w+(?:\s|$))"
    r"|(?<=[^\W\d_]{3})\d{1,2}(?![\d\w])|(?<!\w)\d{1,2}(?=[^\W\d_]{3})|\(\d{1,2}\)(?=\s*$))",
    re.MULTILINE,
)
LOST_L = re.compile(r"\b1(?=(?:a|o|as|os|e|es|lo)\b)|(?<=\b[aed])1\b|(?<=\bde)1\b")
EMPHASIS = re.compile(
    r"(?<![\w_])_([^_\n]{1,300})_(?![\w_])|(?<![\w*])\*([^*\n]{1,300})\*(?![\w*])"
)
TRAILING_NUMBER = re.compile(r"(?<=\S)[ .]*\s(\d{1,4})$")
LEADING_NUMBER = re.compile(r"^\s*(\d{1,4})[.)]?\s+(?=\S)")
LOST_BREAK = re.compile(
    r"(?<=[^\s—–-])[—–](?!\w+ (?:\d{1,2}, )?\d{4}\.?$)(?=[“‘\"'¿¡«]?[A-ZÁÉÍÓÚÑ])"
)
JOINED = 1.4
"""Times the usual length from which a line with a dash before a capital is two verses in one. Of
50 such lines read all were (docs/log.md)."""


def repair(entry: Entry) -> Entry:
    """Mend an entry's text, title and author.

    >>> repair(Entry("Bajo el cielo del corazÃ³n,\\r\\ncanta [1] la noche.  ")).text
    'Bajo el cielo del corazón,\\ncanta la noche.'
    """
    text, done = entry.text, list(entry.repairs)
    for name, step in STEPS:
        mended = step(text)
        if mended != text:
            done.append(name)
            text = mended
    return replace(
        entry,
        text=text,
        title=one_line(entry.title),
        author=one_line(entry.author),
        repairs=tuple(name for name in done if name not in UNREMARKABLE),
    )


def one_line(text: str) -> str:
    """Mend a title or a name: one line, single spaces, no marks of notes.

    >>> one_line("\\r\\r\\n            Objects  at   Dusk [1]\\r\\r\\n")
    'Objects at Dusk'
    """
    text = invisible(mojibake(markup(text)))
    return " ".join(NOTE_MARK.sub("", text).split())


def markup(text: str) -> str:
    """Take HTML out: tags that break a line become a line break, the others go.

    >>> markup("Canta<br />el <i>agua</i> &amp; calla")
    'Canta\\nel agua & calla'
    """
    if "<" in text:
        text = NOTE_TAG.sub("", text)
        text = STANZA_TAG.sub("\n\n", text)
        text = BREAKING_TAG.sub("\n", text)
        text = TAG.sub("", text)
    return html.unescape(text) if ENTITY.search(text) else text


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


def mojibake(text: str) -> str:
    """Put back letters that were decoded wrongly, and ligatures; quotes stay as they are.

    >>> mojibake("corazÃ³n y ﬂor")
    'corazón y flor'
    """
    if text.isascii():
        return text
    from ftfy import TextFixerConfig, fix_text

    settings = TextFixerConfig(
        uncurl_quotes=False, fix_line_breaks=False, unescape_html=False, normalization=None
    )
    return fix_text(text, settings)


def invisible(text: str) -> str:
    """Drop what prints nothing, make every blank a space, and compose the accents (NFC).

    >>> invisible("so\\u00adle\\u00addad\\u00a0mi\\u0301a")
    'soledad mía'
    """
    text = INVISIBLE.sub("", ODD_SPACES.sub(" ", text))
    return unicodedata.normalize("NFC", CONTROL.sub("", text))


def spaces(text: str) -> str:
    """Drop blanks at line ends and between words; the indentation that all lines share goes too.

    >>> spaces("    Canta   el agua \\n      y calla")
    'Canta el agua\\n  y calla'
    """
    text = OPENING_SPACE.sub("", text)
    lines = [SPACED_MARK.sub("", INNER_SPACES.sub(" ", line.rstrip())) for line in text.split("\n")]
    shared = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line[shared:] for line in lines)).strip("\n")


def note_marks(text: str) -> str:
    """Drop the marks that lead to notes: [1], {12}, ¹, a star at a word, a glued number.

    >>> note_marks("Where the Birmingham Judas* led us in,[2]\\nensálza10 en más")
    'Where the Birmingham Judas led us in,\\nensálza en más'
    """
    lines = text.split("\n")
    for place, line in enumerate(lines):
        without = NOTE_MARK.sub("", line)
        if without != line:
            lines[place] = re.sub(r"(?<=\w) +(?=[,;.:!?]?$)", "", without)
    return "\n".join(lines)


def emphasis(text: str) -> str:
    """Take away the underscores and stars that stand for italics.

    >>> emphasis("here _I_ walk, *forevermore*")
    'here I walk, forevermore'
    """
    return EMPHASIS.sub(lambda found: found[1] or found[2], text)


def line_numbers(text: str) -> str:
    """Drop the verse numbers of an edition, in either margin.

    Two numbers at least, rising by the same step as the verses, tell them from numbers of the poem.

    >>> line_numbers("a b\\nc d 2\\ne f\\ng h 4")
    'a b\\nc d\\ne f\\ng h'
    """
    lines = text.split("\n")
    for pattern in (TRAILING_NUMBER, LEADING_NUMBER):
        found = {}
        verse = 0
        for place, line in enumerate(lines):
            verse += bool(line.strip())
            if match := pattern.search(line):
                found[place] = (verse, int(match[1]))
        if len(found) >= 2:
            offsets = [number - verse for verse, number in found.values()]
            usual = max(set(offsets), key=offsets.count)
            in_step = [
                place for place, offset in zip(found, offsets, strict=True) if offset == usual
            ]
            if len(in_step) >= 2 and 2 * len(in_step) >= len(found):
                for place in in_step:
                    lines[place] = pattern.sub("", lines[place])
    return "\n".join(lines)


def lost_l(text: str) -> str:
    """Put back the l that a scanner read as 1: "1a" is "la", "de1" is "del".

    >>> lost_l("de 1a eterna mañana, envilece a1 oro")
    'de la eterna mañana, envilece al oro'
    """
    return LOST_L.sub("l", text) if "1" in text else text


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


def repeated_endings(text: str) -> str:
    """Cut what a page with nested blocks repeats: after the poem, its own endings, ever shorter.

    Each ending begins where a stanza does, so that lost stanza breaks come back. A refrain is left:
    what repeats must be two endings or more, or half of the poem. Last comes what stood in a tag of
    its own within a verse.

    >>> print(repeated_endings("a b\\nc d\\ne f\\ng h\\n\\ne f\\ng h"))
    a b
    c d
    <BLANKLINE>
    e f
    g h
    """
    blocks = [block.split("\n") for block in text.split("\n\n")]
    verses = [line for block in blocks for line in block]
    if len(set(verses)) < len(verses):
        edges = set(accumulate(map(len, blocks), initial=0))
        for first in range(4, len(verses) - 1):
            endings = _endings(verses[:first], verses[first:])
            if endings and (len(endings) > 1 or 2 * endings[0] >= first):
                inner = {edge for edge in edges if 0 < edge < first}
                inner = inner or {first - size for size in endings if size > 1 and size < first}
                cuts = pairwise([0, *sorted(inner), first])
                blocks = [verses[start:end] for start, end in cuts]
                break
    for count in range(min(4, len(blocks) - 1), 0, -1):
        if _is_fragment([line for block in blocks[-count:] for line in block], blocks[:-count]):
            blocks = blocks[:-count]
            break
    return "\n\n".join("\n".join(block) for block in blocks)


def _endings(poem: list[str], rest: list[str]) -> list[int]:
    """How many verses each of the endings of `poem` has, if `rest` is nothing but such endings."""
    found: list[int] = []
    while rest:
        longest = min(found[-1] - 1 if found else len(poem), len(rest))
        # One verse alone may be a refrain; after two longer endings it is the last of them.
        least = 1 if len(found) > 1 else 2
        size = next((n for n in range(longest, least - 1, -1) if rest[:n] == poem[-n:]), 0)
        if not size:
            return []
        rest = rest[size:]
        found.append(size)
    return found


def _is_fragment(block: list[str], before: list[list[str]]) -> bool:
    """Whether a last stanza is a piece out of an earlier verse: a refrain repeats whole verses."""
    piece = "\n".join(block)
    text = "\n".join(line for lines in before for line in lines)
    if len(block) > 6:
        return False
    words = set(re.findall(r"\w+", text))
    if text[-1:] in ".!?»…" and all(line in words and line.islower() for line in block):
        return True  # words in italics, gathered by the page
    at = text.find(piece)
    if at < 0 or len(piece) < 8:
        return False
    before_it, after_it = text[at - 1 : at] if at else "\n", text[at + len(piece) :][:1] or "\n"
    whole_verses = before_it == after_it == "\n"
    return not whole_verses and not before_it.isalnum() and not after_it.isalnum()


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
    for period in range(2, len(blocks) // 3 + 1):
        pattern = sizes[:period]
        if len(blocks) % period == 0 and sizes == pattern * (len(blocks) // period):
            starts = range(0, len(blocks), period)
            return "\n\n".join("\n".join(blocks[at : at + period]) for at in starts)
    return text


def first_capitals(text: str) -> str:
    """Lower the capitals in which editions set a poem's first word or two.

    >>> first_capitals("WHEN I consider how my light is spent")
    'When I consider how my light is spent'
    """
    first, _, rest = text.partition("\n")
    words = first.split(" ")
    set_high = 0
    for word in words:
        letters = [letter for letter in word if letter.isalpha()]
        if not letters or not all(letter.isupper() for letter in letters):
            break
        set_high += 1
    high = words[:set_high]
    if (
        set_high > 2
        or set_high == len(words)
        or not any(sum(map(str.isalpha, word)) > 1 for word in high)
    ):
        return text
    if re.search(r"\b[^\W\d_a-zà-ÿ]{2,}\b", " ".join(words[set_high:]) + rest):
        return text  # this poem shouts elsewhere too
    low = [word if word in ("I", "O") else word.lower() for word in high]
    opening = " ".join(low)
    start = next((i for i, letter in enumerate(opening) if letter.isalpha()), 0)
    opening = opening[:start] + opening[start].upper() + opening[start + 1 :]
    return "\n".join([" ".join([opening, *words[set_high:]]), rest]).removesuffix("\n" * (not rest))


STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("markup", markup),
    ("line breaks", line_breaks),
    ("mojibake", mojibake),
    ("invisible characters", invisible),
    ("emphasis marks", emphasis),
    ("note marks", note_marks),
    ("lost l", lost_l),
    ("line numbers", line_numbers),
    ("spaces", spaces),
    ("lost line breaks", lost_breaks),
    ("repeated endings", repeated_endings),
    ("split stanzas", split_stanzas),
    ("capitals of the first word", first_capitals),
)
UNREMARKABLE = frozenset({"spaces"})
"""Every second source has blanks at line ends; to say so would bury the rest."""
