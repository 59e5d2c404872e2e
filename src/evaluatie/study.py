"""The study as data: `analysis/study.yml` and the paths below the study folder.

A study is a folder; every path is relative to it. The study is validated once and passed
explicitly; nothing here is global.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from evaluatie.declarations import Declared, Label, read_model
from evaluatie.domain import Side
from evaluatie.errors import DeclarationError

STUDY_FILE = Path("analysis") / "study.yml"


class Wave(Declared):
    """One measurement: when the questionnaire was out, and from when it may be reported."""

    id: str
    label: Label
    start: date
    end: date
    report_from: date
    covid: bool = False


class Area(Declared):
    """One neighbourhood, by its CBS code."""

    code: str
    name: str
    side: Side
    pair: str | None = None  # for a matched design: areas with the same pair belong together
    residents: int | None = Field(default=None, gt=0)  # expected, for planning only
    note: Label | None = None
    assumption: bool = False


class Design(Declared):
    """How pilot areas could have been assigned; decides what an exact test may enumerate.

    ``minimum_power``: a question whose agreed test would show an effect of the agreed margin less
    often gets no verdict, unless the parties accepted that knowingly.
    """

    assignment: Literal["complete", "pairs"] = "complete"
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    minimum_power: float = Field(default=0.8, gt=0, lt=1)


class Municipality(Declared):
    """The municipality the areas lie in."""

    code: str
    name: str
    postcodes: tuple[str, ...] = ()  # first three digits; for national files that have no names


class Engine(Declared):
    """What runs the queries on an exported ledger: one machine, or Spark on a cluster.

    ``settings`` are those of the engine itself, by name: ``threads`` or ``memory_limit`` of DuckDB,
    ``spark.master`` and its like of Spark.
    """

    kind: Literal["duckdb", "spark"] = "duckdb"
    settings: dict[str, str] = {}


class StudyFile(Declared):
    """Content of `analysis/study.yml`."""

    id: str
    title: Label
    municipality: Municipality
    waves: tuple[Wave, ...] = Field(min_length=2)
    areas: tuple[Area, ...] = Field(min_length=2)
    pilot_start: date
    cost_years: tuple[int, int]  # first and last calendar year of the cost monitor
    cost_baseline: tuple[date, date]  # period before the start that cost contrasts compare with
    runoff_quarters: int = Field(default=0, ge=0)  # last quarters whose declarations are incomplete
    runoff: Literal["cut", "complete"] = "cut"  # leave these out, or multiply by what is to come in
    price_level: int
    seed: int
    report_date: date
    language: Literal["nl", "en"] = "nl"
    feeds: tuple[str, ...]
    dictionaries: tuple[str, ...] = ("data_dictionary",)
    design: Design = Design()
    weights_trim: float = Field(default=5.0, gt=1)  # cap on weight / mean weight
    minimum_cell: int = Field(default=5, ge=1)  # respondents below which a raking cell collapses
    engine: Engine = Engine()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        codes = [area.code for area in self.areas]
        if len(set(codes)) < len(codes):
            raise ValueError("every area code may occur once")
        if len({wave.id for wave in self.waves}) < len(self.waves):
            raise ValueError("every wave id may occur once")
        if any(later.start <= earlier.end for earlier, later in pairwise(self.waves)):
            raise ValueError("waves stand in order of time and do not overlap")
        if {area.side for area in self.areas} != set(Side):
            raise ValueError("there must be at least one pilot and one comparison area")
        if self.design.assignment == "pairs":
            self._check_pairs()
        return self

    def _check_pairs(self) -> None:
        for pair in {area.pair for area in self.areas}:
            sides = sorted(str(area.side) for area in self.areas if area.pair == pair)
            if pair is None or sides != ["comparison", "pilot"]:
                raise ValueError(
                    "design 'pairs' needs exactly one pilot and one comparison area per pair"
                )


class Study(StudyFile):
    """A validated study and where its files are."""

    root: Path

    @property
    def analysis(self) -> Path:
        """Folder with the declarations."""
        return self.root / "analysis"

    @property
    def raw(self) -> Path:
        """Folder with the raw feeds; read only."""
        return self.root / "data" / "raw"

    @property
    def build(self) -> Path:
        """Folder with everything that can be made again."""
        return self.root / "build"

    @property
    def releases(self) -> Path:
        """Folder with the register of everything ever published, and what was."""
        return self.root / "releases"

    @property
    def baseline(self) -> Wave:
        """The first wave, before the start."""
        return self.waves[0]

    def wave(self, wave_id: str) -> Wave:
        """Return the wave with this id, or refuse with the list of waves there are."""
        for wave in self.waves:
            if wave.id == wave_id:
                return wave
        raise DeclarationError(
            f"there is no wave '{wave_id}'", allowed=", ".join(w.id for w in self.waves)
        )

    def area(self, code: str) -> Area:
        """Return the area with this code, or refuse with the list of areas there are."""
        for area in self.areas:
            if area.code == code:
                return area
        raise DeclarationError(
            f"there is no area '{code}'", allowed=", ".join(a.code for a in self.areas)
        )

    def areas_on(self, side: Side) -> tuple[Area, ...]:
        """Return the areas on one side of the comparison."""
        return tuple(area for area in self.areas if area.side == side)


def open_study(start: Path | None = None) -> Study:
    """Open the study in ``start`` or, when None, in this folder or the nearest one above it.

    Raises
    ------
    DeclarationError
        No `analysis/study.yml` was found, or it is not valid.
    """
    here = (start or Path.cwd()).resolve()
    candidates = (here,) if start else (here, *here.parents)
    for root in candidates:
        if (root / STUDY_FILE).is_file():
            return read_model(root / STUDY_FILE, Study, root=root)
    raise DeclarationError(
        f"no study here: {STUDY_FILE} was not found in {here}" + ("" if start else " or above it"),
        remedy="go to a study folder, name one with --study DIR, or start one with "
        "'evaluatie init DIR'.",
    )


def default_path(name: str) -> Path:
    """Return a file or folder of the example study: beside a checkout, else inside the wheel."""
    packaged = Path(__file__).parent / "defaults" / name
    return packaged if packaged.exists() else Path(__file__).parents[2] / name
