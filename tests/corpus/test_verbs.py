"""The verbs of the corpus on the command line: what is printed, and the exit status."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.poems import ENGLISH, SPANISH, jsonl
from duende.cli import app

runner = CliRunner()


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    """Poems of ours, as JSON lines."""
    return jsonl(tmp_path / "poems.jsonl", ENGLISH | SPANISH, author="Ann Other")


def test_build_show_and_report(poems: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    built = runner.invoke(app, ["build", "--source", str(poems), "--out", str(out)])
    assert built.exit_code == 0, built.output
    assert "2 poems in English, 2 in Spanish" in built.output
    again = runner.invoke(app, ["build", "--source", str(poems), "--out", str(out)])
    assert "It was there already" in again.output
    shown = runner.invoke(app, ["corpus", "show", "patio", "--corpus", str(out)])
    assert shown.exit_code == 0
    assert SPANISH["Patio"] in shown.output
    assert "poems.jsonl:3" in shown.output
    drawn = runner.invoke(app, ["corpus", "show", "--corpus", str(out), "--seed", "1"])
    assert "Ann Other" in drawn.output
    reported = runner.invoke(app, ["corpus", "report", str(out)])
    assert Path(reported.output.strip()).read_text("utf-8").startswith("<!doctype html>")


def test_build_says_what_could_not_be_read_and_exits_with_3(poems: Path, tmp_path: Path) -> None:
    with poems.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    result = runner.invoke(
        app, ["build", "--source", str(poems), "--out", str(tmp_path / "corpus")]
    )
    assert result.exit_code == 3
    assert "poems.jsonl, line 5: the line is no JSON object" in result.output
    assert "2 poems in English" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["build", "--source", "nowhere.csv", "--out", "corpus"], "nowhere.csv is not there"),
        (["build", "--source", "nobody=x", "--out", "corpus"], "There is no source 'nobody'"),
        (["corpus", "show", "x", "--corpus", "nowhere"], "nowhere"),
        (["corpus", "report", "nowhere"], "nowhere"),
        (["corpus", "fetch", "nowhere", "--out", "x", "--contact", "me@example.org"], "nowhere"),
        (["corpus", "fetch", "ciudadseva", "--out", "x"], "contact"),
    ],
)
def test_corpus_mistakes_are_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DUENDE_CONTACT", raising=False)
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert sentence in result.output
    assert result.output.startswith("duende: ")
    assert "Traceback" not in result.output


def test_ctrl_c_says_that_it_goes_on(
    poems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duende.corpus import build

    def stopped(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build", stopped)
    result = runner.invoke(app, ["build", "--source", str(poems), "--out", str(tmp_path / "c")])
    assert result.exit_code == 130
    assert "goes on from here" in result.output
