"""The whole of it: writers in, a report out, over a corpus of a few poems and with the echo."""

import json
import random
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import duende
from duende.cli import app
from duende.errors import VoiceError
from duende.evaluation.evaluate import Writer, evaluate
from duende.evaluation.floors import GOALS
from duende.evaluation.people import HumanPoem
from duende.evaluation.poems import Sample, Task

WORDS = {
    "en": [
        "the",
        "rain",
        "has",
        "a",
        "window",
        "and",
        "the",
        "street",
        "is",
        "long",
        "with",
        "old",
        "voices",
        "under",
        "every",
        "lamp",
    ],
    "es": [
        "la",
        "lluvia",
        "tiene",
        "una",
        "ventana",
        "y",
        "la",
        "calle",
        "es",
        "larga",
        "con",
        "voces",
        "viejas",
        "bajo",
        "cada",
        "luz",
    ],
}


def _verse(draw: random.Random, lang: str, lines: int) -> str:
    return "\n".join(" ".join(draw.choices(WORDS[lang], k=6)) for _ in range(lines))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    draw = random.Random(1)
    for split, poems in (("train", 12), ("validation", 6), ("test", 6), ("dropped", 0)):
        rows = [
            {
                "lang": lang,
                "text": _verse(draw, lang, 12),
                "title": "t",
                "author": "a",
                "period": "unknown",
            }
            for lang in WORDS
            for _ in range(poems)
        ]
        schema = pyarrow.schema(
            [(name, pyarrow.string()) for name in ("lang", "text", "title", "author", "period")]
        )
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema), folder / f"{split}.parquet")
    (folder / "manifest.json").write_text(json.dumps({"poems": {"en": 24, "es": 24}}))
    return folder


def _writer(name: str, *, copies: Path | None = None) -> Writer:
    texts = parquet.read_table(copies / "train.parquet").to_pylist() if copies else []

    def write(task: Task) -> Sample:
        draw = random.Random(f"{name} {task}")
        text = _verse(draw, task.lang, 5)
        if texts:
            text = next(row["text"] for row in texts if row["lang"] == task.lang)
        lines = tuple(text.split("\n")[:5])
        return Sample(task.lang, task.first_line, lines, "complete", task.seed, task.kind)

    return Writer(name, write)


def test_a_report_from_first_to_last(corpus: Path, tmp_path: Path) -> None:
    scored: list[tuple[str, int, bool]] = []

    def score(voice: str, poems: object, coded: bool) -> dict[str, float]:
        scored.append((voice, len(list(poems)), coded))  # type: ignore[call-overload]
        bits = {"parrot": 1.5, "base": 2.0}[voice]
        return {"en": bits, "es": bits} if not coded else {}

    writers = [_writer("parrot", copies=corpus), _writer("base")]
    page = evaluate(
        writers,
        tmp_path,
        corpus=corpus,
        poems=4,
        seeds=1,
        pairs=2,
        score=score,  # type: ignore[arg-type]
    )
    assert page == tmp_path / "report" / "report.html"
    told = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    for lang in ("en", "es"):
        here = told["figures"][lang]
        assert set(here) == {"parrot", "base", "people", "n-gram"}
        assert {each["poems"] for each in here.values()} == {4}
        assert here["parrot"]["poems with a passage ≥ 0.7"] == 1.0
        assert here["parrot"]["poems with 12 words in a row"] == 1.0
        assert here["parrot"]["longest run shared with training"] == 30
        assert here["base"]["poems with a passage ≥ 0.7"] == 0.0
        assert here["parrot"]["self-BLEU"] > 0.99 > here["base"]["self-BLEU"]
        assert here["parrot"]["distinct-2"] < here["people"]["distinct-2"]
        assert here["people"]["poems that end by themselves"] is None
        assert here["n-gram"]["bits a byte, free"] < 4
        met = {each["what"]: each["met"] for each in told["goals"][lang]}
        assert met["bits a byte, below the bare base's"] == "aim"
        assert met["poems with a copied passage or run"] == "missed"
        assert met["poems that end by themselves within 200 words"] == "aim"
    assert set(scored) == {(name, 12, way) for name in ("parrot", "base") for way in (True, False)}
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert (
        "| bits a byte, below the bare base's | English | 8.0\xa0% | 15.0\xa0% | 25.0\xa0% | aim |"
        in text
    )
    assert text.count("**") == 2 * 8
    assert "2. en, seed 1, complete" in text
    html = page.read_text(encoding="utf-8")
    assert html.count("<blockquote>") == 8
    assert "<h1>The voice “parrot”, measured</h1>" in html
    assert "https://" not in html  # nothing is fetched to show it
    assert "parrot" not in (tmp_path / "blind.md").read_text(encoding="utf-8")
    assert len(json.loads((tmp_path / "blind-key.json").read_text(encoding="utf-8"))) == 2


