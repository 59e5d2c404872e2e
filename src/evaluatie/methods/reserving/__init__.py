"""Amounts that are still to come in: run-off triangles."""
