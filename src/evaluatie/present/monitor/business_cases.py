"""Business cases of projects: what they cost, what is assumed, and who would pay and gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, declared, join
from evaluatie.present.rows import first, ordered, parts, records, select, shown
from evaluatie.present.tables import NOTHING, absent, bounds, estimate, heads, price_note
from evaluatie.results import Table

UNVERIFIED = "unverified"
DECIMALS = {"quantity": 1, "years": 1, "share": 0, "persons": 0}


def case_rows(rows: pd.DataFrame, *terms: str) -> pd.DataFrame:
    """Return the rows of business cases, of some terms or all."""
    found = select(rows, Table.BUSINESS_CASE)
    return select(found, term=list(terms)) if terms else found


def projects_of(found: pd.DataFrame, labels: Labels) -> list[str]:
    """Return the projects in the order of their declaration."""
    named = (parts(str(category)).get("project", "") for category in found["category"])
    return ordered((name for name in named if name), labels.order("project"))


def one(found: pd.DataFrame, term: str, project: str, *category: str) -> Row | None:
    """Return one row of a project, or None."""
    return first(found, term=term, category="|".join((f"project={project}", *category)))


def cases_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return one line per project: participants, cost, assumed benefit, balance, break-even."""
    found = case_rows(rows)
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for project in projects_of(found, labels):
        net = one(found, "net_present_value", project)
        people = one(found, "participants", project)
        cells = (
            estimate(one(found, "invested", project), labels),
            estimate(one(found, "assumed_benefit", project), labels),
            estimate(net, labels),
            bounds(net, labels) if net is not None else NOTHING,
            _share(one(found, "break_even_probability", project), labels),
        )
        joined = labels.say("case.joined", n=estimate(people, labels))
        lines.append(Line(joined, cells, project_name(labels, project)))
    columns = ("invested", "assumed_benefit", "assumed_net", "assumed_range",
               "break_even_probability")  # fmt: skip
    layout = Layout("cases", labels.say("head.project"), heads(labels, columns),
                    labels.say("caption.cases"))  # fmt: skip
    notes = (_present_value(found, labels), labels.say("note.assumed_range"),
             labels.say("note.not_added_up"), price_note(rows, labels))  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def settings_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the balance of every project under other discount rates and other funding."""
    found = case_rows(rows, "net_present_value", "assumed_benefit")
    if shown(found).empty:
        return absent(labels, found)
    rates = [f"discount={name}" for name in labels.order("discount")]
    settings = [*rates, "funding=continues"]
    lines = []
    for project in projects_of(found, labels):
        cells = [estimate(one(found, "net_present_value", project, part), labels)
                 for part in settings]  # fmt: skip
        after = estimate(one(found, "assumed_benefit", project, "funding=ended"), labels)
        lines.append(Line(project_name(labels, project), (*cells, after)))
    columns = (
        *(labels.name("discount", name) for name in labels.order("discount")),
        labels.say("head.funding_continues"), labels.say("head.after_funding"),
    )  # fmt: skip
    layout = Layout("case-settings", labels.say("head.project"), columns,
                    labels.say("caption.case_settings"))  # fmt: skip
    note = labels.say("note.funding_stops")
    return draw(layout, lines, notes_for(labels, lines, records(found), note))


def assumptions_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return every assumed effect: who gains, worth, quantity, share, years, status, origin."""
    found = case_rows(rows, "assumption")
    if shown(found).empty:
        return absent(labels, case_rows(rows))
    lines = []
    for project in projects_of(found, labels):
        mine = [(parts(str(r["category"])), r) for r in records(found)]
        mine = [(named, row) for named, row in mine if named["project"] == project]
        group = project_name(labels, project)
        effects = (named["effect"] for named, _ in mine if "effect" in named)
        for effect in ordered(effects, labels.order("effect")):
            cells = {n["assumed"]: (n, row) for n, row in mine if n.get("effect") == effect}
            gains = _gains(cells["worth"][0], labels)
            name = labels.say(
                "case.effect", what=labels.name("effect", effect).capitalised(), gains=gains
            )
            lines.append(Line(name, _assumed_cells(cells, effect, labels), group))
    columns = ("worth", "quantity", "share_of_participants", "lasts_years", "status", "origin")
    layout = Layout("case-assumptions", labels.say("head.assumed_effect"), heads(labels, columns),
                    labels.say("caption.case_assumptions"), left=(4, 5))  # fmt: skip
    notes = [labels.say("note.assumption_ranges"), *_case_notes(labels)]
    if not all(_source(labels, effect) for effect in labels.order("effect")):
        notes.insert(0, labels.say("note.unverified_assumptions"))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _assumed_cells(
    cells: Mapping[str, tuple[dict[str, str], Row]], effect: str, labels: Labels
) -> tuple[Phrase, ...]:
    named, worth = cells["worth"]
    kinds, _ = cells["quantity"]
    return (
        estimate(worth, labels),
        _ranged(cells.get("quantity"), labels),
        _ranged(cells.get("share"), labels),
        _ranged(cells.get("lasts_years"), labels),
        labels.say(f"status.{named['horizon']}"),
        _origin(labels, effect, kinds["evidence"]),
    )


