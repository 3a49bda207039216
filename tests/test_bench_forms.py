"""The bench of verse in form: what a judge's answers come to, and what is written on a page."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import forms, referees
from bench.referees import Answers, Referee

LINES = [
    "Vino la luna a mi puerta",
    "con una rosa encendida",
    "y me contó que la vida",
    "es una ventana abierta.",
]


def poem(lines: list[str], seconds: float) -> dict[str, Any]:
    """A poem as JSON has it."""
    told = [
        {"syllables": 8, "let_off": ["weak rhyme"] if at == 3 else []} for at in range(len(lines))
    ]
    return {"lines": lines, "seed": 7, "seconds": seconds, "report": {"lines": told[: len(lines)]}}


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the judge will say of every line, and of every pair."""
    answers: dict[str, Any] = {"line": [8, 8, "-+-+-+-+"], "pair": "consonante"}

    def ask(referee: Referee, lines: list[str], pairs: list[tuple[str, str]]) -> Answers:
        heard = [answers.get(line, answers["line"]) for line in lines]
        rhymes = tuple(answers.get(" ".join(pair), answers["pair"]) for pair in pairs)
        return Answers(referee.name, "1", 0.0, tuple(heard), rhymes)

    monkeypatch.setattr(forms, "ask", ask)
    return answers


def test_a_judge_counts_lines_rhymes_and_poems(answered: dict[str, Any]) -> None:
    found = forms.judge("es", "redondilla", [poem(LINES, 3.0), poem(LINES[:3], 5.0)])
    assert (found.syllables, found.rhymes, found.shape, found.valid) == (1.0, 1.0, 0.5, 0.5)
    assert found.unheard == 0.0
    assert found.let_off == pytest.approx(1 / 5)
    assert found.seconds == 4.0
    assert forms.below(found) == ["redondilla (es): shape 50.0 %, floor 100 %"]
    assert forms.row(found).startswith(
        "| redondilla (es) | 2 | 100.0 % | 100.0 % | 50.0 % | 50.0 % |"
    )
    assert forms.row(found).count("|") == forms.JUDGED_HEAD.splitlines()[0].count("|")


def test_the_readers_line_is_not_judged_and_its_rhymes_are(answered: dict[str, Any]) -> None:
    answered[LINES[0]] = [11, 11, ""]
    answered["puerta abierta"] = "asonante"
    found = forms.judge("es", "redondilla", [poem(LINES, 3.0)])
    assert (found.syllables, found.rhymes, found.valid) == (1.0, 0.5, 0.0)


def test_a_line_that_the_judge_cannot_hear_is_left_out(answered: dict[str, Any]) -> None:
    answered[LINES[1]] = None
    answered["encendida vida"] = None
    found = forms.judge("es", "redondilla", [poem(LINES, 3.0)])
    assert (found.syllables, found.rhymes, found.valid) == (1.0, 1.0, 1.0)
    assert found.unheard == pytest.approx(1 / 3)
    answered[LINES[2]] = [7, 7, ""]
    found = forms.judge("es", "redondilla", [poem(LINES, 3.0)])
    assert (found.syllables, found.valid) == (0.5, 0.0)


def test_every_floor_is_held() -> None:
    best = forms.Judged("soneto", "es", 30, 0.9, 0.85, 1.0, 0.5, 0.0, 0.0, 15.0)
    assert not forms.below(best)
    for measure in forms.FLOORS:
        assert len(forms.below(replace(best, **{measure: 0.4}))) == 1  # type: ignore[arg-type]


def test_tables_stand_between_their_marks() -> None:
    page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    assert forms.put(page, "new\n", "<!-- x -->", "<!-- /x -->") == (
        "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"
    )
    shown = forms.as_text("redondilla", poem(LINES, 3.0))
    assert shown.startswith("**redondilla**, seed 7; let off: weak rhyme 1\n\n> Vino la luna")
    assert shown.endswith("> es una ventana abierta.")


SOUNDS = {
    "day": ["D EY1"],
    "bay": ["B EY1"],
    "tuesday": ["T UW1 Z D EY0"],
    "salt": ["S AO1 L T"],
    "bolt": ["B OW1 L T"],
}
STAND_IN = f"""
SOUNDS = {SOUNDS}

def phones_for_word(word):
    return SOUNDS.get(word, [])

def stresses(phones):
    return "".join(each for each in phones if each.isdigit())

def syllable_count(phones):
    return len(stresses(phones))
"""


def test_a_referee_answers_in_its_own_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The script is asked as it is, with a dictionary of five words in place of pronouncing's."""
    (tmp_path / "pronouncing.py").write_text(STAND_IN, encoding="utf-8")
    about = tmp_path / "pronouncing-1.0.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text("Metadata-Version: 2.1\nName: pronouncing\nVersion: 1.0\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(referees, "_environment", lambda *_, **__: (Path(sys.executable), ""))
    found = referees.ask(
        Referee("pronouncing", "en", ("pronouncing",)),
        ["day Tuesday", "salt day's", "blorp day"],
        [("day", "Tuesday"), ("salt", "bolt"), ("day", "bay"), ("day", "salt"), ("blorp", "day")],
    )
    assert not found.missing
    assert found.lines == ([3, 3, "++-"], [2, 2, "++"], None)
    assert found.pairs == ("near", "near", "perfect", "", None)
