"""The gex service: chains kept, analyses shared, answers over gRPC."""
