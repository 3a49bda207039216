"""Builds a corpus on a cluster of two nodes of this machine: python on_a_cluster.py POEMS OUT.

Prints how many nodes did a part of the work, and the sizes that the steps were given.
"""

import os
import sys
from pathlib import Path

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

import ray
from ray.cluster_utils import Cluster

from duende.corpus.build import build
from duende.corpus.sources import resolve


def main() -> None:
    """Two nodes with a processor each; the corpus; the number of nodes."""
    poems, out = sys.argv[1:]
    node = {"num_cpus": 1, "object_store_memory": 500 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    try:
        ray.init(address=cluster.address, log_to_driver=False)
        alive = [each for each in ray.nodes() if each["Alive"]]
        built = build([resolve(poems)], Path(out), engine="ray")
        sys.stdout.write(f"{len(alive)} {sum(built.manifest['poems'].values())}\n")
    finally:
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main()
