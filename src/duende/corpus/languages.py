"""Which language a poem is in, as a whole and line by line; a poem of two languages is left out.

The first version's poems carried no language, and its model mixed the two. Here the whole poem says
which language it is in, and each line may object: a short line alone is no evidence, so a line counts
as another language only where it has no word that its poem's language cannot do without.
"""

from dataclasses import replace

from duende.corpus.comparing import plain
from duende.corpus.entry import Entry
from duende.language import LANGUAGES, Identification, identify

MOST_FOREIGN_LINES = 0.1
"""The share of lines in another language that a poem may have: a motto, a refrain in Latin."""
SURE = 0.95
"""How sure the whole must be; single lines of 37,000 poems are below it in 2 of 100."""
FEWEST_WORDS = 3
"""A line of one or two words is a name or a cry as often as not."""
COMMON_WORDS = {
    "en": frozenset(
        "the and of to in that it is was with his her my for as he she not but be on at this they we"
        " all from by are or thy thee thou which when what so their our you your i were had have no"
        " shall will there then than who him them like o er if an one how where its up out into"
        " upon did do now some said would should could more over down".split()
    ),
    "es": frozenset(
        "que de la el los las y en un una con del al se su sus mi mis tu tus es no por para como"
        " lo le les me te si mas pero cuando donde ya yo ha he son fue era este esta ese esa sin sobre"
        " entre hay muy ni tan porque quien cual todo toda a o nos aquel aquella desde hasta".split()
    ),
}


def judge(entry: Entry) -> tuple[Entry, int, str | None]:
    """Find an entry's language: the entry with `lang` set, its foreign lines, why it is left out.

    >>> text = "The river does not know my name,\\nnor who has drunk of it"
    >>> judged, foreign, reason = judge(Entry(text))
    >>> judged.lang, foreign, reason
    ('en', 0, None)
    >>> judge(Entry(text, lang="es"))[2]
    'wrong language'
    """
    whole = identify(entry.text.replace("\n", " "))
    lang = whole.lang
    if not whole.known and not _leans(entry.text, whole):
        return entry, len(entry.verses), "another language"
    if entry.lang and entry.lang != lang and whole.certainty >= SURE:
        return replace(entry, lang=lang), len(entry.verses), "wrong language"
    if entry.lang and entry.lang not in LANGUAGES:
        return entry, len(entry.verses), "another language"
    entry = replace(entry, lang=lang)
    verses = entry.verses
    foreign = sum(is_foreign(line, lang) for line in verses)
    if foreign > MOST_FOREIGN_LINES * len(verses):
        return entry, foreign, "two languages"
    return entry, foreign, None


def is_foreign(line: str, lang: str) -> bool:
    """Whether a line of a poem in `lang` ("en" or "es") is in another language.

    >>> is_foreign("Nel mezzo del cammin di nostra vita", "en")
    True
    >>> is_foreign("and every star a sail", "en")
    False
    """
    words = plain(line).split()
    if len(words) < FEWEST_WORDS:
        return False
    ours = sum(word in COMMON_WORDS[lang] for word in words)
    other = "es" if lang == "en" else "en"
    theirs = sum(word in COMMON_WORDS[other] for word in words)
    if ours > theirs:
        return False
    found = identify(line)
    if not found.known:
        return ours == 0 and found.foreign > 0.98
    return found.lang != lang and (theirs > ours or (ours == 0 and found.certainty > 0.99))


def _leans(text: str, whole: Identification) -> bool:
    """Whether a text that looks foreign has our language's small words all the same: dialect."""
    words = plain(text).split()
    ours = sum(word in COMMON_WORDS[whole.lang] for word in words)
    return ours >= 0.2 * len(words)
