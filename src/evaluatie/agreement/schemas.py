"""JSON schemas of the analysis files, for editors that check YAML while it is typed."""

from __future__ import annotations

from typing import Any

from evaluatie.agreement.calibrated import CalibrationFile
from evaluatie.agreement.model import (
    Agreement,
    DeviationFile,
    EventFile,
    ProjectFile,
    QuestionFile,
    ReportFile,
)
from evaluatie.declarations import Declared
from evaluatie.study import StudyFile

_MODELS: dict[str, type[Declared]] = {
    "study": StudyFile,
    "questions": QuestionFile,
    "agreement": Agreement,
    "projects": ProjectFile,
    "events": EventFile,
    "reports": ReportFile,
    "deviations": DeviationFile,
    "calibration": CalibrationFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of every kind of analysis file, by name."""
    return {name: model.model_json_schema() for name, model in _MODELS.items()}
