"""Dealer exposure: the map, its profile over spot, and the levels that desks watch."""
