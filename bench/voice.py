"""Measures what the default voice's adapter costs: tokens a second with it and on the bare base.

    python -m bench.voice              ten turns (some five minutes)
    python -m bench.voice --turns 30   more, where the machine is busy

Both write as many tokens from the same prompts in one engine, for one reader and for eight at once;
now the one goes first, now the other. What counts is the time in which every reader is written for.
Ratios are taken within a turn, and their median is told.
"""

import argparse
from collections.abc import Mapping, Sequence
from statistics import median

from bench import direct
from bench.measure import say
from duende.poem import Language

TURNS, TOKENS = 10, 120
READERS = (1, 8)
LANGUAGES: tuple[Language, ...] = ("en", "es")
FLOOR = 0.80
"""The share of the bare base's speed that the voice keeps at least."""

Case = tuple[Language, int]
Speeds = tuple[float, float]
"""Tokens a second of the bare base, and of the voice, in one turn."""


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.voice",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--turns", type=int, default=TURNS, help=f"{TURNS} by default")
    print(table(measure(parser.parse_args().turns)))


def measure(turns: int, *, tokens: int = TOKENS) -> dict[Case, list[Speeds]]:
    """The speeds of each turn, by language and readers."""
    cases = [(lang, readers) for lang in LANGUAGES for readers in READERS]
    found: dict[Case, list[Speeds]] = {case: [] for case in cases}
    for lang, readers in cases:  # each prompt is read, each adapter loaded before anything counts
        for adapted in (False, True):
            direct.measure_engine(readers, 8, lang=lang, adapted=adapted)
    for turn in range(turns):
        say(f"turn {turn + 1} of {turns}")
        for lang, readers in cases:
            speed = {}
            for adapted in (False, True) if turn % 2 else (True, False):
                run = direct.measure_engine(readers, tokens, lang=lang, adapted=adapted)
                speed[adapted] = run.writing.speed
            found[lang, readers].append((speed[False], speed[True]))
    return found


def table(found: Mapping[Case, Sequence[Speeds]]) -> str:
    """Markdown: the median speeds, the median of the ratios, and the ratios' least and most.

    >>> print(table({("es", 1): [(100, 90), (50, 41), (80, 70)]}).splitlines()[-1])
    | es | 1 | 80 | 70 | 87.5 % (82.0–90.0) | met |
    """
    lines = [
        "| language | readers | bare base, tokens/s | voice, tokens/s | of the base's speed "
        f"| {FLOOR:.0%} |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for (lang, readers), turns in found.items():
        base, voice = (median(each[place] for each in turns) for place in (0, 1))
        shares = [voice / base for base, voice in turns]
        share = median(shares)
        lines.append(
            f"| {lang} | {readers} | {base:.0f} | {voice:.0f} "
            f"| {100 * share:.1f} % ({100 * min(shares):.1f}–{100 * max(shares):.1f}) "
            f"| {'met' if share >= FLOOR else '**not met**'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
