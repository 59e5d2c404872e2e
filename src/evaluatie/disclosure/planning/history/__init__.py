"""What was released before: fixed for ever, and what it makes impossible."""
