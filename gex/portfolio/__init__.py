"""A book of positions: what it is worth, how it moves, and its delta anywhere else."""
