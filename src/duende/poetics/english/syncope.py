"""Syllables that poets count or leave out: the sounds of a word in, what each vowel may cost, out.

"Glorious" is three syllables or two, "heaven" two or one, "fire" one or two. The rules are those
that Kiparsky ("The rhythmic structure of English verse", 1977) and Fabb & Halle (*Meter in Poetry*,
2008) give for English poets. Knows nothing of spelling.
"""

from duende.poetics.english.letters import VOWELS
from duende.poetics.english.lexicon import Phones

Optional = tuple[tuple[int, float, float], ...]
"""Which phone may fall silent; the strain (in nats) of leaving it out and of saying it."""

# Strains of leaving out and of saying. Poets since 1800 mostly say them all, and scholars count so.
GLIDE = (1.8, 0.0)
SYNCOPE = (1.8, 0.0)
V_ELISION = (1.5, 0.0)
CLOSING = (0.6, 0.2)

LIQUID = frozenset({"L", "R", "N", "M"})


def vowel(phone: str) -> bool:
    """Whether a phone carries a syllable.

    >>> vowel("UW1"), vowel("N")
    (True, False)
    """
    return phone[:2] in VOWELS


def optional(phones: Phones) -> Optional:
    """The vowels of a word that a poet may leave out.

    >>> optional(("G", "L", "AO1", "R", "IY0", "AH0", "S"))
    ((4, 1.8, 0.0),)
    >>> optional(("P", "OW1", "AH0", "M"))
    ()
    """
    found: list[tuple[int, float, float]] = []
    last = len(phones) - 1
    for place, phone in enumerate(phones):
        if place == 0 or not phone.endswith("0") or (found and found[-1][0] >= place - 1):
            continue
        before = phones[place - 1]
        after = phones[place + 1] if place < last else ""
        beyond = phones[place + 2] if place + 1 < last else ""
        strain: tuple[float, float] | None = None
        if vowel(before) and not before.endswith("0"):
            strain = _triphthong(before, phone, after)
        elif phone in ("IY0", "UW0") and vowel(after):  # glorious, influence
            if after in ("AH0", "ER0", "IH0", "AA0"):
                strain = GLIDE
            elif after.endswith("0"):
                strain = (2.2, 0.0)
        elif phone == "ER0" and after and vowel(after) and after.endswith("0"):  # wandering
            strain = SYNCOPE
        elif phone in ("AH0", "IH0") and after in LIQUID and vowel(beyond):
            # family, evening, delicate
            stressed = any(each.endswith(("1", "2")) for each in phones[:place])
            if stressed and beyond.endswith("0") and not vowel(before):
                strain = SYNCOPE if after != "M" else (2.4, 0.0)
        elif before in ("V", "DH") and place >= 2 and vowel(phones[place - 2]):
            if phone in ("AH0", "IH0") and after == "N":  # heaven, given, even
                strain = V_ELISION
            elif phone == "ER0" and place == last:  # over, ever, whether
                strain = (2.3, 0.0)
        if strain:
            found.append((place, *strain))
    if phones[-1:] == ("M",) and phones[-2:-1] == ("AH0",) and phones[-3:-2] in (("Z",), ("DH",)):
        found.append((last - 1, 1.4, 0.0))  # chasm, rhythm
    return tuple(found)


def _triphthong(stressed: str, weak: str, after: str) -> tuple[float, float] | None:
    """A stressed vowel and a weak one that meet: fire, flower, being; never poet."""
    if stressed.startswith("OW"):
        return None
    if weak == "ER0":
        return CLOSING if stressed.startswith(("AY", "AW")) else (1.4, 0.1)
    if weak in ("AH0", "IH0") and stressed.startswith(("AY", "AW")):
        return (0.9, 0.1) if after == "L" else (1.7, 0.0)  # trial; quiet, violet, science
    if weak in ("AH0", "IH0", "EH0"):
        return (1.2, 0.0) if after in ("L", "NG") else (2.0, 0.0)  # jewel, being; ruin
    return None


def without(phones: Phones, places: tuple[int, ...]) -> Phones:
    """The phones when the vowels at `places` fall silent.

    >>> without(("W", "AA1", "N", "D", "ER0", "IH0", "NG"), (4,))
    ('W', 'AA1', 'N', 'D', 'R', 'IH0', 'NG')
    """
    kept: list[str] = []
    for place, phone in enumerate(phones):
        if place not in places:
            kept.append(phone)
        elif phone == "ER0":
            kept.append("R")
        elif phone == "IY0" and place + 1 < len(phones) and vowel(phones[place + 1]):
            kept.append("Y")
        elif phone == "UW0" and place + 1 < len(phones) and vowel(phones[place + 1]):
            kept.append("W")
    return tuple(kept)


def stretched(phones: Phones) -> Phones:
    """The phones with a syllable for the r after a closing diphthong: fire, hourly.

    >>> stretched(("F", "AY1", "R"))
    ('F', 'AY1', 'ER0')
    """
    for place in range(1, len(phones)):
        closing = phones[place - 1] in ("AY1", "AW1") and phones[place] == "R"
        if closing and not any(map(vowel, phones[place + 1 : place + 2])):
            return (*phones[:place], "ER0", *phones[place + 1 :])
    return phones
