"""Several processes learn what one learns from the same batches: the same losses and weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from duende.errors import TrainingError
from duende.training.cluster import follow_on_cluster
from duende.training.recipe import Recipe
from duende.training.run import RUN, follow
from duende.training.tracking import FILE
from training.small_runs import kept, recipe

HERE = Path(__file__).parent
LAUNCH = (
    *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_port", "0", "--module", "duende", "train"),
)
WITHIN = 1e-5
"""How far sums may be apart that were added in another order (weights are some 0.2)."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """The recipe of seconds, its base and its poems."""
    return recipe(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def alone(small: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process."""
    torch.set_num_threads(1)
    return follow(small, tmp_path_factory.mktemp("alone") / "run").folder


def start(*command: str | Path) -> str:
    """Run a command with one thread a process; return what it printed."""
    environment = {
        **os.environ,
        **dict.fromkeys(("OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM"), "1"),
        "PYTHONPATH": str(HERE.parent),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    result = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=170, env=environment
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    return result.stdout + result.stderr


def losses(run: Path) -> list[float]:
    """The loss of every step; each is there once, or several processes wrote."""
    rows = [json.loads(line) for line in (run / FILE).read_text("utf-8").splitlines()]
    steps = [row for row in rows if row["event"] == "step"]
    assert [row["step"] for row in steps] == list(range(1, len(steps) + 1))
    assert [row["event"] for row in rows if row["event"] in ("begin", "end")] == ["begin", "end"]
    return [row["loss"] for row in steps]


def assert_same(run: Path, alone: Path) -> None:
    """Another run has the losses, the weights and the figures of the one alone."""
    assert losses(run) == pytest.approx(losses(alone), abs=WITHIN)
    base = json.loads((run / RUN).read_bytes())["base"]["name"]
    first, second = kept(alone / "checkpoint"), kept(run / "checkpoint")
    before = load_file(Path(base, "model.safetensors"))
    assert first.keys() == second.keys()
    for name, weights in before.items():
        one, two = (felt(name, each[f"weight.{name}"]) for each in (first, second))
        assert (one - two).abs().max() < WITHIN, name
        assert (one - felt(name, weights)).abs().max() > 100 * WITHIN, name
    best = [load_file(each / "best" / "model.safetensors") for each in (alone, run)]
    for name in before:
        one, two = (felt(name, each[name]) for each in best)
        assert (one - two).abs().max() < WITHIN, name
    told = [json.loads((each / RUN).read_bytes())["losses"] for each in (alone, run)]
    figures = [each["bits_per_byte_best"] for each in told]
    assert figures[0] == pytest.approx(figures[1], abs=WITHIN)


def felt(name: str, weights: torch.Tensor) -> torch.Tensor:
    """Weights without the biases of attention's keys, the second of three parts.

    They change nothing that a model says: the same number is added to all that is weighed. Their
    gradient is rounding, which AdamW makes as large as any other.
    """
    if not name.endswith("c_attn.bias"):
        return weights
    queries, _, values = weights.chunk(3)
    return torch.cat([queries, values])


def test_two_processes_of_accelerate_learn_the_same(
    small: Recipe, alone: Path, tmp_path: Path
) -> None:
    told = tmp_path / "small.toml"
    told.write_text(as_toml(small), encoding="utf-8")
    printed = start(*LAUNCH, told, "--out", tmp_path / "run")
    assert_same(tmp_path / "run", alone)
    # Only the first process speaks.
    assert printed.count("Done: ") == printed.count("step 0: bits per byte") == 1


def as_toml(recipe: Recipe) -> str:
    """A recipe as its file says it; JSON's numbers, strings and booleans are TOML's."""
    tables = recipe.model_dump(exclude={"name", "description"})
    lines = [f"name = {json.dumps(recipe.name)}"]
    for table, entries in tables.items():
        lines.append(f"[{table}]")
        for name, value in entries.items():
            if isinstance(value, dict):
                value = {key: json.dumps(each) for key, each in value.items()}
                inline = ", ".join(f"{key} = {each}" for key, each in value.items())
                lines.append(f"{name} = {{ {inline} }}")
            else:
                lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines)


def test_two_workers_of_a_cluster_learn_the_same(
    small: Recipe, alone: Path, tmp_path: Path
) -> None:
    told = Path(small.data.corpus).parent
    assert "10 of 10\n" in start(HERE / "on_a_cluster.py", told, tmp_path / "run")
    assert_same(tmp_path / "run", alone)
    pickled = [*tmp_path.rglob("*.pkl"), *tmp_path.rglob("*.pt"), *tmp_path.rglob("*.bin")]
    assert not pickled


def test_a_corpus_that_is_not_there_is_told_before_a_cluster_is_started(
    small: Recipe, tmp_path: Path
) -> None:
    data = small.data.model_copy(update={"corpus": "nowhere"})
    with pytest.raises(TrainingError, match="no corpus"):
        follow_on_cluster(small.model_copy(update={"data": data}), tmp_path, workers=2)
