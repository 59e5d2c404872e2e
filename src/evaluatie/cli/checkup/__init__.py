"""What `evaluatie doctor` looks at: the machine, the study, and whatever of it lies open."""

from evaluatie.cli.checkup.finding import Finding, Level
from evaluatie.cli.checkup.folders import check_folders
from evaluatie.cli.checkup.leftovers import check_leftovers
from evaluatie.cli.checkup.machine import check_machine
from evaluatie.cli.checkup.outputs import check_outputs, check_releases
from evaluatie.cli.checkup.rules import check_rules
from evaluatie.cli.checkup.tracked import check_tracked

__all__ = [
    "Finding",
    "Level",
    "check_folders",
    "check_leftovers",
    "check_machine",
    "check_outputs",
    "check_releases",
    "check_rules",
    "check_tracked",
]
