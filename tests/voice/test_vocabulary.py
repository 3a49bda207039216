"""The vocabulary: closed under merges, the same for llama.cpp and transformers, and lossless."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duende.composer.engines.llamacpp import LlamaCpp
from duende.errors import BaseCorrupt, DuendeError
from duende.voice import vocabulary as room
from duende.voice.base import Base, vocabulary_of
from duende.voice.vocabulary import BYTE, NORMAL, Tokens, kept_tokens, merge
from duende.voice.voices import find_voice

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


@pytest.fixture(scope="module")
def tokens(base: Base) -> Tokens:
    """The tokens of the trimmed base."""
    return vocabulary_of(base.path)


@pytest.fixture(scope="module")
def texts(first_lines: dict[str, list[str]]) -> list[str]:
    """Texts of our own: first lines and example poems."""
    examples = ["\n".join(poem) for each in find_voice("base").examples.values() for poem in each]
    return [*first_lines["en"], *first_lines["es"], *examples]


def test_every_token_can_be_reached(tokens: Tokens) -> None:
    numbers = tokens.numbers()
    for text, kind in zip(tokens.texts, tokens.kinds, strict=True):
        if kind == NORMAL:
            assert merge(text, numbers, tokens.scores)[0] == [text]


def test_all_bytes_and_what_plain_text_needs(tokens: Tokens) -> None:
    assert sum(kind == BYTE for kind in tokens.kinds) == 256
    assert list(tokens.texts[:4]) == ["<pad>", "<eos>", "<bos>", "<unk>"]
    assert {"\n", "\n\n", "  ", "\t"} <= set(tokens.texts)
    assert not [text for text in tokens.texts if text.startswith(("<unused", "<start_of"))]
    assert len(tokens.texts) == len(kept_tokens())


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(chr, range(0x20, 0x7F))),
        "".join(map(chr, range(0xA0, 0x100))),
        "“curly” ‘quotes’ «angles» — – … ¡ay! ¿qué?",
        "🌙🔥👩‍👧 ☾ ❤️ 🇪🇸",
        "月光 東京 가을 луна φεγγάρι قمر",
        "tab\there, two  spaces,   three,\n\n\nthree breaks",
        "<eos><bos><start_of_turn>user<end_of_turn><unused7><b>bold</b>",
        "\u0301 alone, a\u0301 combined, ﬁ ligature, \u00ad soft, \ufeff mark",
    ],
)
def test_round_trip(text: str, engine: LlamaCpp) -> None:
    assert engine.detokenize(engine.tokenize(text)) == text


def test_round_trip_of_every_printable_latin_1_character(engine: LlamaCpp) -> None:
    for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]:
        for text in (chr(code), f"a{chr(code)} b", f"\n{chr(code)}"):
            assert engine.detokenize(engine.tokenize(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\u2581")))
def test_round_trip_of_anything(engine: LlamaCpp, text: str) -> None:
    assert engine.detokenize(engine.tokenize(text)) == text


def test_special_tokens_are_words_when_typed(engine: LlamaCpp, tokens: Tokens) -> None:
    for text in ("<eos>", "<bos>", "<pad>", "<unk>", "<start_of_turn>", "<start_of_image>"):
        assert all(tokens.kinds[number] in (NORMAL, BYTE) for number in engine.tokenize(text))


def test_transformers_reads_it_as_llama_cpp_does(
    base: Base, engine: LlamaCpp, texts: list[str]
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base.path.parent, gguf_file=base.path.name)
    for text in [*texts, *_poems(150)]:
        theirs = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert theirs == engine.tokenize(text), text


def _poems(count: int) -> list[str]:
    """So many poems a language of the public-domain corpora, where they are at hand."""
    poems: list[str] = []
    for path in sorted(CORPORA.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = file.readlines()
        poems += [json.loads(line)["text"] for line in random.Random(7).sample(lines, count)]
    return poems


def test_counts_and_closure() -> None:
    """A kept token brings the steps that lead to it, and nothing else."""
    texts = ["<pad>", "<eos>", "<bos>", "<unk>", "<0x41>", "\n", "l", "u", "z", "uz", "luz", "zu"]
    kinds = [3, 3, 3, 3, 6, 4] + [1] * 6
    tokens = Tokens(texts, kinds, [0.0] * 6 + [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0])
    counts = room.count([("es", "luz\nluz"), ("en", "zu")], tokens)
    assert counts == {"es": Counter({10: 2}), "en": Counter({11: 1})}
    kept = room.choose(counts, tokens, {"es": 1, "en": 0})
    assert [texts[number] for number in kept] == texts[:-1]
    assert room.coverage(counts, kept) == {"es": 1.0, "en": 0.0}


def test_the_list_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    room.write_kept_tokens([1, 5, 7], path)
    assert kept_tokens(path) == [1, 5, 7]
    for damaged in ("1\n5\n5\n", "5\n1\n", "", "one\n"):
        path.write_text(damaged)
        with pytest.raises(BaseCorrupt):
            kept_tokens(path)


@pytest.mark.parametrize("damage", ["truncated", "not json", "no text", "absent"])
def test_a_corpus_that_cannot_be_read_is_named(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl.gz"
    good = json.dumps({"lang": "en", "text": "a line"}) + "\n"
    bad = {"not json": "{", "no text": '{"lang": "en"}', "truncated": good * 2000}.get(damage, "")
    if damage != "absent":
        path.write_bytes(
            gzip.compress((good + bad).encode())[: -20 if damage == "truncated" else None]
        )
    with pytest.raises(DuendeError, match=r"poems\.jsonl\.gz, line \d+"):
        list(room.read_corpora([path]))


def test_plain_jsonl_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl"
    path.write_text('{"lang": "es", "text": "luz"}\n', encoding="utf-8")
    assert list(room.read_corpora([path])) == [("es", "luz")]
