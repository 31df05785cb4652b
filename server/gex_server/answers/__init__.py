"""Pure functions from request to response: what a handler calls, and what the `gex` command calls without a server."""
