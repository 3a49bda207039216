"""Chooses the tokens that English and Spanish need.

Poems and the tokens of a full model go in, the numbers of the tokens worth keeping come out.
It knows how a SentencePiece tokenizer merges, and nothing of weights.

The tokenizer of Gemma (llama.cpp's "llama" kind) starts from single characters and joins, again
and again, the neighbouring pair whose joined token has the highest score. A kept token can be
reached only if every step on the way to it is kept too: that is the closure.
"""

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from duende.errors import BaseCorrupt, DuendeError

KEPT_TOKENS = "kept_tokens.txt"
LANGUAGE_SIZES = {"en": 24_000, "es": 20_000}
"""How many of a language's most frequent tokens are kept.

Of the running tokens of our corpus they cover 98.9 % in English and 99.9 % in Spanish
(docs/log.md, 2026-11-22); the rest falls back to smaller tokens.
"""

NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6
CONTROL_KEPT = ("<pad>", "<eos>", "<bos>", "<unk>")
"""The control tokens that plain text needs.

The others (turns of a chat, images, 6,242 unused places) are left out: a text model never writes
them rightly, and a reader who types `<start_of_turn>` then types just text.
"""

SPACE = "\u2581"  # SentencePiece writes a space as ▁


@dataclass(frozen=True)
class Tokens:
    """The vocabulary of a model: for each token its text, kind and score, in order."""

    texts: Sequence[str]
    kinds: Sequence[int]
    scores: Sequence[float]

    def numbers(self) -> dict[str, int]:
        """The number of every normal token by its text."""
        pairs = enumerate(zip(self.texts, self.kinds, strict=True))
        return {text: number for number, (text, kind) in pairs if kind == NORMAL}


def merge(
    word: str, numbers: Mapping[str, int], scores: Sequence[float]
) -> tuple[list[str], list[int]]:
    """Split `word` as the tokenizer does.

    `numbers` maps a token's text to its number, `scores` gives the score by number. Returns the
    pieces and the numbers of every token made on the way, the last pieces included where they
    were made by joining. Characters without a token of their own stay single (they become bytes).

    >>> merge("luz", {"l": 0, "u": 1, "z": 2, "uz": 3, "luz": 4}, [0, 0, 0, -1, -2])
    (['luz'], [3, 4])
    """
    pieces = list(word)
    made: list[int] = []
    while True:
        found = [
            (scores[number], -at, number)
            for at, pair in enumerate(pairwise(pieces))
            if (number := numbers.get("".join(pair))) is not None
        ]
        if not found:
            return pieces, made
        _, at, number = max(found)
        pieces[-at : -at + 2] = ["".join(pieces[-at : -at + 2])]
        made.append(number)


def count(poems: Iterable[tuple[str, str]], tokens: Tokens) -> dict[str, Counter[int]]:
    """Count the tokens of `poems`, pairs of a language and a text, for each language."""
    words: dict[str, Counter[str]] = {}
    for language, text in poems:
        counter = words.setdefault(language, Counter())
        for line in text.splitlines():
            counter.update(re.findall(r" *[^ ]+", line))
    numbers = tokens.numbers()
    counts: dict[str, Counter[int]] = {language: Counter() for language in words}
    for language, counter in words.items():
        for word, times in counter.items():
            pieces, _ = merge(word.replace(" ", SPACE), numbers, tokens.scores)
            for piece in pieces:
                if piece in numbers:
                    counts[language][numbers[piece]] += times
    return counts


def choose(
    counts: Mapping[str, Counter[int]],
    tokens: Tokens,
    sizes: Mapping[str, int] = LANGUAGE_SIZES,
) -> list[int]:
    """Choose the tokens to keep and close them under the tokenizer's merges.

    Kept are the most frequent tokens of each language, all bytes, runs of newlines and spaces,
    the control tokens of plain text, and the single characters of the Latin script, digits,
    punctuation and symbols. Returns their numbers in rising order.
    """
    numbers = tokens.numbers()
    kept = {
        number
        for language, counter in counts.items()
        for number, _ in sorted(counter.items(), key=lambda item: (-item[1], item[0]))[
            : sizes.get(language, 0)
        ]
    }
    for number, (text, kind) in enumerate(zip(tokens.texts, tokens.kinds, strict=True)):
        always = kind == BYTE or (kind == CONTROL and text in CONTROL_KEPT)
        blank = kind == USER_DEFINED and not text.strip()
        single = kind == NORMAL and len(text) == 1 and _is_ours(text)
        if always or blank or single:
            kept.add(number)
    for number in list(kept):
        if tokens.kinds[number] == NORMAL:
            text = tokens.texts[number]
            kept.update(merge(text, numbers, tokens.scores)[1])
            kept.update(numbers[letter] for letter in text if letter in numbers)
    return sorted(kept)


def _is_ours(letter: str) -> bool:
    """Whether a single character may stand in an English or Spanish poem."""
    kind = unicodedata.category(letter)[0]
    if kind in "LM":
        return unicodedata.name(letter, "").startswith(("LATIN", "COMBINING"))
    western = ord(letter) < 0x0300 or 0x2000 <= ord(letter) < 0x2C00
    return letter == SPACE or (western and kind in "NPSZ")


def read_corpora(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield the language and text of every poem in JSONL files, gzipped or plain.

    Raises `DuendeError` that names the file and line where one cannot be read.
    """
    for path in paths:
        number = 0
        try:
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
                for number, line in enumerate(file, start=1):  # noqa: B007, told in the error
                    poem = json.loads(line)
                    yield poem["lang"], poem["text"]
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            message = f"{path}, line {number}: this is not a poem with lang and text ({error})."
            raise DuendeError(message) from error


def write_kept_tokens(numbers: Sequence[int], path: Path) -> None:
    """Write the list of kept tokens, one number a line, as the package ships it."""
    header = "# The tokens of Gemma 3 that duende keeps, made by `duende base vocabulary`.\n"
    path.write_text(header + "".join(f"{number}\n" for number in numbers), encoding="utf-8")


def kept_tokens(path: Path | None = None) -> list[int]:
    """Read the list of kept tokens: the packaged one, or the one at `path`."""
    place = path or files("duende.voice") / KEPT_TOKENS
    lines = place.read_text(encoding="utf-8").splitlines()
    try:
        numbers = [int(line) for line in lines if line and not line.startswith("#")]
    except ValueError as error:
        raise BaseCorrupt(f"{place} is not a list of token numbers: {error}.") from error
    if numbers != sorted(set(numbers)) or not numbers:
        raise BaseCorrupt(f"{place} must list each token once, in rising order.")
    return numbers


def coverage(counts: Mapping[str, Counter[int]], kept: Sequence[int]) -> dict[str, float]:
    """The share of each language's running tokens that are kept, 0 to 1."""
    chosen = set(kept)
    return {
        language: sum(times for number, times in counter.items() if number in chosen)
        / max(1, counter.total())
        for language, counter in counts.items()
    }
