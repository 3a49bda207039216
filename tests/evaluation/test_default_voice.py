"""The voice that ships is no worse than it was: its figures against their floors in floors.json."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import floors


@pytest.fixture(scope="module")
def scores() -> dict[str, float]:
    return floors.default_voice()


def test_every_floor_is_kept(scores: dict[str, float]) -> None:
    assert set(scores) == set(floors.kept()[floors.VOICE])
    assert not floors.missed(scores, floors.kept()[floors.VOICE])


def test_it_keeps_the_forms() -> None:
    scores = floors.in_form()
    assert set(scores) == set(floors.kept()[floors.IN_FORM])
    assert not floors.missed(scores, floors.kept()[floors.IN_FORM])
