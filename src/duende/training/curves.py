"""Draws how a run went: losses, bits per byte of the validation poems, the learning rate.

A run's progress goes in, a PNG comes out. Knows nothing of models.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from duende.corpus.pictures import DOTS, LIGHT, Look
from duende.training.checkpoints import Progress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.0, 8.2)  # inches
POINTS = 1500
"""How many points of a curve are drawn; more cannot be told apart."""
SMOOTHED = 0.03
"""The share of the steps over which the thick line is a mean."""
ROOM = 0.28
"""What the names of four curves take of a picture's height."""
LANGUAGES = {"en": "English", "es": "Spanish"}
DASHES = {"free": "-", "coded": (0, (4, 1.6))}


def draw_losses(progress: Progress, look: Look = LIGHT) -> bytes:
    """The curves of a run as a PNG file; the tokens that were read run to the right.

    >>> row = {"step": 0, "tokens": 512, "loss": 4.2, "rate": 1e-3}
    >>> told = Progress(step=1, curve=[row], validation=[{"step": 0, "en free": 1.6}])
    >>> draw_losses(told)[:4]
    b'\\x89PNG'
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_settings(look)):
        figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        learning, validation, rate = figure.subplots(3, sharex=True, height_ratios=(3, 3, 1))
        unit, name = _unit(progress)
        _draw_learning(learning, progress, unit, look)
        _draw_validation(validation, progress, unit, look)
        _draw_rate(rate, progress, unit, look)
        rate.set_xlabel(f"tokens read{name}")
        for axes in (learning, validation, rate):
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(axis="y", color=look.quiet, alpha=0.2, linewidth=0.8)
            axes.set_axisbelow(True)
        figure.align_ylabels()
        file = io.BytesIO()
        # Without this, the file names the version of the library.
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _settings(look: Look) -> Any:
    return {
        "font.size": 10.5,
        "figure.facecolor": look.paper,
        "axes.facecolor": look.paper,
        "axes.edgecolor": look.quiet,
        "axes.titlelocation": "left",
        "axes.titlesize": 11.5,
        "axes.titleweight": "bold",
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), look.ink),
        **dict.fromkeys(("xtick.color", "ytick.color"), look.ink),
        "legend.frameon": False,
    }


def _unit(progress: Progress) -> tuple[float, str]:
    """What the tokens are counted in, and how the axis says so."""
    if progress.tokens >= 2_000_000:
        return 1e6, ", millions"
    return (1e3, ", thousands") if progress.tokens >= 2000 else (1.0, "")


def _draw_learning(axes: "Axes", progress: Progress, unit: float, look: Look) -> None:
    tokens = [row["tokens"] / unit for row in progress.curve]
    losses = [row["loss"] for row in progress.curve]
    every = max(1, len(losses) // POINTS)
    width = max(1, round(SMOOTHED * len(losses)))
    axes.set_title("Training")
    axes.set_ylabel("loss, nats a token")
    axes.plot(tokens[::every], losses[::every], color=look.quiet, alpha=0.45, linewidth=0.8,
              label="each step")  # fmt: skip
    if width > 1:
        axes.plot(tokens[::every], smooth(losses, width)[::every], color=look.ink, linewidth=1.8,
                  label=f"mean of the last {width} steps")  # fmt: skip
    axes.legend(loc="upper right")


def smooth(values: Sequence[float], width: int) -> list[float]:
    """The mean of each value and those before it, at most `width` in all.

    >>> smooth([4.0, 2.0, 0.0, 4.0], 2)
    [4.0, 3.0, 1.0, 2.0]
    """
    means: list[float] = []
    total = 0.0
    for at, value in enumerate(values):
        total += value - (values[at - width] if at >= width else 0)
        means.append(total / min(at + 1, width))
    return means


def _draw_validation(axes: "Axes", progress: Progress, unit: float, look: Look) -> None:
    axes.set_title("Validation poems")
    axes.set_ylabel("bits per byte of verse")
    read = {int(row["step"]) + 1: row["tokens"] / unit for row in progress.curve}
    kinds = [kind for row in progress.validation[:1] for kind in row if kind != "step"]
    for kind in kinds:
        lang, _, way = kind.partition(" ")
        name = LANGUAGES.get(lang, lang)
        axes.plot(
            [read.get(int(row["step"]), 0.0) for row in progress.validation],
            [row[kind] for row in progress.validation],
            color=look.colours.get(name, look.ink),
            linestyle=DASHES.get(way, "-"),
            marker="o",
            markersize=3,
            linewidth=1.6,
            label=f"{name}, {_way(way)}: {_change(progress, kind)}",
        )
    best = read.get(progress.best_step, 0.0)
    axes.axvline(best, color=look.quiet, linewidth=1, linestyle=":", label="best, which is kept")
    lowest, highest = axes.get_ylim()
    axes.set_ylim(lowest, highest + ROOM * (highest - lowest))
    axes.legend(loc="upper right", ncols=2, fontsize=9)


def _way(way: str) -> str:
    return {"free": "free", "coded": "line by line"}.get(way, way)


def _change(progress: Progress, kind: str) -> str:
    """The first figure of a kind, and the one at the best step: `1.62 → 1.54`."""
    first = progress.validation[0]
    best = next((row for row in progress.validation if row["step"] == progress.best_step), first)
    return f"{first[kind]:.3f} → {best[kind]:.3f}"


def _draw_rate(axes: "Axes", progress: Progress, unit: float, look: Look) -> None:
    axes.set_ylabel("learning rate")
    axes.plot(
        [row["tokens"] / unit for row in progress.curve],
        [row["rate"] for row in progress.curve],
        color=look.ink,
        linewidth=1.6,
    )
    axes.set_ylim(bottom=0)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
