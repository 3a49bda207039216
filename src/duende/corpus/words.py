"""Counts the words of a built corpus for the rhyming dictionary.

A corpus goes in, and the tokens of a model of today, whose order tells how common a word is now;
a list of words comes out for each language, with how often poets end a line with each, as
`duende.poetics.dictionary` reads it. Knows nothing of sounds.
"""

import gzip
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from duende.corpus.disk import replace_file
from duende.corpus.published import SPLITS, Published, open_corpus
from duende.errors import SourceError
from duende.language import identify
from duende.poem import Language
from duende.poetics.english.lexicon import entries
from duende.poetics.phonology import phonology

AUTHORS = 3  # who must use a word: of those that one or two do, a third are slips or dialect
LOWER = 0.2  # of a word's places within a line, so many in lower case; names have next to none
FOREIGN = 60  # times as common in the other language: "the" among Spanish words, not "he"
RESPELT = 3  # times as common in the spelling of today: "me" and "mee", not "breath" and "breathe"
ENGLISH = 0.04  # the least share of English in a word of today: "airplane" has 0.11, "maison" 0.01
ZIPF = 70_000  # per million words, the commonest word's share: 6 to 7 % in either language
MORE_TODAY = 10  # a word is at most so many times as common today as in the poems: "im" is a piece
SMALLEST = 0.01  # the finest frequency that is written, per million words

_WORD = re.compile(r"[^\W\d_]+(?:['’-]+[^\W\d_]+)*")
_LETTERS = {
    "en": re.compile(r"[a-z]{2,}|[aIo]"),
    "es": re.compile(r"[a-záéíóúüñ]+[aeiouáéíóúdjlnrsxyz]|[aeouy]"),
}
_TWICE = re.compile(r"([^clr])\1")  # letters that Spanish does not double
_VOWEL = re.compile("[aeiouyáéíóúI]")
_SPACE = "\u2581"  # how a token tells that a word begins


@dataclass
class Counted:
    """The words of one language: in lower case, capitalised within a line, last of a line, and
    who uses them.
    """

    lower: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    last: Counter[str] = field(default_factory=Counter)
    authors: dict[str, set[str]] = field(default_factory=dict)
    total: int = 0
    lines: int = 0

    def add(self, text: str, author: str) -> None:
        """Count the words of a poem.

        >>> counted = Counted()
        >>> counted.add("The moon on Dover beach\\nShines on the beach", "me")
        >>> sorted(counted.lower), sorted(counted.capital), sorted(counted.last)
        (['beach', 'moon', 'on', 'the'], ['dover'], ['beach'])
        """
        for line in text.splitlines():
            words = _WORD.findall(line)
            if words:
                self.lines += 1
                self.last[words[-1] if words[-1] == "I" else words[-1].lower()] += 1
            for place, word in enumerate(words):
                if not word.isalpha():
                    continue  # contractions and compounds
                self.total += 1
                if word.islower() or word == "I":
                    self.lower[word] += 1
                    self.authors.setdefault(word, set()).add(author)
                elif place:  # every line may begin with a capital
                    self.capital[word.lower()] += 1

    def per_million(self, word: str) -> float:
        """How often the word stands in a million."""
        return 1e6 * self.lower[word] / max(1, self.total)

    def per_million_ends(self, word: str) -> float:
        """How often a million lines end with the word; little for "the", however common it is.

        A hundredth of how common it is anywhere tells apart the words that end no line at all.
        """
        return 1e6 * self.last[word] / max(1, self.lines) + self.per_million(word) / 100


def list_words(folder: Path, out: Path, *, tokens: Sequence[str]) -> dict[Language, int]:
    """Write `en.tsv.gz` and `es.tsv.gz` into `out`, and say how many words each has.

    `tokens` are the texts of a model's tokens, the commonest first, as its tokenizer has them.
    The same corpus and tokens give the same bytes. Raises `SourceError` where the corpus cannot
    be read.
    """
    counted = count(open_corpus(folder))
    out.mkdir(parents=True, exist_ok=True)
    sizes: dict[Language, int] = {}
    for lang in get_args(Language):
        found = frequencies(lang, counted, tokens)
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        text = "".join(f"{word}\t{frequency:.2f}\n" for word, frequency in ranked)
        _pack(out / f"{lang}.tsv.gz", text)
        sizes[lang] = len(ranked)
    index_words(out)
    return sizes


def index_words(folder: Path) -> None:
    """Write beside the lists in `folder` which words share each key of rhyme.

    To be run again when the sounds of a language have changed; it needs no corpus. Raises
    `SourceError` where a list is missing.
    """
    for lang in get_args(Language):
        sounds = phonology(lang)
        try:
            packed = (folder / f"{lang}.tsv.gz").read_bytes()
        except OSError as error:
            raise SourceError(
                f"{folder} has no list of words {lang}.tsv.gz: name a corpus to make it from"
            ) from error
        lines = gzip.decompress(packed).decode().splitlines()
        for kind in sounds.kinds:
            index: dict[str, list[int]] = {}
            for place, line in enumerate(lines):
                for key in sounds.rhyme_keys(line.partition("\t")[0], kind):
                    index.setdefault(key, []).append(place)
            text = "".join(f"{key}\t{' '.join(map(str, index[key]))}\n" for key in sorted(index))
            _pack(folder / f"{lang}.{kind}.tsv.gz", text)


