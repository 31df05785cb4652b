"""Is a server ready? `grpc.health.v1` in the few bytes that it needs, instead of another package."""

HEALTH = "/grpc.health.v1.Health/Check"
_SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}: field 1, varint 1


def is_serving(response: bytes) -> bool:
    """True where the bytes of a HealthCheckResponse say SERVING."""
    return response == _SERVING
