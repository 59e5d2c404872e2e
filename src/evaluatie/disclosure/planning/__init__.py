"""Decide what is shown: primary cells, the cheapest pattern that protects them, row statuses."""
