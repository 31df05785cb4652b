"""Between the contract and the values of gex: the one place that knows both."""
