"""How long things take: waiting, care, staff around a household."""
