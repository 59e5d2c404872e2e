"""From records to the ledger: codes, episodes, places, value, bookings, reconciliation."""
