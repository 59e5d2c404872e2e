"""Units chosen because a measurement was extreme: what had to be expected anyway."""
