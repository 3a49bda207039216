"""Runs tracked: what was asked for, every step, every measurement, and how it ended.

A run's progress goes in; a file of JSON lines beside the run comes out, or a run in MLflow. What
is written follows from the progress, which a checkpoint keeps whole: a run that was killed and
goes on has no step twice and none missing.
"""

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from duende.corpus.disk import replace_file
from duende.errors import TrainingError
from duende.settings import Tracking
from duende.training.checkpoints import Progress

FILE = "track.jsonl"
MLFLOW_RUN = "mlflow.json"
"""In the run's folder: which run of MLflow is its own."""
EXPERIMENT = "duende"
SECONDS = 30
"""How often steps are sent to MLflow: a request each would hold up small models."""
AT_ONCE = 900
"""Figures in a request; MLflow takes 1000."""
LONGEST_PARAMETER = 500
"""Characters of a parameter; the smallest bound of MLflow's stores."""

log = logging.getLogger(__name__)


class Tracker(Protocol):
    """Writes a run down as it goes."""

    def note(self, progress: Progress) -> None:
        """Write what `progress` has that is not written yet: steps and measurements."""

    def end(self, status: str) -> None:
        """Write how it ended: `finished`, `stopped` or `failed`."""


@contextmanager
def tracked(kind: Tracking, folder: Path, about: Mapping[str, Any]) -> Iterator[Tracker]:
    """Track a run whose folder is `folder` and whose parameters are `about`, for a `with` block.

    An error in the block ends the run as `failed`, Ctrl-C as `stopped`. Raises `TrainingError`
    where MLflow is asked for and is not installed, or does not answer when the run begins.
    """
    tracker: Tracker = FileTracker(folder, about)
    if kind == "mlflow":
        tracker = MLflowTracker(folder, about)
    try:
        yield tracker
    except BaseException as error:
        tracker.end("stopped" if isinstance(error, KeyboardInterrupt) else "failed")
        raise


