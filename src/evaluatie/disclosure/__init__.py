"""What may be published, over all reports together; the only way to a publishable result."""

from evaluatie.disclosure.audit import FINDING_COLUMNS, audit_publishable
from evaluatie.disclosure.plan import DisclosurePlan, plan_release
from evaluatie.disclosure.primary import Reason
from evaluatie.disclosure.publishable import PUBLISHABLE_COLUMNS, publishable
from evaluatie.disclosure.rules import DisclosureRules, load_rules

__all__ = [
    "FINDING_COLUMNS",
    "PUBLISHABLE_COLUMNS",
    "DisclosurePlan",
    "DisclosureRules",
    "Reason",
    "audit_publishable",
    "load_rules",
    "plan_release",
    "publishable",
]
