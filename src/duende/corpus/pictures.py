"""Draws the pictures of a report: numbers in, PNG bytes out, the same bytes for the same numbers.

Two colours stand for the two languages everywhere, and stay apart for colour-blind readers. A
picture is narrow, so that its letters can still be read on a phone. Knows nothing of poems.
"""

import io
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.6  # inches: letters of 12 points are 11 pixels high on a phone 390 pixels wide
DOTS = 170  # an inch: sharp at the width that the page gives a picture
LETTERS = 12
LABEL_WIDTH = 26  # letters; a longer name goes on in a second line


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a picture; the pair for the languages is Okabe and Ito's blue and orange."""

    paper: str
    ink: str
    quiet: str
    colours: dict[str, str]


LIGHT = Look(
    "#ffffff",
    "#1c1b19",
    "#8a8782",
    {"English": "#0072b2", "Spanish": "#d55e00", "other": "#8a8782", "poems": "#595650"},
)
DARK = Look(
    "#1b1a19",
    "#ece8e1",
    "#8f8a83",
    {"English": "#56b4e9", "Spanish": "#e69f00", "other": "#8f8a83", "poems": "#b9b3a9"},
)


@dataclass(frozen=True, slots=True)
class Bars:
    """Rows of bars. `series` gives each colour its numbers, one a row; stacked, they add up."""

    rows: tuple[str, ...]
    series: Mapping[str, tuple[float, ...]]
    stacked: bool = False
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many poems have how many words or lines: English up, Spanish down.

    `filled` is drawn as areas, `outlined` as a line over them. Each step is `step` wide; numbers
    from `last` on share the last step. `marked` is a number to point at.
    """

    what: str
    filled: dict[str, Counter[int]]
    outlined: dict[str, Counter[int]]
    step: int
    last: int
    marked: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: panels of one kind, one under the other."""

    panels: tuple[Bars | Histogram, ...]


