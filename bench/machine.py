"""The machine that is measured on: what it is, and how fast it reads its memory."""

import os
import platform
import threading
import time
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("xllamacpp", "torch", "transformers", "fastapi", "uvicorn", "streamlit", "numpy")
READ_BYTES = 512 << 20
TIMES = 5


def facts() -> dict[str, Any]:
    """What the numbers depend on: processors, memory, versions, the date; nothing personal."""
    import duende

    return {
        "date": date.today().isoformat(),
        "processors": processors(),
        "processor": _processor_name(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "versions": {
            "python": platform.python_version(),
            "duende": duende.__version__,
            **{name: found for name in PACKAGES if (found := _version(name))},
        },
    }


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bandwidth(threads: int, size: int = READ_BYTES) -> float:
    """Bytes a second that `threads` threads read from memory together.

    Each takes the maximum of its share of `size` bytes, far more than any cache holds: numpy does
    that with vector instructions and without Python's lock, so that memory is what it waits for.
    The best of some tries counts, for whatever else runs can only slow it down.
    """
    import numpy

    shares = [numpy.ones(size // threads // 4, dtype=numpy.float32) for _ in range(threads)]
    best = 0.0
    for _ in range(TIMES):
        readers = [threading.Thread(target=share.max) for share in shares]
        begun = time.perf_counter()
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        best = max(best, sum(share.nbytes for share in shares) / (time.perf_counter() - begun))
    return best


def _processor_name() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
