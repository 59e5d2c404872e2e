"""How every figure looks and is written: one style, the same bytes each time, a stamp inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from evaluatie.present.fragments import FigureView
from evaluatie.present.phrase import NumberRef, Phrase

INK, SOFT, GRID = "#1a1a1a", "#595959", "#d9d9d9"
PILOT, COMPARISON, NEUTRAL = "#00527c", "#b3500f", "#767676"
DOTS = 160
COORDINATES = re.compile(r'\s(?:d|x|y|width|height|points)="[^"]*"|translate\([^)]*\)')
LONG = re.compile(r"-?\d*\.\d{3,}")
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "evaluatie",
    "path.simplify": False,
}


@dataclass(frozen=True)
class Look:
    """How one series is told from another, in colour and in grey print alike."""

    color: str
    marker: str
    line: str


LOOKS = {
    "pilot": Look(PILOT, "o", "-"),
    "comparison": Look(COMPARISON, "s", "--"),
    "other": Look(NEUTRAL, "D", ":"),
}


def look_of(area: str) -> Look:
    """Return the look of a side; an area of its own has the third look."""
    return LOOKS.get(area, LOOKS["other"])


@contextmanager
def style() -> Iterator[None]:
    """Draw with the style of the reports, whatever the user's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]
        yield


def blank(width: float, height: float) -> Figure:
    """Return an empty figure in inches that no global state knows of."""
    return Figure(figsize=(width, height), layout="constrained")


def finish(
    figure: Figure, caption: Phrase, alt: Phrase, stamp: str, *, drawn: Iterable[NumberRef]
) -> FigureView:
    """Write the figure as SVG and PNG with the stamp of the slice inside it.

    Parameters
    ----------
    stamp : str
        Text that must stand in the figure itself (synthetic data); empty for none.
    drawn : iterable of NumberRef
        Every value that has a place in the figure, from `drawn.draws`: bars, points, ends of
        intervals, and numbers that are written in it.

    Raises
    ------
    ValueError
        Nothing is said to be drawn: the disclosure audit could not see the figure.
    """
    claims = tuple(dict.fromkeys(drawn))
    if not claims:
        raise ValueError("a figure must say which numbers it draws")
    if stamp:
        figure.supxlabel(stamp, fontsize=7.5, fontweight="bold", color=SOFT, x=0.99, ha="right")
    svg, png = BytesIO(), BytesIO()
    FigureCanvasSVG(figure)
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    FigureCanvasAgg(figure)
    figure.savefig(png, format="png", dpi=DOTS, metadata={"Software": None})
    size = tuple(round(inches * 96) for inches in figure.get_size_inches())
    drawing = coarse(svg.getvalue().decode("utf-8"))
    return FigureView(drawing, png.getvalue(), caption, alt, claims, (size[0], size[1]))


def coarse(svg: str) -> str:
    """Return a drawing with its coordinates rounded to a hundredth of a point.

    Notes
    -----
    matplotlib writes millionths of a point, which gives a value away in eight or nine digits; a
    hundredth cannot be seen, and on an axis of 400 points it leaves four or five.
    """
    return COORDINATES.sub(lambda found: LONG.sub(_hundredth, found[0]), svg)


def _hundredth(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def quiet_rows(axes: Axes) -> None:
    """Take away what a reader does not need beside row names."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
