"""The mathematics on plain arrays, compiled by numba: numpy, math and numba only, nothing else of gex."""
