"""Runs the per-poem steps on the cores of this machine, a shard a task."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path

from duende.corpus.engines.shards import Steps, prepare_shard
from duende.errors import CorpusError


def run(shards: Iterable[Path], prepared: Path, steps: Steps, *, workers: int) -> Iterator[Path]:
    """Prepare shards as they come, at most twice as many in hand as there are workers.

    Yields the prepared shards in the order of the shards. One that is there already is not made
    again. With one worker the work is done in this process.
    """
    if workers == 1:
        for shard in shards:
            yield prepare_shard(shard, prepared, steps)
        return
    # "spawn": a fork would copy whatever threads and locks the caller holds.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_the_parent) as pool:
        waiting: deque[Future[Path]] = deque()
        try:
            for shard in shards:
                waiting.append(pool.submit(prepare_shard, shard, prepared, steps))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise CorpusError(
                "A worker was killed, most likely for want of memory: run the same command with "
                "--workers 1; what was done is kept."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_the_parent() -> None:
    """End this worker when the build is killed: otherwise it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
