"""The calls of the contract: check, call, answer. Nothing is computed here."""
