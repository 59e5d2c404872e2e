"""What a finished file says: the numbers in HTML, PDF, Word, notebooks and CSV, as intervals."""
