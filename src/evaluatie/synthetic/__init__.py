"""Synthetic studies with known truth, written as the raw files the real feeds would be."""

from evaluatie.synthetic.draw import PARTS, SyntheticStudy, draw_study
from evaluatie.synthetic.settings import SyntheticSettings, load_settings
from evaluatie.synthetic.write import refuse_foreign, write_study

__all__ = [
    "PARTS",
    "SyntheticSettings",
    "SyntheticStudy",
    "draw_study",
    "load_settings",
    "refuse_foreign",
    "write_study",
]
