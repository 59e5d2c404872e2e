"""Advice to take categories together where most of a table is small."""