def _gains(named: Mapping[str, str], labels: Labels) -> Phrase:
    """Return the law, or the payer, that would gain."""
    if "law" in named:
        return short_law(labels, named["law"])
    return labels.name("payer", named["payer"])


def _origin(labels: Labels, effect: str, evidence: str) -> Phrase:
    """Return where a value comes from; the source too, where somebody checked it."""
    said = labels.say(f"evidence.{evidence}")
    source = _source(labels, effect)
    return said if not source else join((said, source), ": ")


def _source(labels: Labels, effect: str) -> Phrase:
    source = labels.texts.get("effect_source", {}).get(effect, "")
    if not source or source.startswith(UNVERIFIED):
        return Phrase()
    return declared(source, f"labels/effect_source/{effect}")


def _ranged(cell: tuple[dict[str, str], Row] | None, labels: Labels) -> Phrase:
    """Return ``20 (5 tot 40)``, or the value alone where it has no range."""
    if cell is None:
        return NOTHING
    row = cell[1]
    places = _places(row)
    said = fmt.number(row, language=labels.language, decimals=places, bare=True)
    if not fmt.is_shown(row) or pd.isna(row["ci_low"]):
        return said
    spread = fmt.interval(row, language=labels.language, decimals=places, bare=True)
    return join((said, Phrase(f"({spread.text})", spread.numbers)), " ")


def _places(row: Row) -> int:
    """Return the decimals that declared values have: two at most."""
    factor = fmt.unit_of(row).multiply
    known = [row[field] * factor for field in ("estimate", "ci_low", "ci_high")]
    known = [value for value in known if not pd.isna(value)]
    return next((n for n in range(2) if all(abs(v - round(v, n)) < 1e-9 for v in known)), 2)


def case_payers_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per project what each payer invests, would gain and would have left, and the sum."""
    found = case_rows(rows, "invested", "assumed_benefit", "assumed_net")
    if shown(found).empty:
        return absent(labels, case_rows(rows))
    named = (parts(str(category)).get("payer", "") for category in found["category"])
    payers = [*ordered((payer for payer in named if payer), labels.order("payer")), ""]
    lines = []
    for project in projects_of(found, labels):
        for payer in payers:
            place = (f"payer={payer}",) if payer else ()
            net = one(found, "assumed_net", project, *place)
            if net is None:
                continue
            cells = (
                estimate(one(found, "invested", project, *place), labels),
                estimate(one(found, "assumed_benefit", project, *place), labels),
                estimate(net, labels),
                bounds(net, labels),
            )
            name = labels.name("payer", payer) if payer else labels.say("case.all_payers")
            lines.append(Line(name, cells, project_name(labels, project)))
    columns = ("invests", "assumed_benefit", "assumed_balance", "assumed_range")
    layout = Layout("case-payers", labels.say("head.payer"), heads(labels, columns),
                    labels.say("caption.case_payers"))  # fmt: skip
    notes = (labels.say("note.case_payers"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def break_even_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per project the assumption that weighs most, its value and the one that breaks even.

    Beside it: the participants there were and those needed, and the years until it is paid back.
    """
    found = case_rows(rows)
    if shown(found).empty:
        return absent(labels, found)
    lines, used = [], []
    for project in projects_of(found, labels):
        heaviest = heaviest_first(found, project)
        place = heaviest[0] if heaviest else ("", "")
        needed = one(found, "break_even_value", project, *_category(place))
        people = one(found, "break_even_participants", project)
        years = one(found, "payback_years", project)
        used += [row for row in (needed, people, years) if row]
        cells = (
            _value(_assumption(found, project, place), labels),
            _value(needed, labels),
            estimate(one(found, "participants", project), labels),
            _value(people, labels),
            _value(years, labels, 0),
        )
        lines.append(Line(assumption_name(labels, place), cells, project_name(labels, project)))
    columns = ("assumed_now", "needed", "joined", "participants_needed", "payback_years")
    layout = Layout("case-break-even", labels.say("head.heaviest"), heads(labels, columns),
                    labels.say("caption.case_break_even"))  # fmt: skip
    note = labels.say("note.break_even")
    return draw(layout, lines, notes_for(labels, lines, used, note))


