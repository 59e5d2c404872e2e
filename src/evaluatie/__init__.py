"""Evaluation of a neighbourhood health programme: resident survey and cost monitor."""

__version__ = "0.1.0"
