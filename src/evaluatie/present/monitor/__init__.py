"""Tables and figures of the cost monitor, one file per topic."""