class FileTracker:
    """Writes `track.jsonl`: a row that begins, a row a step and a measurement, a row that ends.

    Every row has `event` and, but for the first, `step`: how many steps were done.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._path = folder / FILE
        self._about = about
        self._steps = self._measured = -1

    def note(self, progress: Progress) -> None:
        """Write what is new; the first time, the whole run so far, in place of what was there."""
        if self._steps < 0:
            self._steps = self._measured = 0
            begun = {"event": "begin", "time": _now(), **self._about}
            rows = [begun, *self._rows(progress)]
            replace_file(self._path, "".join(map(_line, rows)).encode())
        else:
            self._append(*self._rows(progress))

    def end(self, status: str) -> None:
        """Write the last row, if there was anything to write at all."""
        if self._steps >= 0:
            self._append({"event": "end", "step": self._steps, "time": _now(), "status": status})

    def _rows(self, progress: Progress) -> list[dict[str, Any]]:
        steps = [
            {"event": "step", **row, "step": number}
            for number, row in _new_steps(progress, self._steps)
        ]
        measured = [
            {"event": "measured", "step": int(row["step"]), "bits_per_byte": _kinds(row)}
            for row in islice(progress.validation, self._measured, None)
        ]
        self._steps, self._measured = len(progress.curve), len(progress.validation)
        return sorted([*steps, *measured], key=lambda row: int(row["step"]))

    def _append(self, *rows: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(map(_line, rows))


class MLflowTracker:
    """Writes to MLflow: the server or store that `MLFLOW_TRACKING_URI` names.

    Where it names none, an SQLite file beside the run's folder, which all runs there share:
    `mlflow ui --backend-store-uri sqlite:///runs/mlflow.db` shows them. What cannot be sent is sent
    with what comes next.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        try:
            from mlflow import MlflowClient
        except ModuleNotFoundError as error:
            raise TrainingError(
                f"{error.name} is not installed: pip install 'duende[mlflow]'"
            ) from error
        beside = f"sqlite:///{folder.resolve().parent / 'mlflow.db'}"
        self._uri = os.environ.get("MLFLOW_TRACKING_URI") or beside
        self._open = MlflowClient
        self._client: Any = None
        self._folder = folder
        self._about = about
        self._run = ""
        self._steps = self._measured = 0
        self._sent = 0.0
        self._last = Progress()

    def note(self, progress: Progress) -> None:
        """Send what is new, every half minute and whenever something was measured."""
        self._last = progress
        if not self._run:
            self._begin(progress)
        measured = len(progress.validation) > self._measured
        if measured or time.monotonic() - self._sent > SECONDS:
            self._send()

    def end(self, status: str) -> None:
        """Send the rest, and say how the run ended."""
        if not self._run:
            return
        self._send()
        told = {"finished": "FINISHED", "stopped": "KILLED"}.get(status, "FAILED")
        with _forgiving():
            self._client.set_terminated(self._run, told)

    def _begin(self, progress: Progress) -> None:
        try:
            self._client = self._open(tracking_uri=self._uri)
            if progress.step and self._continued():
                return
            self._run = self._created()
        except Exception as error:  # whatever a store or a server raises
            raise TrainingError(
                f"MLflow at {self._uri} does not take the run ({error}): mend it, or track with "
                "DUENDE_TRACKING=file."
            ) from error
        told = {"uri": self._uri, "run": self._run}
        replace_file(self._folder / MLFLOW_RUN, json.dumps(told).encode())

    def _continued(self) -> bool:
        """Take up the run that was begun, where there is one; find out what it has."""
        from mlflow.exceptions import MlflowException

        path = self._folder / MLFLOW_RUN
        told = json.loads(path.read_bytes()) if path.is_file() else {}
        if told.get("uri") != self._uri:
            return False
        try:
            self._client.update_run(told["run"], status="RUNNING")
        except MlflowException:
            return False  # somebody removed it: another is begun, with all the steps
        self._run = told["run"]
        self._steps = self._last_step("loss")
        kinds = {_metric(kind) for row in self._last.validation for kind in _kinds(row)}
        last = max((self._last_step(kind) for kind in kinds), default=-1)
        self._measured = sum(row["step"] <= last for row in self._last.validation)
        return True

    def _created(self) -> str:
        from mlflow.entities import Param

        found = self._client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else self._client.create_experiment(EXPERIMENT)
        name = str(self._about.get("recipe", {}).get("name", self._folder.name))
        tags = {"folder": str(self._folder.resolve())}
        run: str = self._client.create_run(experiment, run_name=name, tags=tags).info.run_id
        told = [
            Param(name, str(value)[:LONGEST_PARAMETER])
            for name, value in _flat(self._about).items()
        ]
        self._client.log_batch(run, params=told[:100])
        return run

    def _last_step(self, metric: str) -> int:
        """The last step that MLflow has of a figure; -1 for none."""
        history = self._client.get_metric_history(self._run, metric)
        return max((each.step for each in history), default=-1)

    def _send(self) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        steps = list(_new_steps(self._last, max(0, self._steps)))
        figures = [
            Metric(name, value, now, number)
            for number, row in steps
            for name, value in row.items()
            if name != "step"
        ]
        for row in islice(self._last.validation, self._measured, None):
            step = int(row["step"])
            figures += [
                Metric(_metric(kind), bits, now, step) for kind, bits in _kinds(row).items()
            ]
        measured = len(self._last.validation)
        with _forgiving():
            for at in range(0, len(figures), AT_ONCE):
                self._client.log_batch(self._run, metrics=figures[at : at + AT_ONCE])
            self._steps = steps[-1][0] if steps else self._steps
            self._measured = measured
        self._sent = time.monotonic()


@contextmanager
def _forgiving() -> Iterator[None]:
    """A server that is away for a moment must not end a run of hours."""
    try:
        yield
    except Exception as error:  # whatever a store or a server raises
        log.warning("MLflow did not take what was sent, which is sent again later: %s", error)


def _new_steps(progress: Progress, done: int) -> Iterator[tuple[int, dict[str, float]]]:
    """The rows of steps after the first `done`, each with how many steps were done by then."""
    return ((number, row) for number, row in enumerate(progress.curve, start=1) if number > done)


def _kinds(row: Mapping[str, float]) -> dict[str, float]:
    """The figures of a measurement, without its step."""
    return {kind: bits for kind, bits in row.items() if kind != "step"}


def _metric(kind: str) -> str:
    return f"bits_per_byte/{kind.replace(' ', '_')}"


def _flat(tables: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as names with dots.

    >>> _flat({"model": {"rank": 8}, "name": "tiny"})
    {'model.rank': 8, 'name': 'tiny'}
    """
    flat: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
