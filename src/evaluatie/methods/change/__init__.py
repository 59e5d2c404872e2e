"""Models of change: persons and areas over waves."""
