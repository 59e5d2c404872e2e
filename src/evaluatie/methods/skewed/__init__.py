"""Skewed amounts."""
