"""Datasets through Hugging Face's library, from a local folder; the hub itself is never asked."""

import json
import sys
from pathlib import Path

import pytest

from duende.corpus.entry import Entry, Problem
from duende.errors import SourceError


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network, and no cache but the test's own."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def read(path: str | Path) -> tuple[list[Entry], list[str]]:
    """The poems, and what was complained of."""
    from duende.corpus.readers import hub

    problems: list[Problem] = []
    return list(hub.read(path, problems.append)), [str(problem) for problem in problems]


def write(folder: Path, split: str, rows: list[dict[str, object]]) -> None:
    """A split of a dataset as JSON lines."""
    folder.mkdir(exist_ok=True)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / f"{split}.jsonl").write_text(lines + "\n", encoding="utf-8")


def test_every_split_of_a_local_folder(tmp_path: Path) -> None:
    row = {"poem name": "La acequia", "content": "Canta\nel agua.", "idioma": "español"}
    write(tmp_path / "poemas", "train", [{**row, "author": "Nadie"}, {**row, "author": None}])
    write(tmp_path / "poemas", "test", [{**row, "author": "Otra"}])
    poems, problems = read(tmp_path / "poemas")
    assert problems == []
    assert sorted(poem.place for poem in poems) == [
        "poemas:test:1", "poemas:train:1", "poemas:train:2",
    ]  # fmt: skip
    assert sorted(poem.author for poem in poems) == ["", "Nadie", "Otra"]
    assert {(poem.title, poem.text, poem.lang) for poem in poems} == {
        ("La acequia", "Canta\nel agua.", "es")
    }


def test_a_poem_as_a_list_of_lines(tmp_path: Path) -> None:
    write(tmp_path / "lists", "train", [{"poem": ["Canta", "el agua."]}])
    assert read(tmp_path / "lists")[0][0].text == "Canta\nel agua."


def test_an_id_that_cannot_be_had_is_one_sentence() -> None:
    with pytest.raises(SourceError, match=r"nobody/nothing-at-all cannot be read") as caught:
        read("nobody/nothing-at-all")
    assert "\n" not in str(caught.value)


def test_no_column_of_poems_is_said(tmp_path: Path) -> None:
    write(tmp_path / "labels", "train", [{"label": 1}])
    with pytest.raises(SourceError, match="there are label"):
        read(tmp_path / "labels")


def test_a_dataset_with_code_is_not_run(tmp_path: Path) -> None:
    folder, mark = tmp_path / "code", tmp_path / "mark"
    folder.mkdir()
    (folder / "code.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    with pytest.raises(SourceError):
        read(folder)
    assert not mark.exists()


def test_a_damaged_file_keeps_what_came_before(tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    good = "\n".join(json.dumps({"poem": f"Canta {n}"}) for n in range(3))
    (folder / "train-0.jsonl").write_text(good + "\n")
    (folder / "train-1.jsonl").write_text('{"poem": "Ca')
    poems, problems = read(folder)
    assert len(poems) == 3
    assert len(problems) == 1
    assert "what came before is kept" in problems[0]


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(SourceError, match=r"pip install 'duende\[train\]'"):
        read("nobody/nothing")
