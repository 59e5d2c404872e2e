"""Raw files in, validated frames and a list of problems out; never a value of a person."""

from evaluatie.intake.data import ANSWER_COLUMNS, ISSUE_COLUMNS, RawFrames, Source, StudyData
from evaluatie.intake.issues import require_clean, write_issues_csv, write_issues_html
from evaluatie.intake.national import plain_name
from evaluatie.intake.study_data import MANIFEST, raw_parts, read_study, validate_frames
from evaluatie.intake.texts import RULES

__all__ = [
    "ANSWER_COLUMNS",
    "ISSUE_COLUMNS",
    "MANIFEST",
    "RULES",
    "RawFrames",
    "Source",
    "StudyData",
    "plain_name",
    "raw_parts",
    "read_study",
    "require_clean",
    "validate_frames",
    "write_issues_csv",
    "write_issues_html",
]
