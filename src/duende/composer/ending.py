"""What ends a poem before its time: a deadline, or its reader."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from duende.poem import Finish


@dataclass(frozen=True)
class Ending:
    """What ends a poem before its last line: a time of `time.monotonic`, or the reader."""

    deadline: float = math.inf
    stopped: Callable[[], bool] = bool

    def is_near(self) -> bool:
        """Whether nothing further is to be written."""
        return self.stopped() or time.monotonic() > self.deadline

    @property
    def finish(self) -> Finish:
        """How the poem finished, if it did so here."""
        return "stopped" if self.stopped() else "deadline"
