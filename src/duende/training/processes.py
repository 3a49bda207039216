"""The processes that follow a recipe together, however they were started.

`accelerate launch` and Ray Train say in the environment who is who; one process alone is told
nothing. It knows nothing of training.
"""

import os
from datetime import timedelta
from typing import Any

PATIENCE = timedelta(hours=12)
"""How long processes wait for the first to prepare a corpus."""


def join() -> Any:
    """Meet the other processes, if there are any; return accelerate's `PartialState`.

    Without a GPU they talk over gloo. accelerate would otherwise take each of them for the only
    one, unless it was launched with MPI.
    """
    import torch
    from accelerate import PartialState

    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return PartialState(cpu=several and not torch.accelerator.is_available(), timeout=PATIENCE)
