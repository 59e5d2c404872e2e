"""Amounts per area and period: cells, annual totals, windows, series, price level."""
