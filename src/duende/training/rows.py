"""Poems as rows of tokens: what is learnt in them, and how many poems share a row.

Poems and a tokenizer go in, `Rows` come out: tables of the same shape that hold the tokens, the
place of each in its poem, and which of them are learnt. Poems in a row do not see each other:
where a place starts again at 0, another poem begins (transformers builds the mask from that).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from duende.errors import TrainingError
from duende.poem import Language
from duende.training.poems import Source, TaughtPoem, in_order, taught
from duende.training.recipe import Data
from duende.voice.prompts import encode, preamble

OPEN_ROWS = 32
"""How many rows wait for a poem that fits: more fill better and mix less."""


@dataclass(frozen=True, slots=True)
class TokenisedPoem:
    """A poem's tokens; which of them are learnt, and which are its verse.

    The header is neither. The codes and the end of the text are learnt and are not verse. `bytes`
    counts the lines in UTF-8, each with its line break.
    """

    tokens: list[int]
    learnt: list[bool]
    verse: list[bool]
    bytes: int


def tokenise(poem: TaughtPoem, tokenizer: Any, *, longest: int = 0) -> TokenisedPoem:
    """Write a poem as tokens, as an engine will be asked for it, up to the end of the text.

    `longest` is the most tokens that it may have (0: any); what is past it is left out.
    """
    header = len(
        preamble(lang=poem.lang, era=poem.era, form=poem.form, coded=poem.codes is not None)
    )
    text = encode(poem.lines, lang=poem.lang, era=poem.era, form=poem.form, codes=poem.codes)
    begin = tokenizer("")["input_ids"]
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    codes = list(_code_spans(text, header)) if poem.codes is not None else []
    tokens, learnt, verse = list(begin), [False] * len(begin), [False] * len(begin)
    spans = [(0, 0)] * len(begin)
    at = 0
    for token, span in zip(read["input_ids"], read["offset_mapping"], strict=True):
        start = span[0]
        while at < len(codes) and codes[at][1] <= start:
            at += 1
        in_code = at < len(codes) and codes[at][0] <= start
        tokens.append(token)
        learnt.append(start >= header)
        verse.append(start >= header and not in_code)
        spans.append(span)
    tokens.append(tokenizer.eos_token_id)
    learnt.append(True)
    verse.append(False)
    size = sum(len(line.encode()) + 1 for line in poem.lines)
    if longest and len(tokens) > longest:
        tokens, learnt, verse = tokens[:longest], learnt[:longest], verse[:longest]
        kept = zip(spans, verse, strict=False)
        size = sum(len(text[start:end].encode()) for (start, end), counts in kept if counts)
    return TokenisedPoem(tokens, learnt, verse, size)


def _code_spans(text: str, header: int) -> Iterator[tuple[int, int]]:
    """Where the codes of a coded text begin and end: up to the blank before the line."""
    at = header
    for line in text[header:].splitlines(keepends=True):
        if line.strip():
            yield at, at + line.index("|") + 1
        at += len(line)


@dataclass(frozen=True)
class Rows:
    """Poems side by side in rows of the same length: see `TokenisedPoem`.

    `places` counts each poem's tokens from 0. `poems` is how many poems there are.
    """

    tokens: NDArray[numpy.uint32]
    learnt: NDArray[numpy.bool_]
    places: NDArray[numpy.uint16]
    poems: int = 0

    def __len__(self) -> int:
        return len(self.tokens)

    def save(self, path: Path) -> None:
        """Write the rows to one .npz file (arrays alone, nothing pickled)."""
        numpy.savez(path, tokens=self.tokens, learnt=self.learnt, places=self.places,
                    poems=numpy.array(self.poems))  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> "Rows":
        """Read what `save` wrote."""
        with numpy.load(path, allow_pickle=False) as arrays:
            return cls(arrays["tokens"], arrays["learnt"], arrays["places"], int(arrays["poems"]))


def pack(poems: Iterable[TokenisedPoem], length: int) -> Rows:
    """Lay poems into rows of `length` tokens, each whole, into the first row where it fits.

    >>> poem = TokenisedPoem([5, 6, 7], [False, True, True], [False, True, True], 4)
    >>> rows = pack([poem, poem, poem], 6)
    >>> rows.tokens.tolist(), rows.places.tolist()[0]
    ([[5, 6, 7, 5, 6, 7], [5, 6, 7, 0, 0, 0]], [0, 1, 2, 0, 1, 2])
    """
    done: list[list[TokenisedPoem]] = []
    waiting: list[list[TokenisedPoem]] = []
    room: list[int] = []
    count = 0
    for poem in poems:
        count += 1
        size = len(poem.tokens)
        for place, left in enumerate(room):
            if size <= left:
                waiting[place].append(poem)
                room[place] -= size
                break
        else:
            if len(waiting) == OPEN_ROWS:
                fullest = room.index(min(room))
                done.append(waiting.pop(fullest))
                room.pop(fullest)
            waiting.append([poem])
            room.append(length - size)
    return _laid([*done, *waiting], length, count)


def _laid(rows: Sequence[Sequence[TokenisedPoem]], length: int, poems: int) -> Rows:
    shape = (len(rows), length)
    tokens = numpy.zeros(shape, numpy.uint32)
    learnt = numpy.zeros(shape, numpy.bool_)
    places = numpy.zeros(shape, numpy.uint16)
    for number, row in enumerate(rows):
        at = 0
        for poem in row:
            end = at + len(poem.tokens)
            tokens[number, at:end] = poem.tokens
            learnt[number, at:end] = poem.learnt
            places[number, at:end] = range(len(poem.tokens))
            at = end
    return Rows(tokens, learnt, places, poems)


def lessons(
    corpus: Sequence[Source], data: Data, tokenizer: Any, *, seed: int, longest: int
) -> Iterator[TokenisedPoem]:
    """The poems in the order in which they are taught, as tokens.

    The languages take turns so that each has its share of the tokens; a language begins another
    pass when it has no poem left. Without a count of tokens the lessons end when the first
    language has been read `passes` times.

    Raises `TrainingError` where a language has no poems.
    """
    shares = {lang: share for lang, share in data.languages.items() if share > 0}
    given = dict.fromkeys(shares, 0)
    queues = {lang: _without_end(corpus, lang, data, seed) for lang in shares}
    while not data.tokens or sum(given.values()) < data.tokens:
        lang = min(shares, key=lambda each: given[each] / shares[each])
        number, poem = next(queues[lang])
        if not data.tokens and number >= data.passes:
            return
        tokenised = tokenise(poem, tokenizer, longest=longest)
        given[lang] += len(tokenised.tokens)
        yield tokenised


def _without_end(
    corpus: Sequence[Source], lang: Language, data: Data, seed: int
) -> Iterator[tuple[int, TaughtPoem]]:
    """A language's poems with the number of the pass, again and again, each pass in its order."""
    own = [poem for poem in corpus if poem.lang == lang]
    number = 0
    while True:
        some = False
        for poem in in_order(own, data, seed=f"{seed} {number}"):
            lesson = taught(poem, data, seed=f"{seed} {number}")
            if lesson is not None:
                some = True
                yield number, lesson
        if not some:
            raise TrainingError(f"The corpus has no poems in {lang!r} that the recipe takes.")
        number += 1


def share_of_tokens(rows: Rows) -> Mapping[str, float]:
    """How well the rows are filled, and how much of them is learnt, 0 to 1."""
    filled = (rows.places > 0).sum() + rows.poems
    return {"filled": float(filled / rows.tokens.size), "learnt": float(rows.learnt.mean())}
