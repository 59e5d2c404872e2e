"""The whole route from data to verdict on many synthetic studies with known truth."""

from evaluatie.calibration.claims import any_false_claim
from evaluatie.calibration.document import document
from evaluatie.calibration.record import calibration_file, to_yaml
from evaluatie.calibration.replicates import REPLICATE_COLUMNS, replicate
from evaluatie.calibration.scenarios import Kind, kind_of
from evaluatie.calibration.simulation import recorded_in, simulate, stored
from evaluatie.calibration.stamp import Stamp, stamp_of
from evaluatie.calibration.summary import summarise

__all__ = [
    "REPLICATE_COLUMNS",
    "Kind",
    "Stamp",
    "any_false_claim",
    "calibration_file",
    "document",
    "kind_of",
    "recorded_in",
    "replicate",
    "simulate",
    "stamp_of",
    "stored",
    "summarise",
    "to_yaml",
]
