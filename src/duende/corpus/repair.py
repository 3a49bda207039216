"""Mends the characters, line breaks and marks of a poem; what stands around it is paratext's work.

An entry goes in, an entry comes out, with the name of each mend in `repairs`. Case, accents and
stop words are never touched (docs/decisions/0004).
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from duende.corpus.breaks import line_breaks, lost_breaks, split_stanzas
from duende.corpus.entry import Entry
from duende.corpus.repetition import NESTED_PAGES, repeated_endings

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
INNER_SPACES = re.compile(r"(?<=\S) {2,3}(?=\S)")
"""Longer runs are a caesura, or the poem's own layout."""
NOTE_MARK = re.compile(
    "|".join(
        (
            r"\s*\(sic\)",
            r"\s\([a-d]\)(?=\s|$)",
            r"\[\d{1,3}\]|\{\d{1,3}\}|\[[*†‡]\]|(?<=[,;.:!?])\[[a-z]\]|\(\d{1,2}\)(?=\s*$)",
            r"[\u00b9\u00b2\u00b3\u2070-\u2079]+|[†‡]+",
            r"(?<=\w)\*(?!\w)|(?<=\w) \*$|(?<=[,;.:!?»”\"])\*(?=\s|$)",
            r"(?<![\w*])\*(?=\w+(?:\s|$))",
        )
    ),
    re.MULTILINE,
)
GLUED = re.compile(r"(?<=[^\W\d_]{3})(\d{1,2})(?!\w)|(?<!\w)(\d{1,2})(?=[^\W\d_]{3})")
HIGHEST_ALONE = 12
"""A single number glued to a word is a note's mark up to this; "route66" is none."""
NOTE_AT_END = re.compile(r"(?<=[a-záéíóúñ][a-záéíóúñ,;!?.»]) (\d{1,2})(?=[,;.:!?]*$)", re.MULTILINE)
COUNTED = re.compile(
    r"\b(?:al?|del?|el|las?|los|ser|número|día|capítulo|son|eran|y|o|the|of|at|number|to|by|and|or"
    r"|chapter|page|only|just|than|these|those|my|was|were|is|are|psalm|verse|in|for|then|ode|scene"
    r"|act|\w+ember|\w+iembre|\w+uary|march|april|may|june|july|august|october|enero|febrero|marzo"
    r"|abril|mayo|junio|julio|agosto|octubre) \d+\W*$",
    re.IGNORECASE,
)
"""A number after one of these is the poem's own."""
SPANISH = re.compile(r"\b(?:el|la|los|las|que|y|en|de|un|con)\b", re.IGNORECASE)
LOST_L = re.compile(r"\b1(?=(?:a|o|as|os|e|es|lo)\b)|(?<=\b[aed])1\b|(?<=\bde)1\b")
EMPHASIS = re.compile(
    r"(?<![\w_])_([^_\n]{1,300})_(?![\w_])|(?<![\w*])\*([^*\n]{1,300})\*(?![\w*])"
)
TRAILING_NUMBER = re.compile(r"(?<=\S)[ .]*\s(\d{1,4})$")
INITIALS = re.compile(r"[IVXLC]+|[^AEIOUYÁÉÍÓÚÀÈÌÒÙÂÊÎÔÛÄËÏÖÜ]+")
"""Roman numerals, and what cannot be said as a word: BBC."""
LEADING_NUMBER = re.compile(r"^\s*(\d{1,4})[.)]?\s+(?=\S)")


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
    once = repeated_endings(text, nested=entry.source in NESTED_PAGES)
    if once != text:
        done.append(f"repeated endings: {len(text.splitlines()) - len(once.splitlines())}")
        text = once
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
    text = INVISIBLE.sub("", ODD_SPACES.sub(" ", text.replace("\t", "    ")))
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
    """Drop the marks that lead to notes: [1], {12}, ¹, a star at a word, a glued number, (sic).

    >>> note_marks("Where the Birmingham Judas* led us in,[2]\\nensálza10 en más")
    'Where the Birmingham Judas led us in,\\nensálza en más'
    """
    glued = [int(one or other) for one, other in GLUED.findall(text)]
    marked = all(0 <= later - sooner <= 10 for sooner, later in pairwise([0, *glued]))
    marked = marked or (len(glued) == 1 and glued[0] <= HIGHEST_ALONE)
    ends = [int(number) for number in NOTE_AT_END.findall(text)]
    counted = ends == list(range(1, len(ends) + 1))  # 1, 2, 3 at the ends of lines are notes
    lines = text.split("\n")
    for place, line in enumerate(lines):
        without = NOTE_MARK.sub("", line)
        if marked:
            without = GLUED.sub("", without)
        if counted and not COUNTED.search(without):
            without = NOTE_AT_END.sub("", without)
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
            near = min(later - sooner for sooner, later in pairwise(v for v, _ in found.values()))
            if near == 1:
                continue  # a number to every verse counts something of its own: one crow, two crows
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
    return LOST_L.sub("l", text) if "1" in text and SPANISH.search(text) else text


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
        if len(letters) > 1 and INITIALS.fullmatch("".join(letters)):
            return text
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
    ("split stanzas", split_stanzas),
    ("capitals of the first word", first_capitals),
)
UNREMARKABLE = frozenset({"spaces"})
"""Every second source has blanks at line ends; to say so would bury the rest."""
