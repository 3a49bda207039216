"""Follows a recipe on a Ray cluster: the same function as on one machine, in several workers.

A recipe and a folder go in, what `run.follow` gives comes out. The corpus and the folder must be
where every worker sees them. Checkpoints are ours, safetensors in that folder; Ray keeps none, and
nothing is unpickled from disk. A run that broke off goes on with the same command.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from duende.errors import TrainingError
from duende.settings import Tracking
from duende.training.checkpoints import Progress
from duende.training.recipe import Recipe
from duende.training.run import Run, corpus_of, follow

STORAGE = "ray"
"""In the run's folder: what Ray writes down of its workers."""


def follow_on_cluster(
    recipe: Recipe,
    folder: Path,
    *,
    workers: int,
    recipe_folder: Path = Path(),
    stop_after: int = 0,
    tracking: Tracking = "file",
) -> Run:
    """Follow `recipe` with so many workers on the cluster that `RAY_ADDRESS` names.

    Where it names none, on a cluster of this machine. Each worker has a GPU of its own where the
    cluster has as many, a processor otherwise. The rest is as `run.follow` has it.

    Raises `TrainingError` where Ray is not installed, the cluster is too small or a worker fails.
    """
    try:
        import ray
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{error.name} is not installed: pip install 'duende[train,ray]'"
        ) from error
    corpus = corpus_of(recipe, recipe_folder).resolve()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "recipe": recipe.model_copy(
            update={"data": recipe.data.model_copy(update={"corpus": str(corpus)})}
        ).model_dump_json(),
        "folder": str(folder),
        "stop_after": stop_after,
        "tracking": tracking,
    }
    ours = not ray.is_initialized()
    if ours:
        _connect()
    try:
        work: Any = _work  # its type says nothing of what it returns
        trainer: Any = TorchTrainer(
            work,
            train_loop_config=told,
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=_has_gpus(workers)),
            run_config=RunConfig(name=recipe.name, storage_path=str(folder / STORAGE)),
        )
        steps, progress = _fit(trainer)
    finally:
        if ours:
            ray.shutdown()
    return Run(folder, Progress(**progress), steps)


def _connect() -> None:
    import ray

    try:
        # Ray's own warnings would bury ours: without its dashboard it has one a second.
        ray.init(include_dashboard=False, logging_config=ray.LoggingConfig(log_level="ERROR"))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise TrainingError(f"No Ray cluster answers: {error}.") from error


def _has_gpus(workers: int) -> bool:
    """Whether each worker can have a GPU. Raises `TrainingError` without a processor for each."""
    import ray

    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    if there.get("GPU", 0) >= workers:
        return True
    if there.get("CPU", 0) < workers:
        raise TrainingError(
            f"The cluster has {there.get('CPU', 0):.0f} processors for {workers} workers: ask for "
            "fewer, or let more machines join."
        )
    return False


def _fit(trainer: Any) -> tuple[int, dict[str, Any]]:
    """Wait for the workers; return what the first of them did."""
    from ray.train import TrainingFailedError, WorkerGroupError

    try:
        done: tuple[int, dict[str, Any]] = trainer.fit().return_value
        return done
    except WorkerGroupError as error:
        why = _told(list(error.worker_failures.values()))
        raise TrainingError(f"A worker of the cluster failed: {why}") from error
    except TrainingFailedError as error:
        raise TrainingError(f"The cluster could not train: {error}") from error


def _told(failures: Sequence[Exception]) -> str:
    """The last line of a worker's traceback: our own sentence, where there is one."""
    last = [str(each).strip().splitlines()[-1] for each in failures]
    ours = [line.partition(": ")[2] for line in last if line.startswith("duende.errors.")]
    return (ours or last)[0]


def _work(told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What each worker does; how many steps there are, and how far it came."""
    from duende.training.telling import Telling

    with Telling() as telling:
        run = follow(
            Recipe.model_validate_json(told["recipe"]),
            Path(told["folder"]),
            tell=telling.step,
            measured=telling.measured,
            preparing=telling.preparing,
            stop_after=told["stop_after"],
            tracking=told["tracking"],
        )
    return run.steps, asdict(run.progress)
