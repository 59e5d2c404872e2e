"""From agreed questions and validated data to estimates and verdicts."""

from evaluatie.evaluation.study_estimates import StudyResults, estimate_study, verdicts_only

__all__ = ["StudyResults", "estimate_study", "verdicts_only"]
