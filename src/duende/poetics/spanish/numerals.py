"""What is written but not spelt, as it is said: digits, Roman numerals, abbreviations, signs."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from duende.poetics.spanish.words import by_name

ROMAN = re.compile(r"(?=[IVXLCDM])M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
THOUSANDS = re.compile(r"(?<=[0-9])\.(?=[0-9]{3}(?![0-9]))")
TWO_CONSONANTS = "[BCDFGHJKLMNÑPQRSTVWXZ]{2}"
UNSAYABLE = re.compile(
    rf"(?=[A-ZÑ]{{2,3}}$)(?:(?!CH|LL|PS|DR|[BCFGPT][LR]){TWO_CONSONANTS}|.*{TWO_CONSONANTS}$|.*H$)"
)
"""Initials that are said letter by letter, *UGT*, *FMI*, *VIH*; not *ONU* nor *RAE*."""
DECIMAL = re.compile(r"(?<=[0-9]),(?=[0-9])")
ORDINAL = re.compile(r"([0-9]+)\.?([ºª])")


def unpunctuated(line: str) -> str:
    """A line whose figures have no signs within them; ordinals up to ten are words.

    >>> unpunctuated("1.000 barcos, 3,5 metros, el 1.º de mayo, la 2ª casa")
    '1000 barcos, 3 coma 5 metros, el primero de mayo, la segunda casa'
    """
    return ORDINAL.sub(_ordinal, DECIMAL.sub(" coma ", THOUSANDS.sub("", line)))


def _ordinal(found: re.Match[str]) -> str:
    ordinals = _tables()["ordinals"]
    number = found[1].lstrip("0")
    if len(number) > 2 or not 0 < int(number or 0) <= len(ordinals):
        return f"{found[1]} "  # the twenty-first century is *el siglo veintiuno*
    said: str = ordinals[int(number) - 1]
    return said if found[2] == "º" else f"{said[:-1]}a"


def read_out(piece: str, before: str = "") -> tuple[str, ...]:
    """The words that a piece of a line is said with; none where it is not a numeral or a sign.

    `before` is the word that stands before it: a king's number is an ordinal up to ten.

    >>> read_out("1914")
    ('mil', 'novecientos', 'catorce')
    >>> read_out("II", before="Felipe"), read_out("XX", before="siglo"), read_out("Sra")
    (('segundo',), ('veinte',), ('señora',))
    >>> read_out("UGT"), read_out("ONU")
    (('ugeté',), ())
    """
    if piece.isascii() and piece.isdigit():
        return tuple(cardinal(int(piece))) if len(piece) <= 12 else _digits(piece)
    reigns = before[:1].isupper()
    if ROMAN.fullmatch(piece) and (len(piece) > 1 or (reigns and piece in "IVX")):
        number = _roman(piece)
        if reigns and number <= 10:
            return (_tables()["ordinals"][number - 1],)
        return tuple(cardinal(number))
    said: str = _tables()["abbreviations"].get(piece, "")
    if not said and UNSAYABLE.match(piece):
        said = by_name(piece.lower())
    return tuple(said.split())


def cardinal(number: int) -> list[str]:
    """A number from 0 to a million millions less one in words.

    >>> cardinal(21_101)
    ['veintiún', 'mil', 'ciento', 'uno']
    """
    tables = _tables()
    if number < 30:
        return [tables["units"][number]]
    if number < 100:
        tens, units = divmod(number, 10)
        word = tables["tens"][tens - 3]
        return [word, "y", tables["units"][units]] if units else [word]
    if number == 100:
        return ["cien"]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return [tables["hundreds"][hundreds - 1], *(cardinal(rest) if rest else [])]
    for size, one, many in ((10**6, ["un", "millón"], ["millones"]), (1000, ["mil"], ["mil"])):
        if number >= size:
            count, rest = divmod(number, size)
            said = one if count == 1 else [*_shortened(cardinal(count)), *many]
            return [*said, *(cardinal(rest) if rest else [])]
    raise AssertionError("every number from a thousand on has thousands")


def _shortened(words: list[str]) -> list[str]:
    """`uno` before a noun: `un`, and `veintiún`."""
    last = {"uno": "un", "veintiuno": "veintiún"}.get(words[-1], words[-1])
    return [*words[:-1], last]


def _digits(piece: str) -> tuple[str, ...]:
    return tuple(_tables()["units"][int(digit)] for digit in piece)


def _roman(piece: str) -> int:
    values = [VALUES[letter] for letter in piece]
    following = [*values[1:], 0]
    return sum(-one if one < other else one for one, other in zip(values, following, strict=True))


@cache
def _tables() -> dict[str, Any]:
    text = (files("duende.poetics.spanish") / "numerals.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
