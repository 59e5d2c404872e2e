"""Cost per gain of the pilot as a whole: table, plane with quadrants, acceptability curve."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import first, parts, records, select, shown
from evaluatie.present.tables import NOTHING, absent, heads, interval_note, price_note
from evaluatie.results import Table

ALL = "all"
UNCLEAR = "interval_"  # start of the reason where no amount is excluded
TOTAL = "qaly"  # unit of an effect of the pilot together
MILLION = 1e6
ELLIPSE_POINTS = 181
CORNERS = {
    "dearer_better": (0.98, 0.97, "right", "top"),
    "cheaper_better": (0.98, 0.03, "right", "bottom"),
    "cheaper_worse": (0.02, 0.03, "left", "bottom"),
    "dearer_worse": (0.02, 0.97, "left", "top"),
}
PLACED = ("incremental_cost", "incremental_effect", "correlation", "ellipse_radius")
LINES = (("-", "o"), ("--", "s"), (":", "D"))


def effect_rows(rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Return the rows of cost per gain at a wave, with the settings that hold at every wave."""
    return select(rows, Table.COST_EFFECTIVENESS, wave=["", wave])


def perspectives_of(found: pd.DataFrame, labels: Labels) -> list[str]:
    """Return the payers whose view there is, and all of them together at the end."""
    named = [parts(str(c)).get("perspective", "") for c in found["category"]]
    order = [*labels.order("payer"), ALL]
    return sorted({name for name in named if name}, key=order.index)


def one(found: pd.DataFrame, term: str, view: str, *category: str) -> Row | None:
    """Return one row of a perspective, or None."""
    return first(found, term=term, category="|".join((f"perspective={view}", *category)))


