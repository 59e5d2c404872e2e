"""What every number is about: cells, the claims of a row, and the tables they add up in.

Planner and auditor both read rows through this room, and share nothing else.
"""
