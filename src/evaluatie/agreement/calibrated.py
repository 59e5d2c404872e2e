"""Which tests were shown by simulation to keep their promise: `analysis/calibration.yml`.

`evaluatie calibrate --record` writes the file. Where it exists, a test carries a verdict only if
the file has a record that judges it and none in which it misses its nominal coverage or its level.
A study without the file was never calibrated: its verdicts stand, and `evaluatie agree check` and
the facts of the reports say so.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from evaluatie.declarations import Declared, read_model
from evaluatie.study import Study

FILE = "calibration.yml"


class Rate(Declared):
    """The worst share over the questions of a scenario, with its Monte Carlo standard error."""

    question: str
    share: float = Field(ge=0, le=1)
    mcse: float = Field(ge=0)


class CalibrationRecord(Declared):
    """What one test did in one scenario.

    Attributes
    ----------
    coverage : Rate
        Smallest share of intervals that hold the truth; None where no replicate had both.
    false_positives : Rate or None
        Largest share of false claims; None where the scenario is not a null.
    meets : bool or None
        Coverage at least its level - 2 MCSE and false positives at most alpha + 2 MCSE for every
        question that shows any; None where the scenario says nothing about the test (confounded:
        bias; or nothing could be estimated).
    """

    scenario: str
    test: str
    replicates: int = Field(gt=0)
    first_seed: int
    last_seed: int
    coverage: Rate | None = None
    false_positives: Rate | None = None
    meets: bool | None = None


class CalibrationFile(Declared):
    """Content of `calibration.yml`: made by one version of the package."""

    version: str
    code: str  # digest of the parts of the package that replicates depend on
    declarations: str = ""  # digest of what was declared when they were drawn
    report_date: date  # of the study: the same declarations give the same file
    records: tuple[CalibrationRecord, ...]

    def of(self, test: str) -> tuple[CalibrationRecord, ...]:
        """Return the records of a test that judge it."""
        return tuple(r for r in self.records if r.test == test and r.meets is not None)

    def missed(self, test: str) -> tuple[str, ...]:
        """Return the scenarios in which a test misses its coverage or its level."""
        return tuple(record.scenario for record in self.of(test) if not record.meets)

    def carries_verdict(self, test: str) -> bool:
        """Return whether a test was calibrated and missed nowhere."""
        return bool(self.of(test)) and not self.missed(test)


def load_calibration(study: Study) -> CalibrationFile | None:
    """Read `analysis/calibration.yml`; None where the study was never calibrated.

    Raises
    ------
    DeclarationError
        The file is not valid.
    """
    path = study.analysis / FILE
    return read_model(path, CalibrationFile) if path.is_file() else None
