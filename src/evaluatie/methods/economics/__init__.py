"""Health economics: discounting, cost per gain, net benefit, uncertainty of a calculation."""
