"""The other mode for counts: multiples of a base that still add up, instead of hidden cells."""
