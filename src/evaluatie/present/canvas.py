"""How every figure looks and is written: one style, the same bytes each time, a stamp inside."""

from __future__ import annotations

from collections.abc import Iterator
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
from evaluatie.present.phrase import Phrase

INK, SOFT, GRID = "#1a1a1a", "#595959", "#d9d9d9"
PILOT, COMPARISON, NEUTRAL = "#00527c", "#b3500f", "#767676"
DOTS = 160
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


def finish(figure: Figure, caption: Phrase, alt: Phrase, stamp: str) -> FigureView:
    """Write the figure as SVG and PNG with the stamp of the slice inside it.

    Parameters
    ----------
    stamp : str
        Text that must stand in the figure itself (synthetic data); empty for none.
    """
    if stamp:
        figure.supxlabel(stamp, fontsize=7.5, fontweight="bold", color=SOFT, x=0.99, ha="right")
    svg, png = BytesIO(), BytesIO()
    FigureCanvasSVG(figure)
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    FigureCanvasAgg(figure)
    figure.savefig(png, format="png", dpi=DOTS, metadata={"Software": None})
    size = tuple(round(inches * 96) for inches in figure.get_size_inches())
    return FigureView(
        svg.getvalue().decode("utf-8"), png.getvalue(), caption, alt, (size[0], size[1])
    )


def quiet_rows(axes: Axes) -> None:
    """Take away what a reader does not need beside row names."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
