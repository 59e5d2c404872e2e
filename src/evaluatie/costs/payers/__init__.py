"""Who pays: amounts per law and calendar year, shifts between payers, substitution, funding."""
