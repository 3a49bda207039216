"""What a page repeats after the poem: its endings, its refrains, pieces of its verses.

Pages with nested blocks give a poem's text, then each inner block's text again. A text goes in, a
text comes out; a refrain, which repeats whole verses and stops, is left.
"""

import re
from itertools import accumulate, pairwise

from duende.corpus.comparing import plain

NESTED_PAGES = frozenset({"linhd-postdata/poesi.as"})
"""Sources whose pages nest: 767 of 5,966 poems (docs/log.md). Elsewhere only two endings or more
are evidence: single ones were refrains."""


def repeated_endings(text: str, *, nested: bool = False) -> str:
    """Cut what a page with nested blocks repeats: after the poem, its own endings, ever shorter.

    Each ending begins where a stanza does, so that lost stanza breaks come back. A refrain is left:
    what repeats must be two endings or more; on pages known to be `nested`, one of half the poem
    will do, and refrains and pieces of verses that are listed last go too.

    >>> print(repeated_endings("a b\\nc d\\ne f\\ng h\\n\\ne f\\ng h", nested=True))
    a b
    c d
    <BLANKLINE>
    e f
    g h
    """
    blocks = [block.split("\n") for block in text.split("\n\n")]
    verses = [line for block in blocks for line in block]
    if len(set(verses)) < len(verses):
        edges = set(accumulate(map(len, blocks), initial=0))
        for first in range(4, len(verses) - 1):
            endings = _endings(verses[:first], verses[first:])
            if endings and (
                len(endings) > 1
                or endings[0] == first
                or (nested and (endings[0] > 3 or 2 * endings[0] >= first))
            ):
                inner = {edge for edge in edges if 0 < edge < first}
                inner = inner or {first - size for size in endings if size > 1 and size < first}
                cuts = pairwise([0, *sorted(inner), first])
                blocks = [verses[start:end] for start, end in cuts]
                break
    if nested:
        blocks = _without_refrains_listed(blocks)
    for count in range(min(4, len(blocks) - 1) if nested else 0, 0, -1):
        if _is_fragment([line for block in blocks[-count:] for line in block], blocks[:-count]):
            blocks = blocks[:-count]
            break
    return "\n\n".join("\n".join(block) for block in blocks)


def _endings(poem: list[str], rest: list[str]) -> list[int]:
    """How many verses each of the endings of `poem` has, if `rest` is nothing but such endings."""
    found: list[int] = []
    while rest:
        longest = min(found[-1] - 1 if found else len(poem), len(rest))
        # One verse alone may be a refrain; after two longer endings it is the last of them.
        least = 1 if len(found) > 1 else 2
        size = next((n for n in range(longest, least - 1, -1) if rest[:n] == poem[-n:]), 0)
        if not size:
            return []
        rest = rest[size:]
        found.append(size)
    return found


def _without_refrains_listed(blocks: list[list[str]]) -> list[list[str]]:
    """Cut refrains that a page lists again after the poem, one a stanza, but for the first."""
    lone = 0
    while lone < len(blocks) and len(blocks[-1 - lone]) == 1:
        lone += 1
    if lone < 2 or lone == len(blocks):
        return blocks
    body, listed = blocks[:-lone], [plain(block[0]) for block in blocks[-lone:]]
    verses = {plain(line) for block in body for line in block}
    if not all(any(verse.endswith(each) for verse in verses) for each in listed):
        return blocks
    # A first one that is a whole verse closes the last stanza, as it closed the others.
    closes = listed[0] in verses and blocks[-lone][0].endswith((".", "!", "?"))
    there_already = plain(body[-1][-1]).endswith(listed[0])
    return blocks[: 1 - lone] if closes and not there_already else body


def _is_fragment(block: list[str], before: list[list[str]]) -> bool:
    """Whether a last stanza is a piece out of an earlier verse: a refrain repeats whole verses."""
    piece = "\n".join(block)
    text = "\n".join(line for lines in before for line in lines)
    if len(block) > 6:
        return False
    words = set(re.findall(r"\w+", text))
    if text[-1:] in ".!?»…" and all(
        line.strip("¡!¿?.,;:") in words and line.islower() for line in block
    ):
        return True  # words in italics, gathered by the page
    at = text.find(piece)
    if at < 0 or len(piece) < 8:
        return False
    before_it, after_it = text[at - 1 : at] if at else "\n", text[at + len(piece) :][:1] or "\n"
    whole_verses = before_it == after_it == "\n"
    return not whole_verses and not before_it.isalnum() and not after_it.isalnum()
