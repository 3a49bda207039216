"""Runs tracked: every step once, none missing, whatever happened to the process; and a picture."""

import json
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import connect

import pytest

from duende.errors import TrainingError
from duende.settings import Tracking
from duende.training.checkpoints import Progress
from duende.training.curves import draw_losses
from duende.training.tracking import FILE, MLFLOW_RUN, Tracker, tracked

ABOUT = {"recipe": {"name": "small", "schedule": {"rate": 0.01}}, "data": {"poems": 7}}


def grow(progress: Progress, steps: int, tracker: Tracker) -> None:
    """Go on for so many steps, measured before the first and after every fifth."""
    if not progress.validation:
        progress.validation.append({"step": 0, "en free": 3.0, "es free": 4.0})
        tracker.note(progress)
    for step in range(progress.step, progress.step + steps):
        progress.step = step + 1
        progress.tokens += 100
        row = {"step": step, "tokens": progress.tokens, "loss": 5 - step / 10, "rate": 0.01}
        progress.curve.append(row)
        tracker.note(progress)
        if progress.step % 5 == 0:
            progress.validation.append({"step": step + 1, "en free": 2.0, "es free": 3.0})
            tracker.note(progress)


def broken_off(folder: Path, kind: Tracking) -> None:
    """Seven steps, of which a checkpoint kept six; then on from there to twelve."""
    progress = Progress()
    with suppress(KeyError), tracked(kind, folder, ABOUT) as tracker:
        grow(progress, 7, tracker)
        raise KeyError
    kept = Progress(6, 600, 0.0, 1.0, 0, 0, progress.curve[:6], progress.validation)
    with tracked(kind, folder, ABOUT) as tracker:
        grow(kept, 6, tracker)
        tracker.end("finished")


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / FILE).read_text("utf-8").splitlines()]


def test_the_file_has_every_step_once(tmp_path: Path) -> None:
    broken_off(tmp_path, "file")
    told = rows(tmp_path)
    assert told[0]["event"] == "begin"
    assert told[0]["recipe"] == ABOUT["recipe"]
    steps = [row for row in told if row["event"] == "step"]
    assert [row["step"] for row in steps] == list(range(1, 13))
    assert steps[-1]["loss"] == pytest.approx(5 - 1.1)
    measured = [row for row in told if row["event"] == "measured"]
    assert [row["step"] for row in measured] == [0, 5, 10]
    assert measured[0]["bits_per_byte"] == {"en free": 3.0, "es free": 4.0}
    assert told[-1]["status"] == "finished"
    assert [row["event"] for row in told].count("end") == 1


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt, "stopped"), (ValueError, "failed")]
)
def test_the_file_says_how_it_ended(
    tmp_path: Path, error: type[BaseException], status: str
) -> None:
    with suppress(error), tracked("file", tmp_path, ABOUT) as tracker:
        grow(Progress(), 2, tracker)
        raise error
    assert rows(tmp_path)[-1] == {**rows(tmp_path)[-1], "event": "end", "status": status, "step": 2}


def test_a_run_that_was_over_is_left_as_it_is(tmp_path: Path) -> None:
    with tracked("file", tmp_path, ABOUT) as tracker:
        tracker.end("finished")
    assert not (tmp_path / FILE).exists()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder as MLflow's store: its tables in SQLite take seconds to make."""
    uri = f"file:{tmp_path / 'store'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return uri


def test_mlflow_has_every_step_once(tmp_path: Path, store: str) -> None:
    from mlflow import MlflowClient

    broken_off(tmp_path, "mlflow")
    told = json.loads((tmp_path / MLFLOW_RUN).read_bytes())
    assert told["uri"] == store
    client = MlflowClient(tracking_uri=store)
    loss = client.get_metric_history(told["run"], "loss")
    assert sorted(each.step for each in loss) == list(range(1, 13))
    measured = client.get_metric_history(told["run"], "bits_per_byte/es_free")
    assert sorted((each.step, each.value) for each in measured) == [(0, 4.0), (5, 3.0), (10, 3.0)]
    run = client.get_run(told["run"])
    assert run.info.status == "FINISHED"
    assert run.data.params["recipe.schedule.rate"] == "0.01"
    assert len(client.search_runs([run.info.experiment_id])) == 1


def test_mlflow_beside_the_runs_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "small"
    folder.mkdir()
    with tracked("mlflow", folder, ABOUT) as tracker:
        grow(Progress(), 2, tracker)
        tracker.end("finished")
    told = json.loads((folder / MLFLOW_RUN).read_bytes())
    assert told["uri"] == f"sqlite:///{tmp_path}/mlflow.db"
    with closing(connect(tmp_path / "mlflow.db")) as tables:
        steps = tables.execute("select step from metrics where key = 'loss'").fetchall()
    assert steps == [(1,), (2,)]


def test_an_mlflow_that_takes_nothing_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{tmp_path / 'store'}")
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    with (
        pytest.raises(TrainingError, match="DUENDE_TRACKING=file"),
        tracked("mlflow", tmp_path, ABOUT) as tracker,
    ):
        grow(Progress(), 1, tracker)


def test_what_a_server_did_not_take_is_sent_again(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of hours must not end because a server was away for a minute."""
    from mlflow import MlflowClient

    send = MlflowClient.log_batch
    away = iter([False, True, True])

    def sometimes(self: MlflowClient, *given: object, **named: object) -> None:
        if next(away, False):
            raise ConnectionError("nobody there")
        send(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MlflowClient, "log_batch", sometimes)
    with tracked("mlflow", tmp_path, ABOUT) as tracker:
        grow(Progress(), 10, tracker)
        tracker.end("finished")
    run = json.loads((tmp_path / MLFLOW_RUN).read_bytes())["run"]
    history = MlflowClient(tracking_uri=store).get_metric_history(run, "loss")
    assert sorted(each.step for each in history) == list(range(1, 11))


def test_the_picture_follows_the_numbers(tmp_path: Path) -> None:
    progress = Progress()
    with tracked("file", tmp_path, ABOUT) as tracker:
        grow(progress, 20, tracker)
    picture = draw_losses(progress)
    assert picture == draw_losses(progress)
    progress.validation[1]["es free"] = 3.5
    assert picture != draw_losses(progress)
