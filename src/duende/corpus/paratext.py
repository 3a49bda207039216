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
from duende.corpus.languages import OWN_WORDS, is_foreign

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
    rf"\s?[—–-]\s?(?:[A-Z]\w+, )?{MONTH}\.?,? (?:\d{{1,2}}, )?(?:1[5-9]\d\d|20[0-2]\d)\.?$",
    re.IGNORECASE,
)
LONGEST_DATE = 9
"""Words of the longest line that is cut for its date: a place, a day, a month and a year."""
DATED = re.compile(r"[,.—-]\s?(?:(?:1[5-9]|20)\d\d|Anno \w+,? \d+)\W*$")
LONGEST_OCCASION = 14
"""Words of the longest last line that is cut for ending in a year: where and why it was written."""
ROMAN = re.compile(r"[\[(]?[IVXLC]{1,7}[\])]?[.:º]?[\])]?")
NUMBER = re.compile(r"[\[(]?\d{1,3}[\])]?[.:º]?")
PART = re.compile(
    rf"{_any('parts')} (?:[IVXLC]+|\d{{1,3}}|(?:the )?{_any('ordinals')})[.:]?"
    rf"|{_any('part_names')}\W*",
    re.IGNORECASE,
)
RULE = re.compile(r"(?:[*·•~_=#—–-]\s*){3,}|(?:\.\s*){5,}|[*⁂✻❦•·†]\s*")
THE_END = re.compile(rf"\W*{_any('ends')}\W*", re.IGNORECASE)
NOTE = re.compile(
    r"\[\d{1,3}\]|\{\d{1,3}\}|\(\d{1,3}\)|\d{1,3}[:)]\.? +[\"“«A-ZÁÉÍÓÚ]"
    r"|\*+ ?[A-ZÁÉÍÓÚ]|[†‡]"
    r"|[\d¹²³]+ ?[\"“].*[\"”] ?[-—:]|(?i:\[?(?:foot|author's |editor's )?notes? ?[.:—-] ?"
    r"|\[?notas? ?(?:del? \w+ ?)?:|n\. ?del ?[aet]\.|v(?:er|ariant)\.? \d|\[?(?:source|fuente) ?:"
    r"|(?:glossary|glosario|vocabulario)\W*$)"
)
REFERENCE = re.compile(
    rf"\s+(?:(?:[1-3]|I{{1,3}}) )?{_any('books_of_the_bible')}"
    r"\.?,? (?:[IVXLC]+|\d{1,3})\b(?P<verse>[,.:]? ?\d)?[^a-záéíóúñ]*(?:etc\.?)?$"
)
NAMED = r"[\"“«(]?[A-ZÁÉÍÓÚÑ][^—–!?;]{1,60}$"
ATTRIBUTION = re.compile(rf"^\s*[-–—]{{1,2}} ?{NAMED}|[\"”»'’.!?](?:\s+-|\s*[–—]){{1,2}} ?{NAMED}")
QUOTE = re.compile(r"^\s*[\"“«‘']")
DASHED = re.compile(r"\s*[-–—]")
CREDIT = re.compile(r"\s*[-–] [A-Z][\w.'’]*(?: (?:[A-Z][\w.'’]*|the|of|and|in|a|to)){0,5}\W*$")
"""A dash, a blank and a name: where it was printed. A reply has no blank, or a verb."""
QUOTED = re.compile(r"^(?:\"[^\"]*\"|“[^“”]*”|«[^«»]*»|‘[^‘]*’|'[^']*')$")
CHAPTER = re.compile(r"\b[A-Z][a-z]+\.? [ivxlc]+\. ?\d")
"""Chapter and verse as English mottoes have them: Phil. iv. 6."""
BRACKETED = re.compile(r"^\s*(?:\([^()]*\)|\[[^\[\]]*\])[.:]?\s*$", re.DOTALL)
SAID_OUTRIGHT = re.compile(
    rf"{_any('labels')}\b(?:[.,]?\s?[-–—:]|\.)|{_any('occasions')} {_any('circumstances')}\b"
    rf"|(?:from|after|del?) (?:the )?{_any('languages')}\b"
    rf"|(?:an?|un|una) (?:[\w'’-]+ ){{0,3}}{_any('kinds')}"
    r"(?: (?i:of|de|from|in) (?:the |la |el )?(?-i:[A-ZÁÉÍÓÚ])|\.?$)",
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
        ("another version", _second_sonnet),
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


def _second_sonnet(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Of two translations of one sonnet on a page the first stays."""
    one = re.search(r"\b(?:sonnet|soneto|madrigale?|ballata)\b", entry.title, re.IGNORECASE)
    verses = [line for block in blocks for line in block]
    size = 0
    for place, block in enumerate(blocks, 1):
        size += len(block)
        if one and size == 14 and len(verses) == 28:
            removed.extend(verses[14:])
            return blocks[:place]
    return blocks


def _numbers(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Lines that only number a stanza, or draw a rule, become the stanza break that they mark."""
    kept: list[Block] = []
    heads = [block[0].strip() for block in blocks]
    numbers = [head for head in heads if ROMAN.fullmatch(head) or NUMBER.fullmatch(head)]
    several = len(set(numbers)) > 1
    if len(numbers) > 1 and not several:
        numbers = []  # the same at the head of every stanza: an anaphora
    for block in blocks:
        rest: Block = []
        for place, line in enumerate(block):
            alone = line.strip()
            # "I" alone may be a verse; among other numbers, or before all, it is one of them.
            number = place == 0 and alone in numbers and (several or block is blocks[0])
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
    # A king has a number too ("don Juan II"): a verse must be told somewhere in the poem.
    told = any((found := REFERENCE.search(line)) and found["verse"] for b in blocks for line in b)
    for block in blocks:
        lines = []
        for line in block:
            while match := (told and REFERENCE.search(line)) or DATE_AFTER_DASH.search(line):
                removed.append(match[0].strip())
                line = line[: match.start()]
            lines.append(line)
        kept.append([line for line in lines if line.strip()])
    return kept


def _ending(blocks: list[Block], entry: Entry, removed: list[str]) -> list[Block]:
    """Notes, dates, places, signatures and THE END go from the end, as long as there are any."""
    cuts: list[str] = []
    while len(blocks) > 1 and (_is_note(blocks[-1], entry) or _is_moral(blocks[-1], blocks[:-1])):
        cuts = [*blocks.pop(), *cuts]
    while blocks and len(blocks[-1]) > 1 and _is_date(blocks[-1][-1], attached=True):
        cuts.insert(0, blocks[-1].pop())
    removed.extend(cuts)
    return blocks


def _is_note(block: Block, entry: Entry) -> bool:
    first = block[0].strip()
    if NOTE.match(first) or (len(block) == 1 and THE_END.fullmatch(first)):
        return True
    if len(block) > 2:
        return False
    whole = " ".join(block)
    words = len(whole.split())
    if len(block) == 1 and (
        (_is_titled(whole) and words > 5 and whole[-1].isalnum())
        or CREDIT.match(whole)
        or (DATED.search(whole) and not whole[0].islower() and words <= LONGEST_OCCASION)
    ):
        return True
    return all(_is_date(line) or _is_name(line, entry) for line in block) or (
        _is_bracketed(whole) and (bool(YEAR.search(whole)) or whole.lstrip()[0] == "[")
    )


def _is_too_long(block: Block, others: list[Block], *, times: float) -> bool:
    """Whether a line alone is so many times longer than any verse: an argument, a moral."""
    longest = max(len(line) for other in others for line in other)
    return len(block) == 1 and len(block[0]) > max(50, times * longest)


def _is_moral(block: Block, others: list[Block]) -> bool:
    return block[0].endswith((".", "!")) and _is_too_long(block, others, times=1.45)


def _is_date(line: str, *, attached: bool = False) -> bool:
    """Whether a line is a date, or a place and a date; one that is `attached` needs its year."""
    words = line.split()
    year = YEAR.search(line)
    dated = year or (DAY_AND_MONTH.search(line) and (not attached or len(words) < 3))
    if not dated or len(words) > LONGEST_DATE or line.lstrip()[:1].islower():
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
    """Headings, dedications and an epigraph go from the beginning, as long as there are any."""
    cuts: list[str] = []
    for _ in range(4):
        first, rest = blocks[0] if blocks else [], blocks[1:]
        if sum(map(len, rest)) >= 3 and (
            _is_heading(first, rest, entry)
            or (_is_attribution(first) if cuts else _is_epigraph(first, rest, entry))
        ):
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
    line = block[0].strip() if block else ","
    return (
        len(block) == 1 and len(line.split()) <= 6 and not line.endswith((",", ";", ":", "!", "?"))
    )


def _stands_out(line: str, following: Block) -> bool:
    """Whether a first line with no blank after it is a heading all the same."""
    if line.rstrip().endswith((",", ";")) or not following[0].lstrip("\"“‘«¿¡'(")[:1].isupper():
        return False
    return (
        bool(TUNE.match(line))
        or (_is_bracketed(line) and len(line.split()) > 2 and not _is_bracketed(following[0]))
        or (_is_shouted(line) and not any(map(_is_shouted, following)))
        or bool(QUOTE.match(line) and ATTRIBUTION.search(line))
    )


def _is_heading(block: Block, rest: list[Block], entry: Entry) -> bool:
    whole = " ".join(line.strip() for line in block)
    if RULE.fullmatch(whole) or _is_name(whole, entry) or _is_too_long(block, rest, times=1.8):
        return True
    if len(block) > 2 or all(len(each) == len(block) for each in rest):
        return False  # stanzas all of one size: the first is one of them
    if _is_shouted(whole) and (len(whole.split()) > 1 or plain(whole) == plain(entry.title)):
        return not _is_shouted(rest[0][0])
    if _is_bracketed(whole):
        return not _is_bracketed(rest[0][0])
    if len(rest[0]) == 1 and len(rest) > 1 and len(rest[1]) == 1 and not _is_titled(whole):
        return False
    if _is_date(whole) or (len(block) == 1 and SAID_OUTRIGHT.match(whole)):
        return True
    if len(block) == 1 and YEAR.search(whole) and 3 < len(whole.split()) <= LONGEST_DEDICATION:
        return not whole.endswith(OPEN_ENDS)
    return (len(block) == 1 and _is_title_like(whole, rest, entry)) or _is_motto(block, entry)


def _is_title_like(line: str, rest: list[Block], entry: Entry) -> bool:
    """Whether a line alone is a quotation, a title or a dedication, and verse does not go on."""
    alone = sum(len(each) == 1 for each in rest[1:])
    if alone * 5 > len(rest):
        return False
    if len(line.split()) > 2 and (QUOTED.match(line) or CHAPTER.search(line)):
        return True
    if line.endswith(OPEN_ENDS):
        return False
    heavy = [word for word in line.split() if plain(word) and plain(word) not in SMALL_WORDS]
    if plain(line) == plain(entry.title):
        # Half of the Spanish titles are first lines: a heading has its capitals and no stop.
        capitals = all(word.lstrip('"“¿¡(')[:1].isupper() for word in heavy)
        return capitals and line[-1].isalnum()
    return _is_titled(line) or (bool(ADDRESSED.match(line)) and _names_somebody(line))


def _is_epigraph(block: Block, rest: list[Block], entry: Entry) -> bool:
    """Whether a first stanza ends by saying whose words it is; dialogue has dashes all through."""
    last = block[-1].strip()
    dashed = any(DASHED.match(line) for line in block[:-1]) or any(
        DASHED.match(line) for each in rest for line in each
    )
    goes_on = len(block) > 1 and rest[0][0].lstrip("\"“‘«¿¡'([—- ")[:1].islower()
    if len(block) > 8 or dashed or goes_on or plain(block[0]) == plain(entry.title):
        return False
    if REFERENCE.fullmatch(f" {last}"):
        return len(block) > 1
    quoted = QUOTE.match(block[0].lstrip("("))
    if quoted and len(block) > 1 and block[-2].rstrip(")").endswith(('"', "”", "»")):
        # The quotation ends before the last line, which is a name.
        name = last.lstrip("-–— ").split()
        return len(name) <= 5 and all(word[:1].isupper() for word in name)
    said_by = ATTRIBUTION.search(last)
    if not said_by:
        return False
    name = re.sub(r"^.*[-–—]", "", last).split()
    if QUOTE.match(block[0]):
        return len(name) <= 8
    heavy = [word for word in name if plain(word) not in SMALL_WORDS]
    named = len(name) <= 6 and all(not word[:1].islower() for word in heavy)
    return len(block) > 1 and bool(DASHED.match(last)) and named


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
    if len(heavy) >= 3:
        return all(word[0].isupper() or word[0].isdigit() for word in heavy)
    # "At The Surf Inn": verse has no capital in a small word.
    return len(heavy) == 2 < len(words) and all(word[:1].isupper() for word in words)


def _names_somebody(line: str) -> bool:
    words = [word.strip("\"“'(,.") for word in line.split()]
    names = [word for word in words[1:] if word[:1].isupper() and not re.match(r"[IO]\b", word)]
    return len(words) <= 14 and bool(names)


def _is_motto(block: Block, entry: Entry) -> bool:
    """Whether an opening is in another language than the poem."""
    return entry.lang in OWN_WORDS and all(is_foreign(line, entry.lang) for line in block)
