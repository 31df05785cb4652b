"""What can go wrong in a server besides the errors of gex; each has a place in `status.CODES`."""

from typing import ClassVar

from gex.errors import GexError, InputError, TooLargeError, UnknownUnderlyingError


class ServerError(GexError):
    """Base of the errors that only a server raises."""

    reason = "SERVER_ERROR"


class FieldError(InputError):
    """A field of a request has a value that cannot be used; `field` is its path, "chain.expiries[3].multiplier"."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class TooManyError(TooLargeError, FieldError):
    """A field of a request holds more than the limit allows; `field` ends in the index of the first one too many."""


class NotBuiltError(ServerError):
    """A call or a field of the contract that this server does not answer yet."""

    reason = "NOT_BUILT"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class DeadlineError(ServerError):
    """The caller's time is over; what was not begun is not begun."""

    reason = "DEADLINE_EXCEEDED"


class OverloadedError(ServerError):
    """More work is waiting than the server can do in time; try again after `retry_after_seconds`."""

    reason = "OVERLOADED"
    retry_after_seconds: ClassVar[float] = 0.1


class DrainingError(ServerError):
    """The server is going down; another one may answer."""

    reason = "DRAINING"


class UnknownBookError(UnknownUnderlyingError):
    """No book is kept under the name that was asked for."""

    reason = "UNKNOWN_BOOK"


class RevisionConflictError(ServerError):
    """The kept chain is not of the revision that the caller expected."""

    reason = "REVISION_CONFLICT"


class UnauthenticatedError(ServerError):
    """The caller did not show a token or certificate that this server knows."""

    reason = "UNAUTHENTICATED"


class NotAllowedError(ServerError):
    """The caller is known, and its role may not call this method."""

    reason = "NOT_ALLOWED"


class RateLimitError(ServerError):
    """The caller asks for more than it may; try again after `retry_after_seconds`."""

    reason = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
