"""Time until something happens: curves, restricted means, competing ends, recurrences, Cox."""
