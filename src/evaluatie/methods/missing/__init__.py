"""Missing answers and people who did not answer again."""
