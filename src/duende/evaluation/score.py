"""How likely a voice finds poems that it has not seen: bits per byte.

Poems and a voice go in, `Scores` come out. Each poem stands after its header, which says its
language and what else the poem is said to be; the header is given and not counted. Bits per byte
do not depend on a tokenizer, so that any two models can be compared on the same poems.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from duende.errors import TrainingError
from duende.language import LANGUAGES
from duende.poem import Language, count_words
from duende.training.loop import nats_of
from duende.training.poems import Source, TaughtPoem, described
from duende.training.rows import TokenisedPoem, tokenise
from duende.training.served import load_for_scoring
from duende.voice.base import Base
from duende.voice.voices import Voice

AT_ONCE = 16
"""Poems measured between two words of progress."""


@dataclass(frozen=True, slots=True)
class PoemScore:
    """What a poem costs: `bits` in all, over `bytes` of UTF-8 (each line with its break)."""

    lang: Language
    bits: float
    bytes: int
    words: int

    @property
    def bits_per_byte(self) -> float:
        """Bits over bytes."""
        return self.bits / self.bytes


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of poems, in the order in which they came; with `coded`, after line codes."""

    voice: str
    poems: tuple[PoemScore, ...]
    coded: bool = False

    def bits_per_byte(self, lang: Language) -> float:
        """All bits of a language over all its bytes; not a number where it has no poem."""
        own = [poem for poem in self.poems if poem.lang == lang]
        return _over(sum(poem.bits for poem in own), sum(poem.bytes for poem in own))

    def perplexity_a_word(self, lang: Language) -> float:
        """Two to the power of the bits a word costs, line breaks and punctuation included."""
        own = [poem for poem in self.poems if poem.lang == lang]
        return float(2 ** _over(sum(poem.bits for poem in own), sum(poem.words for poem in own)))

    def as_dict(self) -> dict[str, Any]:
        """The scores as `duende score --json` prints them."""
        languages = {}
        for lang in LANGUAGES:
            own = [poem for poem in self.poems if poem.lang == lang]
            if own:
                languages[lang] = {
                    "poems": len(own),
                    "bytes": sum(poem.bytes for poem in own),
                    "bits_per_byte": round(self.bits_per_byte(lang), 6),
                    "perplexity_a_word": round(self.perplexity_a_word(lang), 3),
                }
        return {
            "voice": self.voice,
            "coded": self.coded,
            "languages": languages,
            "poems": [
                {
                    "lang": poem.lang,
                    "bytes": poem.bytes,
                    "words": poem.words,
                    "bits_per_byte": round(poem.bits_per_byte, 6),
                }
                for poem in self.poems
            ],
        }


def _over(amount: float, size: float) -> float:
    return amount / size if size else math.nan


class Scorer:
    """Scores poems with a voice, or with the bare base where the voice has no weights of its own.

    Loading takes some seconds. Raises `VoiceError` where the voice is damaged.
    """

    def __init__(self, voice: Voice, base: Base) -> None:
        self.voice = voice
        self.model, self.tokenizer = load_for_scoring(voice.folder, base)

    def score(
        self,
        poems: Sequence[Source],
        *,
        coded: bool = False,
        tell: Callable[[int, int], None] = lambda done, of: None,
    ) -> Scores:
        """Score poems (`duende.training.poems.read_jsonl` reads them from a file).

        With `coded` each line stands after its code, which is given and not counted; poems with a
        line that cannot be counted are left out. `tell` hears how many poems are done.

        Raises `TrainingError` where there is no poem.
        """
        written = [_written(poem, coded=coded) for poem in poems]
        chosen = [poem for poem in written if poem is not None]
        if not chosen:
            raise TrainingError("There is no poem to score: give JSONL with lang and text.")
        tokenised = [tokenise(poem, self.tokenizer) for poem in chosen]
        context = int(self.model.config.max_position_embeddings)
        nats: list[float] = []
        for begin in range(0, len(tokenised), AT_ONCE):
            nats += _nats(self.model, tokenised[begin : begin + AT_ONCE], context)
            tell(len(nats), len(tokenised))
        found = (
            PoemScore(poem.lang, cost / math.log(2), read.bytes, sum(map(count_words, poem.lines)))
            for poem, read, cost in zip(chosen, tokenised, nats, strict=True)
        )
        return Scores(self.voice.name, tuple(found), coded)


def _written(poem: Source, *, coded: bool) -> TaughtPoem | None:
    """The poem under a header that says what is known of it, and no more."""
    lines = tuple(line.strip() for line in poem.text.strip().split("\n"))
    codes = described(lines, poem.lang)[1] if coded else None
    if coded and codes is None:
        return None
    return TaughtPoem(poem.lang, lines, poem.era, "", codes)


def _nats(model: Any, poems: Sequence[TokenisedPoem], context: int) -> list[float]:
    """The nats of each poem; one that the model cannot hold is read in windows."""
    windows = [(at, each) for at, poem in enumerate(poems) for each in windowed(poem, context)]
    found = [0.0] * len(poems)
    for (at, _), nats in zip(windows, nats_of(model, [each for _, each in windows]), strict=True):
        found[at] += nats
    return found


def windowed(poem: TokenisedPoem, context: int) -> Iterator[TokenisedPoem]:
    """A poem in windows of `context` tokens that overlap by a half; each token counts once.

    >>> poem = TokenisedPoem(list(range(7)), [True] * 7, [True] * 7, 7)
    >>> [(each.tokens, each.verse.count(True)) for each in windowed(poem, 4)]
    [([0, 1, 2, 3], 4), ([2, 3, 4, 5], 2), ([4, 5, 6], 1)]
    """
    size, counted = len(poem.tokens), 0
    for begin in range(0, size, max(1, context // 2)):
        end = min(size, begin + context)
        if end <= counted:
            return
        verse = [counted <= at and poem.verse[at] for at in range(begin, end)]
        yield replace(
            poem, tokens=poem.tokens[begin:end], learnt=poem.learnt[begin:end], verse=verse
        )
        counted = end
