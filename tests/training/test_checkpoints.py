"""Checkpoints: after a kill a run goes on to the very same weights, and to no others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from duende.errors import TrainingError
from duende.training.checkpoints import FILE
from training.small_runs import kept, learn

HERE = Path(__file__).parent


def killed(folder: Path, *, at: int, minutes: float) -> None:
    """Train in another process that is killed with SIGKILL after a step."""
    result = subprocess.run(
        [sys.executable, HERE / "killed.py", folder, str(at), str(minutes)],
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"},
        timeout=150,
    )
    assert result.returncode == -signal.SIGKILL


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Whether two checkpoints are the same, bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("minutes", [10, 0], ids=["kept at 20", "kept at every step"])
def test_a_run_that_was_killed_goes_on_to_the_same_weights(tmp_path: Path, minutes: float) -> None:
    """40 steps; 20 steps, then a process that is killed at step 30, then the rest."""
    whole = learn(tmp_path / "whole")
    broken = tmp_path / "broken"
    learn(broken, stop_after=20)
    killed(broken, at=30, minutes=minutes)
    reached = kept(broken)["step.transformer.wte.weight"]
    assert reached == (20 if minutes else 29)
    gone_on = learn(broken)
    assert gone_on.step == whole.step == 40
    assert same(kept(broken), kept(tmp_path / "whole"))
    assert gone_on.curve == whole.curve
    assert gone_on.validation == whole.validation


def test_another_beginning_ends_elsewhere(tmp_path: Path) -> None:
    """That the two above agree says something: other weights at first, others at the end."""
    from training.small_runs import model

    learn(tmp_path / "one", steps=5)
    learn(tmp_path / "other", steps=5, model=model(seed=1))
    assert not same(kept(tmp_path / "one"), kept(tmp_path / "other"))


def test_a_checkpoint_of_something_else_is_not_taken_up(tmp_path: Path) -> None:
    learn(tmp_path, steps=2)
    with pytest.raises(TrainingError, match="another recipe"):
        learn(tmp_path, steps=2, run="something else")


@pytest.mark.parametrize("size", [0, 7, 5000])
def test_a_damaged_checkpoint_says_so(tmp_path: Path, size: int) -> None:
    learn(tmp_path, steps=2)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(TrainingError, match="remove it to begin again"):
        learn(tmp_path, steps=2)
