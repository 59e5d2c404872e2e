"""What was agreed: questions, decision rules, audiences, amendments; declared and validated."""

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.burden import respondent_minutes
from evaluatie.agreement.gate import check_run
from evaluatie.agreement.model import (
    Agreement,
    Amendment,
    Deviation,
    Event,
    Exclusion,
    Margin,
    Project,
    Question,
    ReportRun,
    ReportSpec,
)
from evaluatie.agreement.reading import load_agreements
from evaluatie.agreement.schemas import json_schemas

__all__ = [
    "Agreement",
    "AgreementBook",
    "Amendment",
    "Deviation",
    "Event",
    "Exclusion",
    "Margin",
    "Project",
    "Question",
    "ReportRun",
    "ReportSpec",
    "check_run",
    "json_schemas",
    "load_agreements",
    "respondent_minutes",
]
