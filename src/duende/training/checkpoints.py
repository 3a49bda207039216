"""Where a run stands, kept so that a kill loses minutes: weights, optimiser, and what was measured.

A checkpoint is one safetensors file, written whole or not at all. The chance in a step follows
from its number, so no generator's state has to be kept.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from duende.errors import TrainingError

FILE = "checkpoint.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass
class Progress:
    """How far a run has come: steps and tokens done, the best loss and when, and the curves.

    `curve` has a row for each step that was written down: step, tokens, nats a token, rate.
    `validation` has one for each measurement: its step, and bits per byte by kind of poem.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float = float("inf")
    best_step: int = 0
    worse: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    validation: list[dict[str, float]] = field(default_factory=list)


def save(folder: Path, model: Any, optimiser: Any, progress: Progress, run: str) -> None:
    """Keep the weights that learn, the optimiser's moments and `progress` in `folder`.

    `run` names what is being trained: a checkpoint of something else is not taken up again.
    """
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name, parameter in learning(model):
        tensors[f"weight.{name}"] = parameter.detach().contiguous().cpu()
        state = optimiser.state.get(parameter, {})
        for moment in MOMENTS:
            if moment in state:
                tensors[f"{moment}.{name}"] = state[moment].contiguous().cpu()
        if "step" in state:
            tensors[f"step.{name}"] = torch.as_tensor(state["step"]).cpu()
    folder.mkdir(parents=True, exist_ok=True)
    half_done = folder / f".{FILE}"
    told = json.dumps(asdict(progress))
    save_file(tensors, half_done, metadata={"progress": told, "run": run})
    os.replace(half_done, folder / FILE)


def restore(folder: Path, model: Any, optimiser: Any, run: str) -> Progress | None:
    """Put back what `save` kept, or return None where nothing was.

    Raises `TrainingError` where the checkpoint is of another run or damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            told = file.metadata() or {}
            if told.get("run") != run:
                raise TrainingError(
                    f"{path} is of a run with another recipe or other poems: go on with those, "
                    "or choose another folder."
                )
            kept = set(file.keys())
            for name, parameter in learning(model):
                parameter.data.copy_(file.get_tensor(f"weight.{name}"))
                if f"step.{name}" in kept:
                    optimiser.state[parameter] = {
                        "step": file.get_tensor(f"step.{name}").clone(),
                        **{
                            moment: file.get_tensor(f"{moment}.{name}").to(parameter.device)
                            for moment in MOMENTS
                        },
                    }
            return Progress(**json.loads(told["progress"]))
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}): remove it to begin again."
        ) from error


def learning(model: Any) -> Iterator[tuple[str, Any]]:
    """The weights of a model that learn, by name."""
    return ((name, each) for name, each in model.named_parameters() if each.requires_grad)
