"""Two Spanish line ends go in; how they rhyme comes out: by all their sounds, or by their vowels.

From the last stressed vowel on, a *rima consonante* shares every sound and a *rima asonante* the
vowels, of which the weak one of a diphthong and the middle one of a proparoxytone are not heard (T.
Navarro Tomás, *Métrica española*, 1956, § 15; A. Quilis, *Métrica española*, 1984, ch. 3).
"""

import re
from functools import lru_cache

from duende.poetics.spanish.line import words_of
from duende.poetics.spanish.words import BARE, Word

KINDS = ("consonante", "asonante")
ENDING = 60
"""So many letters of a line hold its last word."""

# In order: what is spelt in two ways and said in one (b and v, g and j, ll and y, c, qu and k).
SOUNDS = (
    ("ph", "f"),
    ("ch", "C"),
    ("ll", "y"),
    ("rr", "R"),
    (r"[sz](?=[cz][eiéí])|s(?=z)", ""),
    (r"qu(?=[eiéí])|qü?|k|c(?![eiéí])", "k"),
    (r"[cz]", "z"),
    (r"gu(?=[eiéí])", "G"),
    (r"g(?=[eiéí])", "j"),
    ("gü", "Gu"),
    ("g", "G"),
    ("v", "b"),
    ("w", "Gu"),
    ("x", "ks"),
    ("h", ""),
    (r"y(?![aeiouáéíóú])", "i"),
    (r"m$", "n"),
    (r"([bdfklmnpt])\1", r"\1"),
)


def rhyme_kind(one: str, other: str, *, seseo: bool = False) -> str | None:
    """How two words, or the ends of two lines, rhyme: the strictest kind, or None.

    A word with itself is `"idéntica"`, which is no rhyme. With `seseo`, s and z sound alike.

    >>> rhyme_kind("corazón", "canción"), rhyme_kind("cielo", "recuerdo")
    ('consonante', 'asonante')
    >>> rhyme_kind("caza", "casa"), rhyme_kind("caza", "casa", seseo=True)
    ('asonante', 'consonante')
    >>> rhyme_kind("lámpara", "cama"), rhyme_kind("sol", "Sol")
    ('asonante', 'idéntica')
    """
    first, second = last_word(one), last_word(other)
    if first is None or second is None:
        return None
    if first.spelling == second.spelling:
        return "idéntica"
    if consonance(first.ending, seseo=seseo) == consonance(second.ending, seseo=seseo):
        return "consonante"
    if assonance(first.ending) == assonance(second.ending):
        return "asonante"
    return None


def rhyme_keys(word: str, kind: str, *, seseo: bool = False) -> frozenset[str]:
    """The one sound under which the words that rhyme with `word` in that way are found.

    >>> rhyme_keys("llave", "consonante") == rhyme_keys("cabe", "consonante")
    True
    """
    found = last_word(word)
    if found is None:
        return frozenset()
    key = consonance(found.ending, seseo=seseo) if kind == "consonante" else assonance(found.ending)
    return frozenset([key])


@lru_cache(maxsize=16_384)
def last_word(text: str) -> Word | None:
    """The last word of `text`, None where it has none that Spanish can say."""
    words, _, _ = words_of(text[-ENDING:])
    return words[-1] if words else None


@lru_cache(maxsize=16_384)
def consonance(ending: str, *, seseo: bool = False) -> str:
    """The sounds of a word's end, from its stressed vowel: a letter each.

    >>> consonance("uevo"), consonance("aje"), consonance("ágina")
    ('uebo', 'aje', 'ajina')
    """
    sounds = ending
    for spelt, said in SOUNDS:
        sounds = re.sub(spelt, said, sounds)
    sounds = sounds.translate(BARE)
    return sounds.replace("z", "s") if seseo else sounds


@lru_cache(maxsize=16_384)
def assonance(ending: str) -> str:
    """The vowels of a word's end that are heard: the stressed one, and the last if it is another's.

    >>> assonance("aire"), assonance("ágina"), assonance("oria"), assonance("ía"), assonance("ón")
    ('ae', 'aa', 'oa', 'ia', 'o')
    """
    sounds = re.sub(r"y(?![aeiou])", "i", re.sub("(?<=[gq])u(?=[eiéí])|h", "", ending))
    stressed, rest = sounds[0].translate(BARE), sounds[1:].translate(BARE)
    groups = re.findall("[aeiou]+", rest)
    if groups and rest.startswith(groups[0]) and not re.search("[aeo]", groups[0]):
        del groups[0]  # the glide of the stressed vowel's own diphthong
    if not groups:
        return stressed
    strong = re.findall("[aeo]", groups[-1])
    last = strong[-1] if strong else groups[-1][-1]
    return stressed + str({"i": "e", "u": "o"}.get(last, last))
