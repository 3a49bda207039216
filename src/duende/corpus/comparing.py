"""A text as it is compared: without case, accents and punctuation."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
MARKS = dict.fromkeys(range(0x300, 0x370))


def plain(text: str) -> str:
    """Words in lower case, without accents or punctuation, with single spaces between them.

    >>> plain("¡Volverán, las «oscuras» GOLONDRINAS!")
    'volveran las oscuras golondrinas'
    """
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFD", text).translate(MARKS)
    return " ".join(WORD.findall(text.replace("'", "").replace("’", "")))
