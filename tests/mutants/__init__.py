"""Guards weakened one at a time (fault F19): for each of them the suite must turn red. ``make mutants``."""
