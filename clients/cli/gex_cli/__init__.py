"""The `gex` command: dealer exposure, volatilities and hedges in a terminal, here or from a server."""
