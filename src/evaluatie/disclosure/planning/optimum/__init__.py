"""The cheapest pattern for one additive table: attack, cuts, bound and search."""
