"""From agreed questions and validated data to estimates and verdicts."""

from evaluatie.evaluation.products import Products, build_products
from evaluatie.evaluation.study_estimates import StudyResults, estimate_study, verdicts_only

__all__ = ["Products", "StudyResults", "build_products", "estimate_study", "verdicts_only"]
