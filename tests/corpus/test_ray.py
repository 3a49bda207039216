"""The same steps on a Ray cluster of two nodes give the same bytes."""

import subprocess
import sys
from pathlib import Path

from corpus.test_build import digests, make, many

HERE = Path(__file__).parent


def test_a_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    poems = many(tmp_path / "made.jsonl", 5000)
    result = subprocess.run(
        [sys.executable, HERE / "on_a_cluster.py", poems, tmp_path / "cluster"],
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    here = make(poems, out=tmp_path / "here", workers=2)
    assert result.stdout.split()[-2:] == ["2", str(sum(here.manifest["poems"].values()))]
    assert digests(tmp_path / "cluster") == digests(here.folder)