def cost_per_gain_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per perspective the difference in cost and effect, their ratio, and what it says."""
    found = effect_rows(rows, wave)
    if shown(select(found, term="incremental_cost")).empty:
        return absent(labels, select(found, wave=wave))
    threshold = next(iter(labels.order("threshold")), "")
    lines = []
    for view in perspectives_of(found, labels):
        effect = one(found, "incremental_effect", view)
        places = 0 if effect is not None and effect["unit"] == TOTAL else 3
        benefit = one(found, "net_benefit", view, f"threshold={threshold}")
        cells = (
            _spread(one(found, "incremental_cost", view), labels, 0),
            _spread(effect, labels, places),
            _ratio(found, view, labels),
            _spread(benefit, labels, 0),
            _said(benefit, labels),
        )
        lines.append(Line(_view_name(labels, view), cells))
    columns = ("extra_cost", "extra_quality", "cost_per_gain", "net_benefit", "conclusion")
    layout = Layout("cost-per-gain", labels.say("head.perspective"), heads(labels, columns),
                    labels.say("caption.cost_per_gain"), left=(2, 4))  # fmt: skip
    notes = (
        labels.say("note.perspective_units"), labels.say("note.whole_euros"),
        _threshold_note(found, threshold, labels), interval_note(rows, labels),
        labels.say("note.quality_adults"), _rates(found, labels), price_note(rows, labels),
        _covid(found, labels),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _spread(row: Row | None, labels: Labels, decimals: int) -> Phrase:
    """Return ``-50 (-325 tot 517)`` without unit."""
    if row is None:
        return NOTHING
    said = fmt.number(row, language=labels.language, decimals=decimals, bare=True)
    ends = fmt.interval(row, language=labels.language, decimals=decimals, bare=True)
    if not fmt.is_shown(row) or not ends.numbers:
        return said
    return join((said, Phrase(f"({ends.text})", ends.numbers)), " ")


def _ratio(found: pd.DataFrame, view: str, labels: Labels) -> Phrase:
    """Return the price of a gain, or in words why there is none; never a negative ratio.

    Where every amount fits the data, that is said instead of an amount.
    """
    row = one(found, "icer", view) or one(found, "saving_per_loss", view)
    if row is None:
        return NOTHING
    if str(row["publication"]) == Publication.NOT_ESTIMABLE:
        return labels.reason(row).capitalised()
    if not fmt.is_shown(row):
        return fmt.hidden(row, labels.language)
    if str(row["reason"]).startswith(UNCLEAR):
        return labels.reason(row).capitalised()
    if row["term"] == "saving_per_loss":
        return labels.say("gain.saving_per_loss", amount=_money(row, labels))
    return labels.say(
        "gain.price", amount=_money(row, labels),
        interval=fmt.interval(row, language=labels.language, decimals=0),
    )  # fmt: skip


def _money(row: Row, labels: Labels) -> Phrase:
    return fmt.number(row, language=labels.language, decimals=0)


def _said(row: Row | None, labels: Labels) -> Phrase:
    """Return what the interval of the net benefit says; hidden where the number is."""
    if row is None:
        return NOTHING
    if not fmt.is_shown(row):
        return fmt.hidden(row, labels.language)
    return labels.say(f"conclusion.{row['reason']}")


def thresholds_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return net benefit, its probability and the value of knowing more, at every threshold."""
    found = effect_rows(rows, wave)
    if shown(select(found, term="net_benefit")).empty:
        return absent(labels, select(found, wave=wave))
    lines = []
    for view in perspectives_of(found, labels):
        for name in labels.order("threshold"):
            at = f"threshold={name}"
            constant = first(found, term="constant", category=at)
            amount = NOTHING if constant is None else fmt.constant(
                constant, language=labels.language
            )  # fmt: skip
            benefit = one(found, "net_benefit", view, at)
            if benefit is None:
                continue
            cells = (
                _spread(benefit, labels, 0),
                _percent(one(found, "acceptability", view, at), labels),
                _number(one(found, "perfect_information", view, at), labels),
                _said(benefit, labels),
            )
            title = join((amount, labels.name("threshold", name)), ", ")
            lines.append(Line(title, cells, _view_name(labels, view)))
    columns = ("net_benefit", "acceptability", "perfect_information", "conclusion")
    layout = Layout("gain-thresholds", labels.say("head.willingness"), heads(labels, columns),
                    labels.say("caption.gain_thresholds"), left=(3,))  # fmt: skip
    notes = (labels.say("note.acceptability"), labels.say("note.perfect_information"))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def plane_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the difference in cost and effect of every perspective with its joint uncertainty."""
    found = effect_rows(rows, wave)
    visible = shown(found)
    views = [v for v in perspectives_of(visible, labels) if _placed(visible, v)]
    if not views:
        return absent(labels, select(found, wave=wave), "figure")
    with canvas.style():
        figure = canvas.blank(7.2, 3.1 if len(views) > 1 else 4.2)
        panels = np.asarray(figure.subplots(1, len(views), squeeze=False)).ravel()
        for axes, view in zip(panels, views, strict=True):
            _plane(axes, visible, view, labels)
        items = [_plane_alt(visible, view, labels) for view in views]
        alt = labels.say("alt.plane", items=join(items))
        drawn = [ref for view in views for ref in _plane_claims(visible, view)]
        return canvas.finish(figure, labels.say("caption.plane"), alt, stamp, drawn=drawn)


def _placed(visible: pd.DataFrame, view: str) -> bool:
    return all(one(visible, term, view) is not None for term in PLACED)


def _plane_claims(visible: pd.DataFrame, view: str) -> tuple[NumberRef, ...]:
    """Return what the point, the ellipse and the corners of one perspective tell."""
    cost, effect, together, radius = (one(visible, term, view) for term in PLACED)
    shares = (one(visible, "quadrant_share", view, f"quadrant={name}") for name in CORNERS)
    return draws([cost, effect], "estimate", "std_error") + draws([together, radius, *shares])


def _plane(axes: Axes, visible: pd.DataFrame, view: str, labels: Labels) -> None:
    cost, effect, together, radius = (one(visible, term, view) or {} for term in PLACED)
    scale = MILLION if view == ALL else 1.0
    x, y = float(effect["estimate"]), float(cost["estimate"]) / scale
    turn = np.linspace(0, 2 * math.pi, ELLIPSE_POINTS)
    r, rho = float(radius["estimate"]), float(together["estimate"])
    across = x + r * float(effect["std_error"]) * np.cos(turn)
    up = y + r * float(cost["std_error"]) / scale * (
        rho * np.cos(turn) + math.sqrt(max(1 - rho**2, 0)) * np.sin(turn)
    )
    axes.fill(across, up, color=canvas.PILOT, alpha=0.12, linewidth=0)
    axes.plot(across, up, "-", color=canvas.PILOT, linewidth=1.2)
    axes.plot(x, y, "o", color=canvas.PILOT, markersize=6)
    axes.axhline(0, color=canvas.SOFT, linewidth=0.9)
    axes.axvline(0, color=canvas.SOFT, linewidth=0.9)
    reach = [max(abs(values.min()), abs(values.max())) * 1.45 for values in (across, up)]
    axes.set_xlim(-reach[0], reach[0])
    axes.set_ylim(-reach[1], reach[1])
    for name, (left, bottom, ha, va) in CORNERS.items():
        row = one(visible, "quadrant_share", view, f"quadrant={name}")
        share = _percent(row, labels).text
        said = labels.say(f"corner.{name}").text.replace(", ", ",\n")
        axes.text(left, bottom, f"{said}\n{share}", ha=ha, va=va,
                  transform=axes.transAxes, fontsize=6.5, color=canvas.INK)  # fmt: skip
    _plane_axes(axes, view, labels)


def _plane_axes(axes: Axes, view: str, labels: Labels) -> None:
    axes.set_title(_view_name(labels, view).text, fontsize=8.5)
    axes.locator_params(nbins=5)
    total = view == ALL
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language, 0 if total else 2))
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.tick_params(labelsize=7)
    axes.set_xlabel(
        labels.say("axis.quality_total" if total else "axis.quality").text, fontsize=7.5
    )
    axes.set_ylabel(
        labels.say("axis.cost_million" if total else "axis.cost_head").text, fontsize=7.5
    )


def _plane_alt(visible: pd.DataFrame, view: str, labels: Labels) -> Phrase:
    shares = [
        labels.say("alt.plane_corner", name=labels.say(f"corner.{name}"),
                   share=_percent(one(visible, "quadrant_share", view, f"quadrant={name}"), labels))
        for name in CORNERS
    ]  # fmt: skip
    return labels.say("alt.plane_item", view=_view_name(labels, view), shares=join(shares, ", "))


def acceptability_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the probability of a positive net benefit against what one may pay for a gain."""
    found = effect_rows(rows, wave)
    visible = shown(select(found, term="acceptability"))
    visible = visible[visible["category"].str.contains("willingness=")]
    views = perspectives_of(visible, labels)
    if not views:
        return absent(labels, select(found, wave=wave), "figure")
    with canvas.style():
        figure = canvas.blank(6.6, 3.3)
        axes, items = figure.subplots(), []
        drawn: list[NumberRef] = []
        for (line, marker), view in zip(LINES * len(views), views, strict=False):
            points = _curve(visible, view)
            axes.plot([price / 1000 for price, _ in points],
                      [100 * float(row["estimate"]) for _, row in points], line,
                      marker=marker, markersize=4,
                      color=canvas.INK if line == ":" else canvas.PILOT,
                      markerfacecolor="white" if marker != "o" else canvas.PILOT,
                      label=_view_name(labels, view).text)  # fmt: skip
            items.append(_curve_alt(labels, view, points))
            drawn += draws(row for _, row in points)
        axes.set_ylim(0, 100)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
        axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language, 0, "%"))
        axes.grid(axis="y")
        axes.set_xlabel(labels.say("axis.willingness").text)
        axes.set_ylabel(labels.say("axis.acceptability").text)
        axes.legend(loc="upper right", fontsize=8)
        alt = labels.say("alt.acceptability", items=join(items))
        return canvas.finish(figure, labels.say("caption.acceptability"), alt, stamp, drawn=drawn)


