"""What may be published, over all reports together; the only way to a publishable result."""

from evaluatie.disclosure.auditing import FINDING_COLUMNS, audit_publishable
from evaluatie.disclosure.planning.plan import DisclosurePlan, plan_release
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.planning.publishable import PUBLISHABLE_COLUMNS, publishable
from evaluatie.disclosure.planning.stored import read_plan, write_plan
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
    "read_plan",
    "write_plan",
]
