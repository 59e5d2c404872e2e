"""What a data dictionary can say: items, scales, indicators, feeds, laws, payers, prices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evaluatie.declarations import Declared, Label
from evaluatie.dictionary.economics import Economics
from evaluatie.domain import Aim, CostBasis, Direction, Severity


class ItemChange(Declared):
    """A change of wording, coding or mode from one wave on."""

    wave: str
    kind: Literal["wording", "coding", "mode"]
    note: Label
    wording: str | None = None
    recode: dict[str, str] = {}  # code in the file -> code of the dictionary


class Item(Declared):
    """One question of a questionnaire, as it was put to the respondent."""

    id: str
    label: Label  # nl: the wording in the questionnaire; en: short label
    column: str  # header in the raw file
    type: Literal["categorical", "integer", "number"]
    codes: dict[str, Label] = {}
    minimum: float | None = None
    maximum: float | None = None
    missing_codes: dict[str, Label] = {}
    waves: tuple[str, ...] = ()  # empty: asked in every wave
    changes: tuple[ItemChange, ...] = ()
    source: str


class Scale(Declared):
    """How items become one score per respondent.

    ``rule``: ``sum`` and ``mean`` of the items after reversal; ``single`` copies one item;
    ``imported`` copies a score computed elsewhere; ``share_of_codes`` is 1 when the item is in
    ``good_codes`` else 0; ``value_set`` looks the item levels up in a table of decrements;
    ``count_of_codes`` counts, over items, the answers listed in ``item_codes``.
    ``max_missing``: number of missing items up to which the score exists (person mean imputed
    for ``sum``, mean of the answered for ``mean``).
    """

    id: str
    label: Label
    population: Literal["residents", "professionals"] = "residents"
    aim: Aim
    rule: Literal[
        "sum", "mean", "single", "imported", "share_of_codes", "value_set", "count_of_codes"
    ]
    items: tuple[str, ...]
    reverse: tuple[str, ...] = ()
    good_codes: tuple[str, ...] = ()
    item_codes: dict[str, tuple[str, ...]] = {}
    value_set: str | None = None  # CSV in the dictionary folder
    multiply: float = 1.0
    max_missing: int = 0
    missing_source: str = "unverified"
    minimum: float
    maximum: float
    direction: Direction
    unit: Label
    decimals: int = 1
    mid: float | None = None  # minimal important difference of a person; never a margin
    mid_source: str = ""
    group: str | None = None  # scales that one figure shows together, e.g. a spider
    licence: str = ""
    source: str


class Indicator(Declared):
    """A quantity that does not come from a questionnaire scale.

    ``kind``: ``arrangement_cost`` (ledger, per resident), ``insured_cost`` (annual, per insured
    year), ``annual_total`` (annual aggregate), ``duration`` (days between two dates of a feed),
    ``stacking`` (households with care under at least ``minimum`` laws at once), ``count``
    (records of a feed by a column), ``household_cost`` (ledger, per household), ``concentration``
    (how unequally cost is spread over households; under at least ``minimum`` laws and above the
    ``quantile`` of the baseline year cost is high across domains), ``selection`` (households that
    ``project`` chose for their high cost), ``payer_shift`` (who pays, before and after),
    ``care_end`` (from the start of an arrangement to its end), ``recurrent`` (spells of a feed that
    follow one another around a household), ``public_cost`` (public figures of the municipality),
    ``business_case`` (of the projects that have one), ``cost_effectiveness`` (cost per gain on
    ``scale``, the pilot as a whole), ``mirror`` (providers beside one another).
    """

    id: str
    label: Label
    aim: Aim
    kind: Literal[
        "arrangement_cost",
        "insured_cost",
        "annual_total",
        "duration",
        "stacking",
        "count",
        "household_cost",
        "concentration",
        "selection",
        "payer_shift",
        "care_end",
        "recurrent",
        "public_cost",
        "business_case",
        "cost_effectiveness",
        "mirror",
    ]
    feed: str
    laws: tuple[str, ...] = ()
    basis: CostBasis | None = None
    start: str | None = None  # duration: column of the first date
    end: str | None = None
    by: str | None = None  # count: column to count by; duration: column to split by
    minimum: int | None = None
    project: str | None = None  # selection: the project that chose; durations: whose start counts
    horizon_days: int | None = Field(default=None, gt=0)  # durations: means are restricted to it
    quantile: float | None = Field(default=None, gt=0, lt=1)  # concentration: above it is high cost
    scale: str | None = None  # cost_effectiveness: index scale whose area under the curve counts
    direction: Direction
    unit: Label
    decimals: int = 0
    source: str


class Column(Declared):
    """One column of a raw feed: its header in the file and its name in this package."""

    name: str
    column: str
    aliases: tuple[str, ...] = ()
    type: Literal["id", "code", "integer", "number", "eur", "date", "month", "text"]
    required: bool = True  # the column must be there
    nullable: bool = False  # a value may be empty
    codes: dict[str, str] = {}  # code in the file -> code in this package
    code_list: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    personal: bool = False
    severity: Severity = Severity.TOLERATE  # of a value outside codes or range
    from_path: bool = False  # not in the file: the {year} of its path
    unless: tuple[str, ...] = ()  # not needed where the file has one of these columns instead
    law: str | None = None  # wide layouts: the law that these amounts or users belong to
    part: str = ""  # wide layouts: kind of care within the law; empty: the law as a whole
    source: str = ""


class FeedCheck(Declared):
    """A rule over more than one column or row."""

    rule: Literal[
        "unique",
        "not_before",
        "refers_to",
        "no_overlap",
        "known_area",
        "wave_matches",
        "study_years",
    ]
    columns: tuple[str, ...]
    # not_before: the earlier column; refers_to: feed.column; no_overlap: start and end of a spell
    other: tuple[str, ...] = ()
    severity: Severity
    note: Label


class Feed(Declared):
    """One kind of raw file: where it lies, how it is written, what its columns mean."""

    id: str
    label: Label
    owner: Label
    row: Label  # what one row is
    path: str  # below the raw folder; {wave} and {year} may stand in it
    path_by_wave: dict[str, str] = {}
    format: Literal["csv", "sav", "parquet"] = "csv"
    delimiter: str = ";"
    decimal: str = ","
    encoding: str = "utf-8"
    # wide_categories: columns with the prefix become rows; wide_years: so do all numbers, and each
    # header ends with its year between square brackets
    layout: Literal["long", "wide_categories", "wide_years"] = "long"
    wide_prefix: str = ""  # header prefix of the columns that become rows
    only_municipality: str = ""  # column of a national file: rows of other municipalities are left
    drop_rows: dict[str, tuple[str, ...]] = {}  # column -> values of a rest row to exclude
    questionnaire: Literal["residents", "professionals"] | None = None
    columns: tuple[Column, ...]
    checks: tuple[FeedCheck, ...] = ()
    source: str

    @property
    def about_persons(self) -> bool:
        """Whether a record is about one person or household.

        A record that refers to a record of another feed is, whatever its own columns say: an
        invoice line refers to the care that somebody has.
        """
        refers = any(check.rule == "refers_to" for check in self.checks)
        return bool(self.questionnaire) or refers or any(c.personal for c in self.columns)

    @property
    def wide_columns(self) -> tuple[Column, ...]:
        """Columns that stand beside one another in the file and become rows; none where long."""
        if self.layout == "wide_categories":
            return tuple(c for c in self.columns if c.column.startswith(self.wide_prefix))
        numbers = ("integer", "number", "eur")
        return tuple(c for c in self.columns if self.layout == "wide_years" and c.type in numbers)


class Code(Declared):
    """One code of a code list, with the law it belongs to where that applies.

    ``means`` says what a code of an arrangement does to its amount: the period of a frequency,
    a unit that is an amount of money itself (``euro``), a change reason that voids (``void``); or
    why a record ended: another one goes on with it (``changed``), or care ended (``goal``,
    ``moved``, ``deceased``).
    """

    label: Label
    law: str | None = None
    means: (
        Literal["day", "week", "four_weeks", "month", "year", "total", "euro", "void"]
        | Literal["changed", "goal", "moved", "deceased"]
        | None
    ) = None
    source: str = ""


class Law(Declared):
    """A law that pays for care, its payer, and how its costs reach us."""

    id: str
    label: Label
    payer: str
    grain: Literal["arrangement", "annual_insured", "annual_total"]
    source: str


class Payer(Declared):
    """Who pays."""

    id: str
    label: Label
    source: str


class CareKind(Declared):
    """Care under a law: all of it, some categories of an insurer, or some products."""

    law: str
    categories: tuple[str, ...] = ()  # of a law whose totals come in categories
    products: tuple[str, ...] = ()  # of a law that pays by arrangement


class Substitution(Declared):
    """Two kinds of care of which one may take the place of the other."""

    id: str
    label: Label
    from_: CareKind = Field(alias="from")
    to: CareKind
    source: str


class AgeGroup(Declared):
    """A closed age interval in completed years."""

    id: str
    minimum: int
    maximum: int = Field(default=130)


class PriceIndex(Declared):
    """Consumer price index, annual means."""

    base: int
    index: dict[int, float]
    source: str


class CodebookContent(Declared):
    """Everything the dictionary folders say together."""

    items: dict[str, Item]
    professional_items: dict[str, Item]
    scales: dict[str, Scale]
    value_sets: dict[str, dict[str, dict[str, float]]]  # set -> item -> level -> decrement
    indicators: dict[str, Indicator]
    feeds: dict[str, Feed]
    code_lists: dict[str, dict[str, Code]]
    laws: dict[str, Law]
    payers: dict[str, Payer]
    substitutions: dict[str, Substitution] = {}
    survey_age_groups: tuple[AgeGroup, ...]
    prices: PriceIndex
    economics: Economics | None = None  # not every study has an economic evaluation
