"""The plan, and poems that are written once however often it stops."""

import json
from pathlib import Path

import pytest

from duende.composer.request import ask
from duende.errors import VoiceError
from duende.evaluation.poems import Sample, Task, first_lines, plan, write_poems
from duende.language import LANGUAGES, identify

WRITER = {"name": "test", "sha256": "1"}


def _write(task: Task) -> Sample:
    lines = (f"{task.first_line}, again", f"{task.seed}")
    return Sample(task.lang, task.first_line, lines, "complete", task.seed, task.kind)


def test_first_lines_can_be_asked_for_and_are_in_their_language() -> None:
    for lang in LANGUAGES:
        lines = first_lines()[lang]
        assert len(lines) == len(set(lines)) >= 50
        known = [line for line in lines if len(line.split()) > 3]
        assert sum(identify(line).lang == lang for line in known) / len(known) > 0.95
        assert any(len(line.split()) == 1 for line in lines)
        assert any(len(line.split()) > 10 for line in lines)
        for line in (*lines, *first_lines("provoking")[lang]):
            ask(line, lang=lang)
    assert not set(first_lines()["en"]) & set(first_lines("provoking")["en"])


def test_every_line_comes_once_before_any_comes_again() -> None:
    tasks = [task for task in plan(poems=75, seeds=2) if task.kind == "ordinary"]
    english = [task for task in tasks if task.lang == "en"]
    assert len(english) == 75
    assert [task.seed for task in english] == [1] * 50 + [2] * 25
    assert [task.first_line for task in english[:50]] == list(first_lines()["en"])
    assert len(set(plan(poems=200, seeds=4))) == len(plan(poems=200, seeds=4))


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    tasks, path = plan(poems=3, seeds=1), tmp_path / "poems" / "test.jsonl"
    asked: list[Task] = []

    def tires(task: Task) -> Sample:
        asked.append(task)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return _write(task)

    with pytest.raises(KeyboardInterrupt):
        write_poems(tasks, path, write=tires, writer=WRITER)
    half_a_line = json.dumps({"kind": "ordinary"})[:-4]
    path.write_text(path.read_text(encoding="utf-8") + half_a_line, encoding="utf-8")
    done = path.read_text(encoding="utf-8").count("\n") - 1
    asked.clear()
    heard: list[tuple[int, int]] = []

    def counts(task: Task) -> Sample:
        asked.append(task)
        return _write(task)

    samples = write_poems(
        tasks,
        path,
        write=counts,
        writer=WRITER,
        at_once=2,
        told=lambda done, of: heard.append((done, of)),
    )
    assert 0 < done < len(tasks)
    assert len(asked) == len(tasks) - done
    assert [(each.first_line, each.seed) for each in samples] == [
        (task.first_line, task.seed) for task in tasks
    ]
    assert samples == [_write(task) for task in tasks]
    assert heard[-1] == (len(tasks), len(tasks))
    assert path.read_text(encoding="utf-8").count("\n") == 1 + len(tasks)

    def never(task: Task) -> Sample:
        raise AssertionError(task)

    assert write_poems(tasks, path, write=never, writer=WRITER) == samples


def test_poems_by_another_voice_of_that_name_are_not_taken(tmp_path: Path) -> None:
    tasks, path = plan(poems=1, seeds=1), tmp_path / "test.jsonl"
    write_poems(tasks, path, write=_write, writer=WRITER)
    before = path.read_bytes()
    with pytest.raises(VoiceError, match="--out"):
        write_poems(tasks, path, write=_write, writer={**WRITER, "sha256": "2"})
    assert path.read_bytes() == before


def test_a_smaller_plan_takes_its_own_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    large, small = plan(poems=3, seeds=1), plan(poems=1, seeds=1)
    write_poems(large, path, write=_write, writer=WRITER)
    assert len(write_poems(small, path, write=_write, writer=WRITER)) == len(small)
    assert path.read_text(encoding="utf-8").count("\n") == 1 + len(large)
