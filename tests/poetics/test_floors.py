"""Verse is read no worse than it was: each measure on the gold against its floor in floors.json."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench import gold

import floors


@pytest.fixture(scope="module")
def own() -> gold.Scores:
    """The scores on our own gold."""
    return gold.ours(floors.OWN_GOLD)


@pytest.fixture(scope="module")
def large() -> gold.Scores:
    """The scores on the large gold, where there is one."""
    folder = floors.large_gold()
    if folder is None:
        pytest.skip("DUENDE_GOLD names no folder: the large gold may not be in the repository")
    return gold.large(folder)


@pytest.mark.parametrize("measure", floors.kept()[floors.OWN])
def test_our_own_gold(measure: str, own: gold.Scores) -> None:
    assert not floors.missed(own, {measure: floors.kept()[floors.OWN][measure]})


@pytest.mark.parametrize("measure", floors.kept()[floors.LARGE])
def test_the_large_gold(measure: str, large: gold.Scores) -> None:
    if measure not in large:
        pytest.skip("the folder has no table for it")
    assert not floors.missed(large, {measure: floors.kept()[floors.LARGE][measure]})


def test_every_measure_has_a_floor(own: gold.Scores) -> None:
    assert set(own) == set(floors.kept()[floors.OWN])


@pytest.mark.parametrize("table", [gold.OUR_SPANISH, gold.OUR_ENGLISH])
def test_our_lines_are_a_table(table: str) -> None:
    rows = gold.lines(floors.OWN_GOLD / table)
    assert len(rows) >= 120
    assert len({row.line for row in rows}) == len(rows)
    for row in rows:
        assert set(row.stresses) <= {"+", "-"}, row
        assert "+" in row.stresses, row


def test_our_pairs_are_a_table() -> None:
    known = gold.pairs(floors.OWN_GOLD / gold.OUR_PAIRS)
    assert Counter(pair.lang for pair in known).most_common()[-1][1] >= 150
    assert len({frozenset(pair[:3]) for pair in known}) == len(known)
    told = {(pair.lang, pair.kind) for pair in known}
    english = ("perfect", "slant", "eye", "identical", None)
    assert told == {("en", kind) for kind in english} | {
        ("es", kind) for kind in ("consonante", "asonante", "idéntica", None)
    }


HEARD = [
    # gold, heard: whether the count is right, in range, and how much of the stress is
    ("-+-+", (4, 4, "-+-+"), 1, 1, 1.0),
    ("-+-+", (4, 4, "++-+"), 1, 1, 0.75),
    ("-+-+", (4, 5, "-+--+"), 0, 1, 0.8),
    ("-+-+", (2, 3, "-+-"), 0, 0, 0.75),
    ("-+-+", (0, 0, ""), 0, 0, 0.0),
]


@pytest.mark.parametrize(("stresses", "heard", "count", "in_range", "stress"), HEARD)
def test_measures(stresses: str, heard: Any, count: int, in_range: int, stress: float) -> None:
    row, said = [gold.Gold("…", stresses)], [gold.Heard(*heard)]
    assert gold.count(row, said) == count
    assert gold.in_range(row, said) == in_range
    assert gold.stress(row, said) == stress
    assert gold.pattern(row, said) == (stress == 1)


def test_pairs_of_a_stanza_are_counted_as_often_as_they_meet(tmp_path: Path) -> None:
    table = tmp_path / gold.STANZAS
    stanza = "nobody\tbread head bread moon\t1 1 1 2"
    table.write_text(f"author\tend_words\tscheme\n{stanza}\n{stanza}\n", encoding="utf-8")
    met = gold.stanza_pairs(table)
    assert met == {
        ("bread", "head", True): 4,
        ("bread", "moon", False): 4,
        ("head", "moon", False): 2,
    }
    assert gold.rates(met, [("bread", "head", True), ("head", "moon", False)]) == (1.0, 1 / 3)
    scores = gold.large(tmp_path)
    assert scores["en rhymes found"] == 1
    assert scores["en false rhymes"] == 0


def test_a_worse_score_is_told() -> None:
    limits = {"en rhymes found": 0.9, "en false rhymes": 0.02}
    assert not floors.missed({"en rhymes found": 0.9, "en false rhymes": 0.02}, limits)
    assert set(floors.missed({"en rhymes found": 0.899, "en false rhymes": 0.021}, limits)) == set(
        limits
    )


def test_floors_are_lowered_with_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "FLOORS", tmp_path / "floors.json")
    monkeypatch.setattr(floors, "LOG", tmp_path / "log.md")
    floors.FLOORS.write_text(json.dumps({floors.OWN: {"a": 0.9, "b": 0.5}}), encoding="utf-8")
    floors.LOG.write_text("# Log\n", encoding="utf-8")
    assert floors.lower({floors.OWN: {"a": 0.95, "b": 0.5}}, "nothing is lower") == []
    assert floors.LOG.read_text(encoding="utf-8") == "# Log\n"
    floors.lower({floors.OWN: {"a": 0.8, "b": 0.6}}, "A new table.")
    assert floors.kept() == {floors.OWN: {"a": 0.8, "b": 0.5}}
    assert floors.LOG.read_text(encoding="utf-8").endswith("a: 0.9 → 0.8. A new table.\n")
