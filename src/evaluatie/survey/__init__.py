"""The residents' and professionals' surveys: scores, panel, weights, levels."""

from evaluatie.survey.design import SurveyDesign
from evaluatie.survey.levels import (
    LEVEL_COLUMNS,
    area_changes,
    area_levels,
    distribution,
    professional_levels,
)
from evaluatie.survey.panel import Linkage, link_panel, overlap_table
from evaluatie.survey.scoring import item_column, score, score_waves
from evaluatie.survey.weighting import WeightedPanel, population_of, weigh_panel

__all__ = [
    "LEVEL_COLUMNS",
    "Linkage",
    "SurveyDesign",
    "WeightedPanel",
    "area_changes",
    "area_levels",
    "distribution",
    "item_column",
    "link_panel",
    "overlap_table",
    "population_of",
    "professional_levels",
    "score",
    "score_waves",
    "weigh_panel",
]