def _curve(visible: pd.DataFrame, view: str) -> list[tuple[float, Row]]:
    named = [(parts(str(row["category"])), row) for row in records(visible)]
    mine = [(float(n["willingness"]), row) for n, row in named if n["perspective"] == view]
    return sorted(mine, key=lambda point: point[0])


def _curve_alt(labels: Labels, view: str, points: list[tuple[float, Row]]) -> Phrase:
    low, high = _percent(points[0][1], labels), _percent(points[-1][1], labels)
    return labels.say("alt.acceptability_item", view=_view_name(labels, view), low=low, high=high)


def _percent(row: Row | None, labels: Labels) -> Phrase:
    if row is None:
        return NOTHING
    return fmt.number(row, language=labels.language, decimals=0, anchors=(0.0, 1.0))


def _number(row: Row | None, labels: Labels) -> Phrase:
    return NOTHING if row is None else fmt.number(row, language=labels.language, bare=True)


def _view_name(labels: Labels, view: str) -> Phrase:
    return labels.say("perspective.all") if view == ALL else labels.name("payer", view)


def _threshold_note(found: pd.DataFrame, threshold: str, labels: Labels) -> Phrase:
    row = first(found, term="constant", category=f"threshold={threshold}")
    if row is None:
        return Phrase()
    return labels.say("note.threshold", amount=fmt.constant(row, language=labels.language))


def _rates(found: pd.DataFrame, labels: Labels) -> Phrase:
    rows = {
        name: first(found, term="constant", category=f"discount={name}")
        for name in ("cost", "effects")
    }
    if any(row is None for row in rows.values()):
        return Phrase()
    said = {
        name: fmt.constant(row, language=labels.language)
        for name, row in rows.items()
        if row is not None
    }
    return labels.say("note.discounted", **said)


def _covid(found: pd.DataFrame, labels: Labels) -> Phrase:
    if not (found["reason"] == "covid_wave").any():
        return Phrase()
    return labels.say("note.covid_gain")
