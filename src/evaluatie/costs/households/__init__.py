"""What the ledger says of households: stacking of care."""
