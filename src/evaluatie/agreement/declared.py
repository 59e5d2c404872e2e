"""Read the YAML files of the analysis folder, each with the path its errors must name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluatie.agreement.model import (
    Agreement,
    DeviationFile,
    EventFile,
    ProjectFile,
    QuestionFile,
    ReportFile,
)
from evaluatie.declarations import read_model
from evaluatie.errors import DeclarationError
from evaluatie.study import Study


@dataclass(frozen=True)
class Declarations:
    """Everything the analysis folder says beside `study.yml`, not yet checked across files."""

    folder: Path
    questions: QuestionFile
    agreements: dict[str, Agreement]  # by file stem in alphabetical order
    projects: ProjectFile
    events: EventFile
    reports: ReportFile
    deviations: DeviationFile

    def path(self, name: str) -> Path:
        """Return the path of a file such as ``questions`` or ``agreements/gemeente``."""
        return self.folder / f"{name}.yml"


def read_declarations(study: Study) -> Declarations:
    """Read `questions`, `agreements/*`, `projects`, `events`, `reports` and `deviations`.

    Raises
    ------
    DeclarationError
        A file is missing or invalid, with file, line and what is allowed.
    """
    folder = study.analysis
    return Declarations(
        folder=folder,
        questions=read_model(folder / "questions.yml", QuestionFile),
        agreements=_read_agreements(folder / "agreements"),
        projects=read_model(folder / "projects.yml", ProjectFile),
        events=read_model(folder / "events.yml", EventFile),
        reports=read_model(folder / "reports.yml", ReportFile),
        deviations=read_model(folder / "deviations.yml", DeviationFile),
    )


def _read_agreements(folder: Path) -> dict[str, Agreement]:
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise DeclarationError(
            "there is no agreement",
            where=str(folder),
            remedy="write one file per audience, AUDIENCE.yml; 'evaluatie init DIR' has examples.",
        )
    return {path.stem: read_model(path, Agreement) for path in paths}
