"""Comparison of units that differ in size: funnel plots."""
