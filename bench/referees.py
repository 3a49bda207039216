"""Other people's scanners, each in a virtual environment of its own: asked, never depended on.

The environments lie in the user's cache, under duende/referees, and are made on the first run. A
referee that does not install or does not run is told about, with its reason, and left out.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from duende.poem import Language

SCRIPT = Path(__file__).with_name("referee.py")
INSTALLING, ANSWERING = 300, 120
"""Seconds that a referee may take to install, and to answer."""


@dataclass(frozen=True)
class Referee:
    """A tool to compare with: its package, what to install, and what else it is known to need."""

    name: str
    lang: Language
    packages: tuple[str, ...]
    needs: str = ""


REFEREES = (
    Referee(
        "libescansion",
        "es",
        ("libEscansion", "fonemas", "silabeador"),
        "its tagger is a list of unstressed words: stanza would fetch its own from the internet",
    ),
    Referee(
        "rantanplan", "es", ("rantanplan",), "needs spaCy 2, which has no wheel for new Python"
    ),
    Referee("prosodic", "en", ("prosodic",), "may need espeak for words that its lists lack"),
    Referee("pronouncing", "en", ("pronouncing",)),
)


@dataclass(frozen=True)
class Answers:
    """What a referee said: its version, an answer a line and a pair, and its seconds for the lines.

    `missing` is why there is nothing of all that.
    """

    name: str
    version: str = ""
    seconds: float = 0.0
    lines: tuple[Any, ...] = ()
    pairs: tuple[str | None, ...] = ()
    missing: str = ""


def ask(
    referee: Referee, lines: Sequence[str], pairs: Sequence[tuple[str, str]], *, again: bool = False
) -> Answers:
    """Ask a referee about lines and pairs; with `again`, install what did not install before."""
    python, reason = _environment(referee, again=again)
    if reason:
        return Answers(referee.name, missing=_why(referee, reason))
    try:
        done = subprocess.run(
            [str(python), str(SCRIPT), referee.name],
            input=json.dumps({"lines": list(lines), "pairs": list(pairs)}),
            capture_output=True,
            text=True,
            timeout=ANSWERING,
        )
    except subprocess.TimeoutExpired:
        return Answers(referee.name, missing=f"took longer than {ANSWERING} s")
    if done.returncode:
        return Answers(referee.name, missing=_why(referee, _last_line(done.stderr)))
    said = json.loads(done.stdout)
    return Answers(
        referee.name, said["version"], said["seconds"], tuple(said["lines"]), tuple(said["pairs"])
    )


def _environment(referee: Referee, *, again: bool) -> tuple[Path, str]:
    """The referee's Python, made if it is not there, and why it has not got the referee."""
    folder = user_cache_path("duende") / "referees" / referee.name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    told = folder / "installed.txt"  # empty, or why not: nobody waits twice for the same failure
    if again or not told.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        try:
            done = subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", *referee.packages],
                capture_output=True,
                text=True,
                timeout=INSTALLING,
            )
            reason = "" if done.returncode == 0 else f"pip: {_error(done.stderr)}"
        except subprocess.TimeoutExpired:
            reason = f"was not installed in {INSTALLING} s"
        told.write_text(reason, encoding="utf-8")
    return python, told.read_text(encoding="utf-8")


def _why(referee: Referee, reason: str) -> str:
    return f"{reason} ({referee.needs})" if referee.needs else reason


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no word"])[-1].strip()[:200]


def _error(text: str) -> str:
    """What went wrong at the bottom of it: the first error with a name, else the last line."""
    named = [line.strip() for line in text.splitlines() if "Error: " in line]
    # A path says where on this machine, which is nobody's business.
    return re.sub(r" \(/[^)]*\)", "", named[0])[:200] if named else _last_line(text)
