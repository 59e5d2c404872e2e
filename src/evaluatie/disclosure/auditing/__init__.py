"""Attack what is published. Imports nothing of the planner, so that a mistake of his shows."""

from evaluatie.disclosure.auditing.table import FINDING_COLUMNS, audit_publishable

__all__ = ["FINDING_COLUMNS", "audit_publishable"]
