"""Trains the little GPT-2 and is killed after a step: python killed.py FOLDER STEP MINUTES.

A checkpoint is kept every so many MINUTES.
"""

import os
import signal
import sys
from pathlib import Path

from duende.training.loop import Step
from training.small_runs import SCHEDULE, learn


def main() -> None:
    """Learn, and be killed in the middle of the loop, with no time to say goodbye."""
    folder, last, minutes = sys.argv[1:]

    def kill(step: Step) -> None:
        if step.progress.step == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    schedule = SCHEDULE.model_copy(update={"checkpoint_minutes": float(minutes)})
    learn(Path(folder), schedule=schedule, tell=kill)


if __name__ == "__main__":
    main()
