"""Readers: one file a source, pure `parse_chain(payload, as_of) -> Cleaned`. pandas and Arrow live here only."""
