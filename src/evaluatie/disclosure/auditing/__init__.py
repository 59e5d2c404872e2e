"""Attack what is published. Imports nothing of the planner, so that a mistake of his shows."""

from evaluatie.disclosure.auditing.attack import derived_intervals, too_narrow
from evaluatie.disclosure.auditing.audit import audit_claims, audit_told
from evaluatie.disclosure.auditing.findings import FINDING_COLUMNS, Finding, Kind, findings_frame
from evaluatie.disclosure.auditing.table import audit_publishable

__all__ = [
    "FINDING_COLUMNS",
    "Finding",
    "Kind",
    "audit_claims",
    "audit_publishable",
    "audit_told",
    "derived_intervals",
    "findings_frame",
    "too_narrow",
]
