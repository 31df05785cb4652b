"""Values of open sets: what is built, what comes later, and what is no value at all."""

from gex_server.errors import FieldError, NotBuiltError


def one_of(value: str, built: tuple[str, ...], later: tuple[str, ...], field: str) -> None:
    """Raise a NotBuiltError for a value that comes later, a FieldError for one that the contract does not know."""
    if value in later:
        raise NotBuiltError(f"{field}: this server does not answer {value!r} yet", field=field)
    if value not in built:
        raise FieldError(f"expected one of {', '.join(name for name in built if name)}, got {value!r}", field=field)
