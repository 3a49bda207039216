"""Poems as they are taught: cut to length, with their era, their form and the codes of their lines.

A corpus goes in, `TaughtPoem`s come out, in the order in which they are taught. The order and
every choice follow from the recipe's seed and the poem's text alone, so that a run can be repeated.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log
from pathlib import Path

from duende.errors import SourceError, TrainingError
from duende.language import LANGUAGES
from duende.poem import SENTENCE_END, Language, count_words
from duende.poetics.scan import scan
from duende.training.recipe import Data
from duende.voice.prompts import ERAS, RHYMED, Code, last_word

KEPT = 0.9
"""A poem is headed by a form that it keeps at least so well (`duende.poetics`)."""
MOSTLY_RHYMED = 0.5
HELD_OUT = 0.1
"""The share of a JSONL file's poems that is kept for validation, by a hash of the text."""


@dataclass(frozen=True, slots=True)
class Source:
    """A poem of a corpus: its language, its text, and the era that its author lived in."""

    lang: Language
    text: str
    era: str


@dataclass(frozen=True, slots=True)
class TaughtPoem:
    """A poem as it is taught; `codes` has one for each line that is not blank, or is None."""

    lang: Language
    lines: tuple[str, ...]
    era: str
    form: str
    codes: tuple[Code, ...] | None = None


def read_poems(corpus: Path, split: str) -> list[Source]:
    """The poems of a split (`train` or `validation`) of a built corpus or of a JSONL file.

    Raises `TrainingError` where there is no corpus, or a line that is not a poem.
    """
    if corpus.is_dir():
        from duende.corpus.published import open_corpus

        try:
            batches = open_corpus(corpus).batches(split, ("lang", "period", "text"))
            rows = [row for batch in batches for row in batch.to_pylist()]
        except SourceError as error:
            raise TrainingError(str(error)) from error
        return [_source(row["lang"], row["text"], row["period"]) for row in rows]
    held_out = split != "train"
    poems = list(read_jsonl(corpus))
    return [poem for poem in poems if (_draw(poem.text, "split") < HELD_OUT) == held_out] or poems


def read_jsonl(path: Path) -> Iterator[Source]:
    """The poems of a JSONL file, gzipped or not, with `lang` and `text` and perhaps `period`.

    Raises `TrainingError` that names the line, or says that there is none.
    """
    number = 0
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):  # noqa: B007, told in the error
                if line.strip():
                    row = json.loads(line)
                    yield _source(row["lang"], row["text"], row.get("period") or "")
        if not number:
            raise TrainingError(f"{path} has no poem: give JSONL with lang and text.")
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"{path}, line {number}: this is not a poem with lang (en or es) and text ({error})."
        ) from error


def _source(lang: str, text: str, era: str) -> Source:
    if lang not in LANGUAGES or not isinstance(text, str) or not text.strip():
        raise ValueError("a poem needs lang, en or es, and a text")
    return Source(lang, text, era if era in ERAS else "")


def in_order(poems: Iterable[Source], data: Data, *, seed: str) -> list[Source]:
    """The poems of one language in the order of a weighted draw without replacement.

    A poem's key is -ln(u) / weight for a u in (0, 1) drawn from its text: sorted by it, poems
    come as if drawn one by one with these weights (Efraimidis and Spirakis, "Weighted random
    sampling with a reservoir", 2006).
    """
    weighed = ((poem, data.eras.get(poem.era or "unknown", 1.0)) for poem in poems)
    keyed = [(-log(_draw(poem.text, seed)) / weight, poem) for poem, weight in weighed if weight]
    return [poem for _, poem in sorted(keyed, key=lambda pair: pair[0])]


def taught(poem: Source, data: Data, *, seed: str) -> TaughtPoem | None:
    """The poem as it is taught: cut, scanned, and headed or coded as a draw from its text says.

    None where its form is one of which the recipe takes only a share, and it is not in that.

    >>> text = "Vino la luna a mi puerta\\ncon una rosa encendida"
    >>> text += "\\ny me contó que la vida\\nes una ventana abierta."
    >>> poem = taught(Source("es", text, ""), Data(coded=1, bare=0), seed="1")
    >>> poem.form, [str(code) for code in poem.codes][:2]
    ('redondilla', ['8 puerta|', '8 encendida|'])
    """
    lines = cut(poem.text.split("\n"), data.words)
    form, codes = described(lines, poem.lang)
    if _draw(poem.text, seed, "form") >= data.forms.get(form, 1.0):
        return None
    coded = codes is not None and _draw(poem.text, seed, "coded") < data.coded
    bare = _draw(poem.text, seed, "bare") < data.bare
    return TaughtPoem(
        lang=poem.lang,
        lines=tuple(lines),
        era="" if bare else poem.era,
        form="" if bare else form,
        codes=codes if coded else None,
    )


def described(lines: Sequence[str], lang: Language) -> tuple[str, tuple[Code, ...] | None]:
    """The form that the header names, and a code for each line, or None where one has none."""
    scansion = scan("\n".join(lines), lang=lang)
    said = [line for line in scansion.lines if line.text.strip()]
    named = [m.form for m in scansion.forms if m.form != "free" and m.score >= KEPT]
    rhymed = sum(line.rhyme is not None for line in said) >= MOSTLY_RHYMED * len(said)
    form = named[0] if named else RHYMED if rhymed else "free"
    codes: list[Code] = []
    for line in said:
        word = last_word(line.text)
        if line.unknown or not word:
            return form, None
        codes.append(Code(line.syllables, word))
    return form, tuple(codes)


def cut(lines: Sequence[str], words: int) -> list[str]:
    """The beginning of a poem, at most `words` long, that ends where a stanza does.

    Where the first stanza is longer it ends where a sentence does, or else where a line does.

    >>> cut(["one two", "three", "", "four five", "six"], 4)
    ['one two', 'three']
    >>> cut(["one two.", "three four", "five"], 4)
    ['one two.']
    """
    lines = "\n".join(line.strip() for line in lines).strip("\n").split("\n")
    fitting, room = 0, words
    while fitting < len(lines) and (room := room - count_words(lines[fitting])) >= 0:
        fitting += 1
    if fitting == len(lines):
        return lines
    ends: Mapping[str, list[int]] = {
        "stanza": [at for at in range(1, fitting + 1) if not lines[at] and lines[at - 1]],
        "sentence": [at + 1 for at in range(fitting) if SENTENCE_END.search(lines[at])],
    }
    end = next((places[-1] for places in ends.values() if places), max(1, fitting))
    return lines[:end]


def _draw(*of: str) -> float:
    """A number above 0 and below 1 that follows from the texts given."""
    digest = blake2b("\x00".join(of).encode(), digest_size=7).digest()
    return (int.from_bytes(digest) + 0.5) / 2**56
