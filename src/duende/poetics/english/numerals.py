"""Numbers read out: figures in, English words out."""

import re

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (10**2, "hundred"))
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
LONGEST = 12  # figures; longer ones are read one by one
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_ROMAN = re.compile(r"(?=[IVX]{2}|[IVXLC]{3})C{0,3}(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def unpunctuated(line: str) -> str:
    """A line whose figures have no commas or points within them.

    >>> unpunctuated("1,000 ships, 3.5 miles")
    '1000 ships, 3 point 5 miles'
    """
    return _POINT.sub(" point ", _THOUSANDS.sub("", line))


def cardinal(figures: str) -> str:
    """The words for a number in figures, which may end in st, nd, rd or th.

    >>> cardinal("42")
    'forty two'
    >>> cardinal("1914")
    'nineteen fourteen'
    >>> cardinal("3rd")
    'third'
    """
    digits = figures.rstrip("sthrnd")
    if len(digits) > LONGEST or (len(digits) > 1 and digits.startswith("0")):
        return " ".join(ONES[int(digit)] for digit in digits)
    number = int(digits)
    if digits != figures:
        *rest, last = _words(number)
        ordinal = ORDINALS.get(last) or (f"{last[:-1]}ieth" if last[-1] == "y" else f"{last}th")
        return " ".join([*rest, ordinal])
    if 1100 <= number < 2000 and number % 100:
        return " ".join([*_words(number // 100), *_words(number % 100)])
    return " ".join(_words(number))


def _words(number: int) -> list[str]:
    if number < 20:
        return [ONES[number]]
    if number < 100:
        return [TENS[number // 10], *([ONES[number % 10]] if number % 10 else [])]
    for scale, name in SCALES:
        if number >= scale:
            rest = number % scale
            return [*_words(number // scale), name, *(_words(rest) if rest else [])]
    return []


def roman(word: str) -> str:
    """The words for a Roman numeral of two capitals or more; empty for what is not one.

    >>> roman("XIV"), roman("I"), roman("MIX")
    ('fourteen', '', '')
    """
    if not _ROMAN.fullmatch(word):
        return ""
    values = [_VALUES[letter] for letter in word]
    total = sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
    return " ".join(_words(total))
