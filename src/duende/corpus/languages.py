"""Which language a poem is in, as a whole and line by line; a poem of two languages is left out.

The first version's poems carried no language, and its model mixed the two. Here the whole poem
says which language it is in, and each line may object: a line counts as another language only where
it has no word that its poem's language cannot do without.
"""

import tomllib
from dataclasses import replace
from importlib.resources import files

from duende.corpus.comparing import plain
from duende.corpus.entry import Entry
from duende.language import LANGUAGES, Identification, identify

MOST_FOREIGN_LINES = 0.1
"""The share of lines in another language that a poem may have: a motto, a refrain in Latin."""
SURE = 0.95
"""How sure the whole must be to contradict what the source says."""
TELLING = 600
"""Characters that tell a poem's language; what comes after is looked at line by line anyway."""
FEWEST_WORDS = 3
"""A line of one or two words is a name or a cry as often as not."""
OWN_WORDS = {
    lang: frozenset(words)
    for lang, words in tomllib.loads(
        files("duende.corpus").joinpath("own_words.toml").read_text("utf-8")
    ).items()
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
    if entry.lang and entry.lang not in LANGUAGES:
        return entry, len(entry.verses), "another language"
    whole = identify(entry.text[:TELLING].replace("\n", " "))
    lang = whole.lang
    if not whole.known and not _leans(entry.text, whole):
        return entry, len(entry.verses), "another language"
    if entry.lang and entry.lang != lang and whole.certainty >= SURE:
        return replace(entry, lang=lang), len(entry.verses), "wrong language"
    entry = replace(entry, lang=lang)
    verses = entry.verses
    seen = {line: is_foreign(line, lang) for line in set(verses)}
    foreign = sum(seen[line] for line in verses)
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
    if len(words) < FEWEST_WORDS or 3 * len(set(words)) <= 2 * len(words):
        return False  # "tra la la la": nobody's language
    ours = sum(word in OWN_WORDS[lang] for word in words)
    theirs = max(
        sum(word in own for word in words) for other, own in OWN_WORDS.items() if other != lang
    )
    if ours > theirs:
        return False
    found = identify(line)
    if not found.known:
        return ours == 0 and found.foreign > 0.98
    return found.lang != lang and (theirs > ours or (ours == 0 and found.certainty > 0.99))


def _leans(text: str, whole: Identification) -> bool:
    """Whether a text that looks foreign has our language's small words all the same: dialect."""
    words = plain(text).split()
    ours = sum(word in OWN_WORDS[whole.lang] for word in words)
    return ours >= 0.2 * len(words)
