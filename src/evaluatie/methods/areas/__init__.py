"""Comparing a few areas: assignments, clusters, differences in differences."""
