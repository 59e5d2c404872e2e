"""What was agreed: questions, decision rules, audiences, amendments; declared and validated."""

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.burden import minutes_by_agreement, respondent_minutes
from evaluatie.agreement.calibrated import CalibrationFile, CalibrationRecord, load_calibration
from evaluatie.agreement.duplicates import Duplicate, duplicates
from evaluatie.agreement.gate import check_run
from evaluatie.agreement.model import (
    Acceptance,
    Agreement,
    Amendment,
    Deviation,
    Event,
    Exclusion,
    Margin,
    Planning,
    Project,
    Question,
    ReportRun,
    ReportSpec,
)
from evaluatie.agreement.reading import load_agreements
from evaluatie.agreement.schemas import json_schemas

__all__ = [
    "Acceptance",
    "Agreement",
    "AgreementBook",
    "Amendment",
    "CalibrationFile",
    "CalibrationRecord",
    "Deviation",
    "Duplicate",
    "Event",
    "Exclusion",
    "Margin",
    "Planning",
    "Project",
    "Question",
    "ReportRun",
    "ReportSpec",
    "check_run",
    "duplicates",
    "json_schemas",
    "load_agreements",
    "load_calibration",
    "minutes_by_agreement",
    "respondent_minutes",
]
