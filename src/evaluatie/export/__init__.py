"""What a reviewer who works in R needs to make our numbers again: data, design, scripts."""

from evaluatie.export.bundle import Exported, export_for_r

__all__ = ["Exported", "export_for_r"]
