"""Cuts what stands around a poem and is not the poem: what Genette calls its paratext.

Headings, dedications, epigraphs, tunes, dates, signatures, notes, stanza numbers, rules of stars.
An entry goes in, an entry comes out; what was cut is kept in `removed`. A line is cut only on
evidence that verse does not give: a first line that stands alone may well be the poem's.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

from duende.corpus.comparing import plain
from duende.corpus.entry import Entry
from duende.language import identify

WORDS = tomllib.loads(files("duende.corpus").joinpath("paratext.toml").read_text("utf-8"))


def _any(name: str) -> str:
    """An expression for any of the words of a list of `paratext.toml`."""
    return rf"(?:{'|'.join(WORDS[name])})"


MONTH = rf"{_any('months')}\b"
YEAR = re.compile(r"(?<![\d,.])(?:1[1-9]\d\d|20[0-2]\d)(?!\d)")
DAY_AND_MONTH = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th|d|º)?\.?,? (?:de |of )?{MONTH}|\b{MONTH}\.? \d{{1,2}}\b",
    re.IGNORECASE,
)
DATE_AFTER_DASH = re.compile(
    rf"\s?[—–-]\s?(?:[A-Z]\w+, )?{MONTH}\.? (?:\d{{1,2}}, )?(?:1[5-9]\d\d|20[0-2]\d)\.?$",
    re.IGNORECASE,
)
LONGEST_DATE = 9
"""Words of the longest line that is cut for its date: a place, a day, a month and a year."""
ROMAN = re.compile(r"[\[(]?[IVXLC]{1,7}[\])]?[.:º]?[\])]?")
NUMBER = re.compile(r"[\[(]?\d{1,3}[\])]?[.:º]?")
PART = re.compile(
    rf"{_any('parts')} (?:[IVXLC]+|\d{{1,3}}|the \w+|\w+o|\w+a)[.:]?|{_any('part_names')}\W*",
    re.IGNORECASE,
)
RULE = re.compile(r"(?:[*·•.~_=#—–-]\s*){3,}|[*⁂✻❦•·†]\s*")
THE_END = re.compile(rf"\W*{_any('ends')}\W*", re.IGNORECASE)
NOTE = re.compile(
    r"\[?\d{1,3}[\]:)]\.?\s*\S|\{\d{1,3}\}|\(\d{1,3}\)|\*+\s?\S|[†‡]"
    r"|[\d¹²³]+\s?[\"“].*[\"”]\s?[-—:]|\[?(?:foot|author's |editor's )?notes?\b\s*[.:—-]"
    r"|\[?notas?\b.{0,16}[.:—-]|n\. ?del ?[aet]\.|v(?:er|ariant)\.? \d|\[?(?:source|fuente)\s*:"
    r"|glossary|glosario|vocabulario",
    re.IGNORECASE,
)
REFERENCE = re.compile(
    rf"\s+(?:(?:[1-3]|I{{1,3}}) )?{_any('books_of_the_bible')}"
    r"\.?,? (?:[IVXLC]+|\d{1,3})\b[^a-záéíóúñ]*(?:etc\.?)?$"
)
ATTRIBUTION = re.compile(
    r"^\W*[-–—]+\s?[\"“(]?[A-ZÁÉÍÓÚ]|[\"”»'’.!?]\s*[-–—]+\s?[A-ZÁÉÍÓÚ(][^—–]{1,60}$"
)
QUOTE = re.compile(r"^\s*[\"“«‘']")
QUOTED = re.compile(r"^(?:\"[^\"]*\"|“[^“”]*”|«[^«»]*»)$")
BRACKETED = re.compile(r"^\s*(?:\([^()]*\)|\[[^\[\]]*\])[.:]?\s*$", re.DOTALL)
SAID_OUTRIGHT = re.compile(
    rf"{_any('labels')}\b\s?[-–—:,.]|{_any('occasions')} \w"
    rf"|(?:from|after|del?) (?:the )?{_any('languages')}\b"
    rf"|(?:an?|un|una) (?:[\w'’-]+ ){{0,3}}{_any('kinds')}(?: (?:of|de|from|in)\b|\.?$)",
    re.IGNORECASE,
)
ADDRESSED = re.compile(rf"{_any('addresses')}\b", re.IGNORECASE)
TUNE = re.compile(r"(?:tune|air|tonada|música)\s?[-–—:]", re.IGNORECASE)
OPEN_ENDS = (",", ";", ":", "!", "?", "-", "—", "...", "…")
LONGEST_DEDICATION = 30
"""Words of the longest one that is cut for the year it names; occasions told at length have 25."""
SMALL_WORDS = frozenset(WORDS["small_words"])
Block = list[str]


def cut(entry: Entry) -> Entry:
    """Cut the paratext of an entry.

    >>> verses = "The tide has gone,\\nthe boat\\nleans\\nover."
    >>> text = f"To My Sister, Anna\\n\\n{verses}\\n\\nMay, 1901."
    >>> found = cut(Entry(text, lang="en"))
    >>> found.lines
    ['The tide has gone,', 'the boat', 'leans', 'over.']
    >>> found.removed
    ('May, 1901.', 'To My Sister, Anna')
    """
    removed: list[str] = []
    done = list(entry.repairs)
    blocks = [block.split("\n") for block in entry.text.split("\n\n")]
    steps: tuple[tuple[str, Callable[[list[Block], Entry, list[str]], list[Block]]], ...] = (
        ("stanza numbers", _numbers),
        ("notes and dates", _ending),
        ("heading or epigraph", _opening),
        ("references", _references),
    )
    for name, step in steps:
        before = len(removed)
        blocks = [block for block in step(blocks, entry, removed) if block]
        if len(removed) > before:
            done.append(f"{name}: {len(removed) - before}")
    if not removed:
        return entry
    text = "\n\n".join("\n".join(block) for block in blocks)
    return replace(
        entry, text=text.strip("\n"), repairs=tuple(done), removed=(*entry.removed, *removed)
    )


def _numbers(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Lines that only number a stanza, or draw a rule, become the stanza break that they mark."""
    kept: list[Block] = []
    heads = [block[0].strip() for block in blocks]
    numbers = [head for head in heads if ROMAN.fullmatch(head) or NUMBER.fullmatch(head)]
    for block in blocks:
        rest: Block = []
        for place, line in enumerate(block):
            alone = line.strip()
            # "I" alone may be a verse; among other numbers, or before all, it is one of them.
            number = place == 0 and alone in numbers and (len(numbers) > 1 or block is blocks[0])
            if number or RULE.fullmatch(alone) or (place == 0 and PART.fullmatch(alone)):
                removed.append(line)
                kept.append(rest)
                rest = []
            else:
                rest.append(line)
        kept.append(rest)
    return kept


