"""Volume: arrangements of a region on arrays, and the ledger of a region on an engine.

`active_cost_per_month` and `most_at_once` take arrangements chunk by chunk and keep no more than
their result; `LedgerEngine` runs the queries of `queries` on DuckDB, or on Spark by configuration.
"""
