"""What is no poem for the corpus: each rule takes an entry and gives None, or why it is left out.

Each limit carries its evidence; the counts by reason go on the data card.
"""

import re
from collections import Counter
from collections.abc import Callable

from duende.corpus.entry import Entry

FEWEST_VERSES = 4
"""A haiku has three, but below four a source's fragments outnumber its poems."""
FEWEST_WORDS = 12
MOST_WORDS = 600
"""As the first version had it."""
LONGEST_VERSE = 120
"""Characters. Whitman's median line has 70; a paragraph of prose has several hundred."""
LONGEST_LINE = 400
"""Characters. No verse of 37,000 poems came near it but in pieces that were prose."""
SPEAKER = re.compile(
    r"^\s*[-–—]?"
    r"(?P<name>[A-ZÁÉÍÓÚÑÜ][A-ZÁÉÍÓÚÑÜ’'. ]{2,30}|[A-ZÁÉÍÓÚÑ][\w’']{1,20}(?: [A-Z]\w{0,12})?)"
    r"\s*(?:\([^)]*\))?\s*(?P<mark>[.:]\s?[-–—]|:)(?=\s|$|[^\s:])"
)
SPEAKER_ALONE = re.compile(r"^\s*[A-ZÁÉÍÓÚÑÜ][A-ZÁÉÍÓÚÑÜ’'\- ]{2,30}(?:\s*\([^)]*\))?[.:]?\s*$")
LIST = re.compile(r"\.{4,}\s*\d+\s*$|https?://|www\.|\S+@\S+\.\w+|^\s*\d+[.)]\s+\S.*\s\d+$")
CONTINUED = re.compile(r"^\s*[a-záéíóúñü]")


def too_few_lines(entry: Entry) -> str | None:
    """Fewer than four verses.

    >>> too_few_lines(Entry("Bajo el sol\\ncanta el agua."))
    'too few lines'
    """
    return "too few lines" if len(entry.verses) < FEWEST_VERSES else None


def too_few_words(entry: Entry) -> str | None:
    """Fewer than twelve words.

    >>> too_few_words(Entry("sol\\nmar\\nsal\\nluz"))
    'too few words'
    """
    return "too few words" if len(entry.text.split()) < FEWEST_WORDS else None


def too_many_words(entry: Entry) -> str | None:
    """More than six hundred words.

    >>> too_many_words(Entry("mar " * 601))
    'too many words'
    """
    return "too many words" if len(entry.text.split()) > MOST_WORDS else None


def unreadable(entry: Entry) -> str | None:
    """Characters that were lost (U+FFFD, or a question mark within a word): they are not guessed.

    >>> unreadable(Entry("el coraz\\ufffdn"))
    'unreadable characters'
    """
    lost = "\ufffd" in entry.text or re.search(r"[^\W\d_]\?[a-záéíóúñ]{2}", entry.text)
    return "unreadable characters" if lost else None


def prose(entry: Entry) -> str | None:
    """Paragraphs: most of the text in lines longer than verse, or lines filled up to a margin.

    >>> prose(Entry("\\n".join(["It was a long grey day and nobody came to the house. " * 4] * 4)))
    'prose'
    """
    lengths = [len(line) for line in entry.verses]
    long = sum(length for length in lengths if length > LONGEST_VERSE)
    if max(lengths, default=0) > LONGEST_LINE or 2 * long > sum(lengths):
        return "prose"
    # Wrapped prose fills its lines to the margin, goes on in lower case, and stops within lines.
    full = [line.rstrip() for block in entry.text.split("\n\n") for line in block.split("\n")[:-1]]
    if len(full) >= 6:
        margin = max(map(len, full))
        filled = sum(len(line) >= margin - 12 for line in full)
        continued = sum(bool(CONTINUED.match(line)) for line in entry.verses)
        stopped = sum(not line[-1].isalnum() for line in full)
        if (
            margin >= 55
            and filled >= 0.85 * len(full)
            and continued >= 0.6 * len(entry.verses)
            and stopped <= 0.3 * len(full)
        ):
            return "prose"
    return None


def dialogue(entry: Entry) -> str | None:
    """A scene: verses that are headed by the names of who speaks them.

    >>> dialogue(Entry("ANA:\\nYa viene el mar.\\nLUIS:\\nYa se va.\\nANA:\\n¿Y la sal?"))
    'dialogue'
    """
    names: Counter[str] = Counter()
    for line in entry.verses:
        if found := SPEAKER.match(line):
            names[found["name"].strip(" .").casefold()] += 1
        elif SPEAKER_ALONE.match(line):
            names[line.strip(" .:").casefold()] += 1
    turns = sum(names.values())
    repeated = sum(count for count in names.values() if count > 1)
    # One name alone that comes back is a refrain.
    if len(names) >= 2 and turns >= 3 and repeated >= 2 and turns >= 0.08 * len(entry.verses):
        return "dialogue"
    return None


def capitals(entry: Entry) -> str | None:
    """Mostly capitals.

    >>> capitals(Entry("EL MAR, EL MAR Y NO PENSAR EN NADA"))
    'mostly capitals'
    """
    letters = list(filter(str.isalpha, entry.text))
    high = sum(map(str.isupper, letters))
    return "mostly capitals" if 2 * high > len(letters) else None


def not_verse(entry: Entry) -> str | None:
    """Lists, tables, addresses, code, and lines that say one thing over and over.

    >>> not_verse(Entry("Preface ........ 3\\nSpring ........ 12\\nSummer ...... 40"))
    'not verse'
    """
    verses = entry.verses
    listed = sum(bool(LIST.search(line)) for line in verses)
    marks = "".join(entry.text.split())
    letters = sum(map(str.isalpha, marks))
    same = Counter(verses).most_common(1)[0][1] if verses else 0
    over_and_over = same > 4 and 2 * same > len(verses)
    if 4 * listed >= len(verses) or letters < 0.7 * len(marks) or over_and_over:
        return "not verse"
    signs = sum(map(marks.count, "{}<>|=\\^~`@#$%_"))
    return "not verse" if signs > 0.02 * len(marks) else None


RULES: tuple[Callable[[Entry], str | None], ...] = (
    unreadable,
    too_few_lines,
    too_few_words,
    too_many_words,
    capitals,
    not_verse,
    dialogue,
    prose,
)


def reason_to_drop(entry: Entry) -> str | None:
    """Give the first reason to leave an entry out, or None.

    >>> reason_to_drop(Entry("The tide has gone,\\nthe boat leans\\nover"))
    'too few lines'
    """
    return next((reason for rule in RULES if (reason := rule(entry))), None)