def _references(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Chapter and verse of the Bible at a line's end, and dates after its dash, are an editor's."""
    kept = []
    for block in blocks:
        lines = []
        for line in block:
            while match := REFERENCE.search(line) or DATE_AFTER_DASH.search(line):
                removed.append(match[0].strip())
                line = line[: match.start()]
            lines.append(line)
        kept.append([line for line in lines if line.strip()])
    return kept


def _ending(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Notes, dates, places, signatures and THE END go from the end, as long as there are any."""
    cuts: list[str] = []
    while len(blocks) > 1 and (
        _is_note(blocks[-1], entry) or _is_too_long(blocks[-1], blocks[:-1])
    ):
        cuts = [*blocks.pop(), *cuts]
    while blocks and len(blocks[-1]) > 1 and _is_date(blocks[-1][-1], attached=True):
        cuts.insert(0, blocks[-1].pop())
    removed.extend(cuts)
    return blocks


def _is_note(block: Block, entry: Entry) -> bool:
    first = block[0].strip()
    if NOTE.match(first) or THE_END.fullmatch(first):
        return True
    if len(block) > 2:
        return False
    whole = " ".join(block)
    return all(_is_date(line) or _is_name(line, entry) for line in block) or (
        _is_bracketed(whole) and (bool(YEAR.search(whole)) or whole.lstrip()[0] == "[")
    )


def _is_too_long(block: Block, others: list[Block]) -> bool:
    """Whether a line that stands alone is longer than any verse: an argument, a moral in prose."""
    longest = max(len(line) for other in others for line in other)
    return len(block) == 1 and len(block[0]) > max(45, 1.3 * longest)


def _is_date(line: str, *, attached: bool = False) -> bool:
    """Whether a line is a date, or a place and a date; one that is `attached` needs its year."""
    words = line.split()
    year = YEAR.search(line)
    dated = year or (DAY_AND_MONTH.search(line) and not attached)
    if not dated or len(words) > LONGEST_DATE:
        return False
    left = [
        word
        for word in re.sub(rf"(?i){MONTH}|\b\d+(?:st|nd|rd|th|d)?\b", "", line).split()
        if plain(word) and plain(word) not in SMALL_WORDS
    ]
    # What is left of a date and a place are names.
    return all(word.lstrip("([—-\"'")[:1].isupper() for word in left) and len(left) <= 5


def _is_name(line: str, entry: Entry) -> bool:
    signed = re.sub(r"^(?:by|por|de)\s+|^\W+|\W+$", "", line.strip(), flags=re.IGNORECASE)
    initials = re.fullmatch(r"\W*(?:[A-ZÑ]\.\s?){2,4}\W*", line.strip())
    return bool(initials) or (bool(entry.author) and plain(signed) == plain(entry.author))


def _opening(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Headings, dedications and epigraphs go from the beginning, as long as there are any."""
    cuts: list[str] = []
    for _ in range(4):
        first, rest = blocks[0] if blocks else [], blocks[1:]
        enough = sum(map(len, rest)) >= 3
        if enough and (_is_heading(first, rest, entry) or (cuts and _is_attribution(first))):
            cuts.extend(first)
            blocks = rest
        elif len(first) > 3 and _stands_out(first[0], first[1:]):
            cuts.append(first[0])
            blocks = [first[1:], *rest]
        else:
            break
    removed.extend(cuts)
    return blocks


def _is_attribution(block: Block) -> bool:
    """Whether what follows a motto says where it is from."""
    line = block[0].strip()
    return (
        len(block) == 1 and len(line.split()) <= 6 and not line.endswith((",", ";", ":", "!", "?"))
    )


def _stands_out(line: str, following: Block) -> bool:
    """Whether a first line with no blank after it is a heading all the same."""
    if line.rstrip().endswith((",", ";")):
        return False
    return (
        bool(TUNE.match(line))
        or (
            bool(BRACKETED.match(line))
            and len(line.split()) > 2
            and not BRACKETED.match(following[0])
        )
        or (_is_shouted(line) and not any(map(_is_shouted, following)))
        or bool(QUOTE.match(line) and ATTRIBUTION.search(line))
    )


def _is_heading(block: Block, rest: list[Block], entry: Entry) -> bool:
    whole = " ".join(line.strip() for line in block)
    if RULE.fullmatch(whole) or _is_name(whole, entry) or _is_too_long(block, rest):
        return True
    if plain(whole) == plain(entry.title) and not whole.endswith(OPEN_ENDS):
        return True  # one that ends open is a first line that gave the poem its title
    if len(block) <= 4 and _is_bracketed(whole):
        return not _is_bracketed(rest[0][0])
    if len(block) <= 8 and _is_epigraph(block):
        return True
    if len(block) <= 4 and _is_shouted(whole) and not _is_shouted(rest[0][0]):
        return True
    if len(block) <= 2 and (
        SAID_OUTRIGHT.match(whole)
        or _is_date(whole)
        or (YEAR.search(whole) and len(whole.split()) <= LONGEST_DEDICATION)
    ):
        return True
    alone = sum(len(each) == 1 for each in rest[1:])
    heading = (
        QUOTED.match(whole)
        or _is_titled(whole)
        or (ADDRESSED.match(whole) and _names_somebody(whole))
    )
    open_end = whole.endswith(OPEN_ENDS)  # of a quotation the last sign is its mark
    if heading and len(block) == 1 and alone * 5 <= len(rest) and not open_end:
        return True
    motto = len(block) <= 3 and (len(rest[0]) > 1 or _is_attribution(rest[0]))
    return motto and _is_foreign(whole, entry)


def _is_epigraph(block: Block) -> bool:
    """Whether a first stanza ends by saying whose words it is; dialogue has dashes all through."""
    last = block[-1].strip()
    said_by = ATTRIBUTION.search(last) or REFERENCE.search(f" {last}")
    if not said_by or any(re.match(r"\s*[-–—]", line) for line in block[:-1]):
        return False
    if QUOTE.match(block[0]):
        return True
    return len(block) > 1 and len(last.split()) <= 8 and (last[0] in "-–—" or said_by.start() == 0)


def _is_bracketed(text: str) -> bool:
    return bool(BRACKETED.match(text))


def _is_shouted(line: str) -> bool:
    letters = [letter for letter in line if letter.isalpha()]
    high = sum(letter.isupper() for letter in letters)
    return len(letters) > 3 and high >= 0.8 * len(letters)


def _is_titled(line: str) -> bool:
    """Whether a line is written as English writes titles: Every Word of Weight in Capitals."""
    words = [word.lstrip("\"“'‘([¿¡") for word in line.split()]
    heavy = [word for word in words if word and plain(word) and plain(word) not in SMALL_WORDS]
    return len(heavy) >= 3 and all(word[0].isupper() or word[0].isdigit() for word in heavy)


def _names_somebody(line: str) -> bool:
    words = line.split()
    return len(words) <= 14 and any(word.strip("\"“'(")[:1].isupper() for word in words[1:])


def _is_foreign(text: str, entry: Entry) -> bool:
    """Whether an opening is in another language than the poem: a motto."""
    if len(text.split()) < 3 or not entry.lang:
        return False
    found = identify(text)
    return not found.known or (found.lang != entry.lang and found.certainty > 0.99)