def test_the_same_poems_give_the_same_report(corpus: Path, tmp_path: Path) -> None:
    writers = [_writer("one"), _writer("base")]
    first = evaluate(writers, tmp_path / "a", corpus=corpus, poems=3, seeds=1)

    def never(task: Task) -> Sample:
        raise AssertionError(task)

    again = evaluate(
        [Writer("one", never), Writer("base", never)],
        tmp_path / "a",
        corpus=corpus,
        poems=3,
        seeds=1,
    )
    other = evaluate(writers, tmp_path / "b", corpus=corpus, poems=3, seeds=1)
    assert first.read_bytes() == again.read_bytes() == other.read_bytes()


def test_without_a_corpus_there_is_no_originality(tmp_path: Path) -> None:
    page = evaluate([_writer("one")], tmp_path, poems=2, seeds=1)
    text = page.with_name("report.md").read_text(encoding="utf-8")
    assert "No corpus was given" in text
    assert "passage ≥" not in text
    assert "not measured" in text
    assert not (tmp_path / "blind.md").exists()


@pytest.mark.parametrize("names", [("a", "a"), ("people",), ("n-gram", "a"), ("../a",), ("",)])
def test_names_that_would_be_taken_for_one_another(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="rename"):
        evaluate([_writer(name) for name in names], tmp_path, poems=1, seeds=1)


def test_a_goal_is_missed_at_its_floor_or_reached() -> None:
    language, copies = GOALS[1], GOALS[3]
    assert [language.met(share, 0.99) for share in (0.98, 0.99, 0.998)] == [
        "missed",
        "floor",
        "aim",
    ]
    assert [copies.met(share, 0.02) for share in (0.03, 0.02, 0.0)] == ["missed", "floor", "aim"]


def test_the_command_line_with_the_echo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Path
) -> None:
    monkeypatch.setenv("DUENDE_ENGINE", "echo")
    monkeypatch.setenv("DUENDE_VOICES", str(tmp_path / "voices"))
    duende._opened.cache_clear()
    asked = ["evaluate", "base", "--out", str(tmp_path / "out"), "--corpus", str(corpus)]
    try:
        done = CliRunner().invoke(
            app, [*asked, "--poems", "2", "--seeds", "1", "--no-ngram", "--scored", "0"]
        )
    finally:
        duende._opened.cache_clear()
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "report" / "report.html").is_file()
    kept = (tmp_path / "out" / "poems" / "base.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 1 + 8
    assert json.loads(kept[1])["lines"]


def test_a_voice_or_a_corpus_that_is_not_there(tmp_path: Path) -> None:
    nobody = CliRunner().invoke(app, ["evaluate", "nobody", "--out", str(tmp_path)])
    assert nobody.exit_code == 1
    assert "nobody" in nobody.output
    nobody = CliRunner().invoke(app, ["evaluate", "nobody", "--forms", "--out", str(tmp_path)])
    assert nobody.exit_code == 1
    assert "nobody" in nobody.output
    two = ["evaluate", "base", "--forms", "--against", "default", "--out", str(tmp_path)]
    refused = CliRunner().invoke(app, two)
    assert refused.exit_code == 2
    assert "one voice" in refused.output


def test_a_corpus_is_looked_for_before_anything_is_written(tmp_path: Path) -> None:
    def never(task: Task) -> Sample:
        raise AssertionError(task)

    with pytest.raises(Exception, match="no corpus"):
        evaluate([Writer("one", never)], tmp_path / "out", corpus=tmp_path, poems=1, seeds=1)


def test_poems_of_people_know_their_lines() -> None:
    assert HumanPoem("en", "one\n\ntwo\n").lines == ["one", "two"]