def draw(chart: Chart, look: Look = LIGHT) -> bytes:
    """A chart as a PNG file.

    >>> picture = draw(Chart((Bars(("romance",), {"Spanish": (12,)}),)))
    >>> picture[:4]
    b'\\x89PNG'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with _our_settings(look):
        heights = [_height(panel) for panel in chart.panels]
        figure = Figure(
            figsize=(WIDTH, sum(heights) + 0.5),
            dpi=DOTS,
            layout=ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06, hspace=0.04),
        )
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(heights), height_ratios=heights, squeeze=False)[:, 0]
        for panel, each in zip(chart.panels, axes, strict=True):
            if isinstance(panel, Bars):
                _draw_bars(panel, each, look)
            else:
                _draw_histogram(panel, each, look)
        _legend(chart, figure, look)
        file = io.BytesIO()
        # Without this, the file names the version of the library.
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _height(panel: Bars | Histogram) -> float:
    if isinstance(panel, Histogram):
        return 3.4
    bars = 1 if panel.stacked else len(panel.series)
    lines = sum(max(len(_wrapped(row).split("\n")) * 0.24, 0.1 + 0.22 * bars) for row in panel.rows)
    return 0.2 + lines + (0.35 if panel.heading else 0)


def _draw_bars(panel: Bars, axes: "Axes", look: Look) -> None:
    names = list(panel.series)
    thick = 0.8 if panel.stacked or len(names) == 1 else 0.84 / len(names)
    longest = max(
        [sum(numbers) for numbers in zip(*panel.series.values(), strict=True)]
        if panel.stacked
        else [number for numbers in panel.series.values() for number in numbers],
        default=0,
    )
    start = [0.0] * len(panel.rows)
    for place, name in enumerate(names):
        shift = 0.0 if panel.stacked else (place - (len(names) - 1) / 2) * thick
        numbers = panel.series[name]
        axes.barh(
            [row + shift for row in range(len(panel.rows))],
            numbers,
            # A hair of paper between two bars keeps them apart without a line.
            height=thick if panel.stacked else thick * 0.9,
            left=start if panel.stacked else None,
            color=look.colours[name],
        )
        if panel.stacked:
            start = [left + number for left, number in zip(start, numbers, strict=True)]
        else:
            for row, number in enumerate(numbers):
                _number(axes, number, row + shift, longest, look)
    if panel.stacked:
        for row, number in enumerate(start):
            _number(axes, number, row, longest, look)
    axes.set_yticks(range(len(panel.rows)), [_wrapped(row) for row in panel.rows], parse_math=False)
    axes.set_ylim(len(panel.rows) - 0.4, -0.6)
    axes.set_xlim(0, max(longest, 1) * 1.18)  # room for the number after the longest bar
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    if panel.heading:
        axes.set_title(panel.heading, loc="left")


def _number(axes: "Axes", number: float, row: float, longest: float, look: Look) -> None:
    axes.text(
        number + max(longest, 1) * 0.012,
        row,
        f"{number:,}",
        va="center_baseline",
        fontsize=LETTERS - 2,
        color=look.ink if number else look.quiet,
    )


def _draw_histogram(panel: Histogram, axes: "Axes", look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    ends = []
    for name, side in (("English", 1), ("Spanish", -1)):
        edges, filled = _steps(panel.filled.get(name, Counter()), panel.step, panel.last)
        highest = max([1, *filled])
        axes.stairs(
            [side * number for number in filled], edges, fill=True, color=look.colours[name]
        )
        if name in panel.outlined:
            _, outlined = _steps(panel.outlined[name], panel.step, panel.last)
            highest = max([highest, *outlined])
            axes.stairs(
                [side * number for number in outlined], edges, color=look.ink, linewidth=0.8
            )
        ends.append(side * highest * 1.08)
    axes.axhline(0, color=look.ink, linewidth=1)
    axes.set_ylim(min(ends), max(ends))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(round(value)):,}")
    axes.yaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))
    ticks = [tick for tick in range(0, panel.last, _tick(panel.last)) if tick >= panel.step]
    axes.set_xlim(0, panel.last + panel.step)
    # Under the middle of its step: the line of 14 is a bar of its own.
    middle = 0.5 if panel.step == 1 else 0
    axes.set_xticks(
        [tick + middle for tick in ticks] + [panel.last + panel.step / 2],
        [f"{tick:,}" for tick in ticks] + [f"{panel.last:,}+"],
    )
    axes.set_xlabel(panel.what)
    axes.set_ylabel("poems")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(axis="y", color=look.quiet, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    if panel.marked is not None:
        _point_at(panel, panel.marked, axes, look)


def _point_at(panel: Histogram, number: int, axes: "Axes", look: Look) -> None:
    for name, side in (("English", 1), ("Spanish", -1)):
        poems = panel.filled.get(name, Counter())[number]
        if poems:
            axes.annotate(
                f"{number}: {poems:,} poems",
                (number + 1, side * poems * 0.94),
                textcoords="offset points",
                xytext=(6, 0),
                va="center",
                fontsize=LETTERS - 1,
                color=look.colours[name],
            )


def _steps(numbers: Counter[int], step: int, last: int) -> tuple[list[int], list[int]]:
    edges = [*range(0, last + 1, step), last + step]
    steps = [0] * (len(edges) - 1)
    for number, poems in numbers.items():
        steps[min(number, last) // step] += poems
    return edges, steps


def _tick(last: int) -> int:
    """A round number that goes some six times into `last`.

    >>> _tick(600), _tick(40)
    (100, 5)
    """
    return next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if last / size <= 8)


def _legend(chart: Chart, figure: "Figure", look: Look) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    keys: list[Any] = []
    for panel in chart.panels:
        if isinstance(panel, Bars) and panel.heading:
            continue  # which says it
        names = list(panel.series if isinstance(panel, Bars) else panel.filled)
        known = {key.get_label() for key in keys}
        keys += [Patch(color=look.colours[name], label=name) for name in names if name not in known]
    if any(isinstance(panel, Histogram) and panel.outlined for panel in chart.panels):
        keys.append(Line2D([], [], color=look.ink, linewidth=1, label="before cleaning"))
    if len(keys) > 1:
        figure.legend(
            handles=keys,
            loc="outside upper left",
            ncols=len(keys),
            frameon=False,
            handlelength=1,
            handleheight=1,
            handletextpad=0.5,
            columnspacing=1.2,
            borderpad=0.2,
        )


def _wrapped(label: str) -> str:
    """A label in lines that are short enough, of letters that the font has.

    >>> print(_wrapped("Juan Ramón\\nde la Concepción y Jiménez 詩"))
    Juan Ramón de la
    Concepción y Jiménez □
    """
    known = "".join(
        letter if ord(letter) in _letters() else "□" for letter in " ".join(label.split())
    )
    return "\n".join(textwrap.wrap(known, LABEL_WIDTH)) or "—"


@cache
def _letters() -> frozenset[int]:
    """What the font can draw: for anything else the library would warn and draw a box."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


@contextmanager
def _our_settings(look: Look) -> Iterator[None]:
    """The library's own settings and ours, whatever the user's are; put back afterwards."""
    from matplotlib import rc_context, rcParamsDefault

    # The back end is no matter of looks, and asking for its default would look for a screen.
    plain: dict[str, Any] = {
        name: value for name, value in rcParamsDefault.items() if "backend" not in name
    }
    ours: dict[str, Any] = {
        "font.family": "DejaVu Sans",  # comes with the library: the same letters everywhere
        "font.size": LETTERS,
        "axes.titlesize": LETTERS,
        "axes.labelsize": LETTERS,
        "text.color": look.ink,
        "axes.labelcolor": look.ink,
        "axes.titlecolor": look.ink,
        "axes.edgecolor": look.quiet,
        "xtick.labelcolor": look.ink,
        "ytick.labelcolor": look.ink,
        "ytick.major.size": 0,
        "xtick.major.size": 0,
        "figure.facecolor": look.paper,
        "axes.facecolor": look.paper,
        "savefig.facecolor": look.paper,
        "text.parse_math": False,  # an author's $ is a dollar
    }
    settings: Any = {**plain, **ours}
    with rc_context(settings):
        yield
