"""Providers of care beside one another: their clients, their cost, their arrangements."""
