"""The command line: one module per command, plain sentences for a user's mistake."""

from evaluatie.cli.app import main

__all__ = ["main"]
