"""What a person sees of a run: bars with tokens a second, loss and time left, and measurements.

Steps and measurements go in, lines on standard error come out; where several processes train,
only the first of them speaks.
"""

import os
import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

from duende.training.checkpoints import Progress
from duende.training.loop import Step
from duende.training.run import Run


class Telling:
    """Draws a bar while poems are prepared and another while the model learns."""

    def __init__(self) -> None:
        self._quiet = os.environ.get("RANK", "0") != "0"
        self._bar: Any = None
        self._steps: Any = None

    def __enter__(self) -> "Telling":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for bar in (self._bar, self._steps):
            if bar is not None:
                bar.close()

    def preparing(self, poems: int, tokens: int) -> None:
        """Show how many poems, and tokens of them, are prepared."""
        if self._bar is None:
            self._bar = tqdm(desc="Preparing", unit=" poems", disable=self._quiet or None)
        self._bar.update(poems - self._bar.n)
        self._bar.set_postfix(tokens=f"{tokens:,}", refresh=False)

    def step(self, step: Step) -> None:
        """Show a step: how far, how fast, how well, how long still."""
        if self._bar is not None:
            self._bar.close()
        if self._steps is None:
            self._steps = tqdm(
                total=step.steps,
                initial=step.progress.step - 1,
                desc="Learning",
                unit=" steps",
                disable=self._quiet or None,
            )
        self._steps.set_postfix(
            {"nats a token": f"{step.loss:.3f}", "tokens/s": f"{step.tokens_a_second:.0f}"},
            refresh=False,
        )
        self._steps.update(step.progress.step - self._steps.n)

    def measured(self, progress: Progress) -> None:
        """Write down a measurement of the validation poems."""
        if self._quiet or not progress.validation:
            return
        found = dict(progress.validation[-1])
        step = int(found.pop("step"))
        figures = ", ".join(f"{kind} {bits:.3f}" for kind, bits in found.items())
        tqdm.write(f"step {step}: bits per byte {figures}", file=sys.stderr)

    def end(self, run: Run) -> None:
        """Say where the run is and how it ended."""
        if self._quiet:
            return
        done = "Done" if run.over else f"Stopped at step {run.progress.step} of {run.steps}"
        tqdm.write(
            f"{done}: {run.folder}, best at step {run.progress.best_step}. "
            f"Make a voice of it with: duende export {run.folder} --out VOICE",
            file=sys.stderr,
        )