def heaviest_first(found: pd.DataFrame, project: str) -> list[tuple[str, str]]:
    """Return (effect, piece) of the assumptions of a project, the widest bar first."""
    mine = shown(select(found, term="assumed_net_at"))
    ends: dict[tuple[str, str], list[float]] = {}
    for row in records(mine):
        named = parts(str(row["category"]))
        if named["project"] == project:
            key = (named.get("effect", ""), named["assumed"])
            ends.setdefault(key, []).append(float(row["estimate"]))
    return sorted(ends, key=lambda key: min(ends[key]) - max(ends[key]))


def _category(place: tuple[str, str]) -> tuple[str, ...]:
    effect, piece = place
    return ((f"effect={effect}",) if effect else ()) + (f"assumed={piece}",)


def _assumption(found: pd.DataFrame, project: str, place: tuple[str, str]) -> Row | None:
    start = "|".join((f"project={project}", *_category(place)))
    mine = select(found, term="assumption")
    mine = mine[mine["category"].str.startswith(f"{start}|")]
    return None if mine.empty else mine.iloc[0].to_dict()


def assumption_name(labels: Labels, place: tuple[str, str]) -> Phrase:
    """Return an assumption in words: the effect, and which value of it."""
    effect, piece = place
    if not piece:
        return NOTHING
    said = labels.say(f"assumed.{piece}")
    return join((labels.name("effect", effect), said), ": ").capitalised() if effect else said


def _value(row: Row | None, labels: Labels, decimals: int | None = None) -> Phrase:
    if row is None:
        return NOTHING
    places = DECIMALS.get(str(row["unit"]), 1) if decimals is None else decimals
    return fmt.number(row, language=labels.language, decimals=places, bare=True)


def _share(row: Row | None, labels: Labels) -> Phrase:
    """Return a probability without decimals, never rounded onto 0% or 100%."""
    if row is None:
        return NOTHING
    return fmt.number(row, language=labels.language, decimals=0, anchors=(0.0, 1.0))


def short_law(labels: Labels, law: str) -> Phrase:
    """Return a law by the abbreviation in its own name, where it has one."""
    name = labels.law(law)
    head, bracket, tail = name.text.rpartition("(")
    return Phrase(tail.removesuffix(")")) if bracket and head and not name.numbers else name


def project_name(labels: Labels, project: str) -> Phrase:
    """Return the number and the name of a project."""
    number = declared(project, f"labels/project/{project}", "id")
    return join((number, labels.name("project", project)), " ")


def _present_value(found: pd.DataFrame, labels: Labels) -> Phrase:
    rate, years = (first(found, term=term) for term in ("discount_rate", "horizon"))
    if rate is None or years is None:
        return Phrase()
    return labels.say(
        "note.present_value", rate=fmt.constant(rate, language=labels.language),
        years=fmt.constant(years, language=labels.language),
    )  # fmt: skip


def _case_notes(labels: Labels) -> Sequence[Phrase]:
    """Return whose assumptions they are, each text once."""
    notes = {text: name for name, text in labels.texts.get("case_note", {}).items()}
    return [labels.name("case_note", name) for name in notes.values()]
