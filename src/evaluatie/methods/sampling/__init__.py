"""Estimates from the sampling design: weights, standard errors, tests."""
