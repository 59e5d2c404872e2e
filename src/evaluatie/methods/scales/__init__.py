"""How well a scale measures."""
