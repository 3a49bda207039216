"""Scores: the sum of log-probabilities over bytes, whichever way it is computed."""

import json
import math
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from duende.cli import app
from duende.errors import TrainingError
from duende.evaluation.score import Scorer, windowed
from duende.training.poems import Source, TaughtPoem
from duende.training.rows import TokenisedPoem, tokenise
from duende.voice.base import Base
from duende.voice.voices import find_voice

POEMS = [
    Source("en", "The lamp goes out.\nNobody minds the dark.\n\nIt minds us.", ""),
    Source("es", "Se apaga la lámpara.\nA nadie le importa.", "19th-century"),
]


@pytest.fixture(scope="module")
def scorer(base: Base) -> Scorer:
    return Scorer(find_voice("base"), base)


def test_a_score_is_what_transformers_says_of_the_verse(scorer: Scorer) -> None:
    scores = scorer.score(POEMS)
    model, tokenizer = scorer.model, scorer.tokenizer
    header = "Poem in English:\n"
    verse = POEMS[0].text + "\n"
    ids = tokenizer(header + verse)["input_ids"]
    given = len(tokenizer(header)["input_ids"])
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    bits = -sum(logits[at - 1, ids[at]].item() for at in range(given, len(ids))) / math.log(2)
    first = scores.poems[0]
    assert first.bits == pytest.approx(bits, rel=1e-4)
    assert first.bytes == len(verse.encode())
    assert scores.bits_per_byte("en") == pytest.approx(bits / len(verse.encode()), rel=1e-4)
    assert scores.perplexity_a_word("en") == pytest.approx(2 ** (bits / 11), rel=1e-3)


def test_codes_are_given_and_not_counted(scorer: Scorer) -> None:
    free, coded = (scorer.score(POEMS, coded=each) for each in (False, True))
    assert [poem.bytes for poem in free.poems] == [poem.bytes for poem in coded.poems]
    assert coded.bits_per_byte("es") < free.bits_per_byte("es")


def test_windows_count_every_token_once() -> None:
    for size in (1, 5, 8, 9, 40):
        poem = TokenisedPoem(list(range(size)), [True] * size, [True] * size, size)
        found = [
            token
            for each in windowed(poem, 8)
            for token, counts in zip(each.tokens, each.verse, strict=True)
            if counts
        ]
        assert found == list(range(size))
        assert all(len(each.tokens) <= 8 for each in windowed(poem, 8))


def test_header_says_no_more_than_the_file(scorer: Scorer) -> None:
    tokenizer = scorer.tokenizer
    written = tokenise(TaughtPoem("es", ("Sol.",), "19th-century", ""), tokenizer)
    assert tokenizer.decode(written.tokens[1:]).startswith("Poema en español, siglo XIX:\nSol.")


def test_the_command_prints_what_is_promised(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl"
    rows = ({"lang": poem.lang, "text": poem.text} for poem in POEMS)
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    ran = CliRunner().invoke(app, ["score", str(path), "--voice", "base", "--json"])
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert set(told["languages"]) == {"en", "es"}
    for lang, poem in zip(("en", "es"), told["poems"], strict=True):
        own = told["languages"][lang]
        assert own["poems"] == 1
        assert own["bytes"] == poem["bytes"]
        assert 0.5 < own["bits_per_byte"] < 4
        assert own["bits_per_byte"] == poem["bits_per_byte"]


def test_nothing_to_score_is_told(tmp_path: Path, scorer: Scorer) -> None:
    with pytest.raises(TrainingError, match="no poem"):
        scorer.score([])
    path = tmp_path / "empty.jsonl"
    path.write_text("", encoding="utf-8")
    ran = CliRunner().invoke(app, ["score", str(path)])
    assert ran.exit_code == 1
    assert "no poem" in ran.stderr
