"""Trains in two workers of a Ray cluster of this machine: python on_a_cluster.py FOLDER OUT.

FOLDER is where `small_runs.recipe` makes its base and its poems.
"""

import os
import sys
from pathlib import Path

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

import ray

from duende.training.cluster import follow_on_cluster
from training.small_runs import recipe


def main() -> None:
    """Two workers with a processor each; the steps that were done."""
    folder, out = map(Path, sys.argv[1:])
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=200 << 20,
        logging_config=ray.LoggingConfig(log_level="ERROR"),
    )
    run = follow_on_cluster(recipe(folder), out, workers=2)
    sys.stdout.write(f"{run.progress.step} of {run.steps}\n")


if __name__ == "__main__":
    main()
