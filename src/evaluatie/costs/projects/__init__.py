"""Projects: who took part, what was spent, and what is assumed to follow from it."""
