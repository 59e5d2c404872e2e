"""How unequally an amount is spread over units: concentration index, Gini, Lorenz, top shares."""
