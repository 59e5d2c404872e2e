"""What may be claimed: multiplicity, equivalence, power."""
