"""The whole route from data to verdict on many synthetic studies with known truth."""

from evaluatie.calibration.replicates import REPLICATE_COLUMNS, replicate
from evaluatie.calibration.simulation import simulate
from evaluatie.calibration.summary import summarise

__all__ = ["REPLICATE_COLUMNS", "replicate", "simulate", "summarise"]
