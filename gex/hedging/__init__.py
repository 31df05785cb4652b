"""Hedges in futures: what to trade now in whole contracts, and when to ask again."""
