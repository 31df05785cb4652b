"""Implied-volatility surfaces, behind one protocol."""
