"""Backtests: hedging rules on simulated and recorded markets, held against what could be done best."""