def _pack(path: Path, text: str) -> None:
    replace_file(path, gzip.compress(text.encode(), mtime=0))


def count(corpus: Published) -> dict[Language, Counted]:
    """The words of every poem in a corpus."""
    counted: dict[Language, Counted] = {lang: Counted() for lang in get_args(Language)}
    for split in SPLITS:
        for batch in corpus.batches(split, ("lang", "author", "text")):
            for row in batch.to_pylist():
                counted[row["lang"]].add(row["text"], row["author"] or "")
    return counted


def frequencies(
    lang: Language, counted: Mapping[Language, Counted], tokens: Sequence[str]
) -> dict[str, float]:
    """The words of `lang`, and how many of a million lines end with each.

    Half is what the poems say, half what the tokens of today do; a word that both languages have
    is counted in the poems alone, since tokens do not tell whose it is.
    """
    ours = counted[lang]
    others = [each for other, each in counted.items() if other != lang]
    today = list(dict.fromkeys(_whole_words(lang, tokens)))
    capitals = _more_often_capital(tokens)
    known = set(today)
    kept = {word for word in ours.lower if _is_verse(word, lang, ours, known)}
    kept |= {word for word in known - capitals if _is_of_today(word, lang, ours, known)}
    kept |= set(_table(lang)["today"])
    kept -= {word for word in kept if _belongs_to(others, word, ours)} - set(_table(lang)["ours"])
    kept -= set(_table(lang)["left_out"])
    shared = {word for word in kept if any(word in other.lower for other in others)}
    alone = [word for word in today if word in kept and word not in shared]
    place = {word: number for number, word in enumerate(alone, start=1)}
    found = {}
    for word in kept:
        frequency = ours.per_million_ends(word if word in ours.lower else word.lower())
        if word not in shared:
            now = ZIPF / place[word] if word in place else 0.0
            most = MORE_TODAY * max(frequency, 1.0)
            frequency = (frequency + min(now, most)) / 2
        found[word] = max(frequency, SMALLEST)
    return found


def _whole_words(lang: Language, tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        if token.startswith(_SPACE) and _LETTERS[lang].fullmatch(token[1:]):
            yield token[1:]


def _more_often_capital(tokens: Sequence[str]) -> set[str]:
    """The words that come capitalised before they come in lower case: "Boston", "Klaus"."""
    seen: set[str] = set()
    names: set[str] = set()
    for token in tokens:
        word = token[1:]
        if token.startswith(_SPACE) and word.isalpha():
            if word.islower():
                seen.add(word)
            elif word.lower() not in seen:
                names.add(word.lower())
    return names


def _is_verse(word: str, lang: Language, counted: Counted, today: Set[str]) -> bool:
    """Whether enough poets use a word, in the spelling of today."""
    if not _LETTERS[lang].fullmatch(word) or not _VOWEL.search(word):
        return False
    if len(counted.authors[word]) < AUTHORS:
        return False
    lower = counted.lower[word]
    if lower < LOWER * (lower + counted.capital[word]):
        return False
    if lang == "es" or word in today:
        return True
    # "loue", "mee", "beautie", "drinkin" are other words in another spelling.
    spelt = {word.replace("u", "v"), word.removesuffix("e"), re.sub("ie$", "y", word)}
    spelt |= {re.sub("in$", "ing", word), word.replace("y", "i")}
    respelt = [each for each in spelt - {word} if entries(each)]
    if entries(word.lower()):
        return not any(counted.lower[each] > RESPELT * lower for each in respelt)
    # "knoweth", "lovest" are no use to a living poet.
    return not respelt and len(word) > 3 and not re.search(r"eth$|[^i]est$", word)


def _is_of_today(word: str, lang: Language, counted: Counted, known: Set[str]) -> bool:
    """Whether a token is a word of the language that verse of the past lacked."""
    ending = len(word) > 6 and word.endswith(tuple(_table(lang)["endings"]))
    if lang == "es":
        seen = bool(counted.lower[word]) and len(word) > 3 and not entries(word)
        return ending or (seen and not _TWICE.search(word))
    if not entries(word) or len(word) < 3:
        return False
    if ending:
        return True
    # What tokens leave of a word, and most foreign words, have no other forms beside them.
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed")}
    kin = {stem + more for stem in stems for more in ("", "s", "es", "d", "ed", "ing", "ly")}
    if (kin - {word}).isdisjoint(known):
        return False
    told = identify(word)
    least = ENGLISH if len(word) > 4 else 4 * ENGLISH  # of short words many are pieces
    return bool(counted.lower[word]) or (
        told.lang == "en" and told.certainty * (1 - told.foreign) > least
    )


def _belongs_to(others: Iterable[Counted], word: str, ours: Counted) -> bool:
    """Whether a word is of another language, quoted now and then, or a token shared with it."""
    here = max(ours.per_million(word), SMALLEST)
    return any(other.per_million(word) > FOREIGN * here for other in others)


@cache
def _table(lang: Language) -> dict[str, Any]:
    text = (files("duende.corpus") / "words.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)[lang]
    return table
