"""Leaving a run on request: the step that is being done is finished first, by all processes.

Signals go in, yes or no comes out. It knows nothing of models.
"""

import signal
import threading
from typing import Any


class Interrupted:
    """True once somebody pressed Ctrl-C or ended the process with SIGTERM.

    The same signal a second time leaves at once. SIGTERM is how schedulers, containers and machines
    that are lent by the hour end a process.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self._asked

    def restore(self) -> None:
        """Let the signals mean what they meant."""
        while self._before:
            signal.signal(*self._before.popitem())

    def _ask(self, number: int, _: object) -> None:
        self._asked = True
        if number in self._before:
            signal.signal(number, self._before.pop(number))


def asked_of_any(accelerator: Any, asked: bool) -> bool:
    """Whether any process was asked to leave: they leave together, or one would wait for ever."""
    if accelerator.num_processes == 1:
        return asked
    import torch

    return bool(accelerator.reduce(torch.tensor(float(asked), device=accelerator.device)) > 0)
