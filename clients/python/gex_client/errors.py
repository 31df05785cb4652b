"""The errors of the gex service, raised again on this side: one tree, the same names and reasons as in `gex.errors`.

    GexError
    ├── InputError            the caller's data or options are wrong                 INVALID_INPUT
    │   ├── ColumnError       one column has the wrong shape, type or value          INVALID_COLUMN
    │   ├── SourceError       bytes of a source that cannot be read as a chain       UNREADABLE_SOURCE
    │   ├── SymbolError       a contract symbol that names no contract               INVALID_SYMBOL
    │   └── TooLargeError     more rows or bytes than is allowed                     TOO_LARGE
    ├── MissingDataError      the question is fine, the data to answer it is not there   MISSING_DATA
    │   ├── UnknownUnderlyingError   no chain is kept under that name                UNKNOWN_UNDERLYING
    │   │   └── UnknownBookError     no book is kept under that name                 UNKNOWN_BOOK
    │   ├── NoForwardError    neither parity pairs nor a carry give a forward        NO_FORWARD
    │   └── NoQuotesError     no row survived cleaning                               NO_QUOTES
    ├── NumericalError        an algorithm could not give a number it stands behind  NUMERICAL_FAILURE
    └── ServerError           the server, not the question                           SERVER_ERROR
        ├── NotBuiltError     a call or field that this server does not answer yet   NOT_BUILT
        ├── DeadlineError     the time of the call was over                          DEADLINE_EXCEEDED
        ├── OverloadedError   more work is waiting than can be done in time          OVERLOADED
        ├── DrainingError     the server is going down                               DRAINING
        ├── RevisionConflictError   the kept chain is not of the expected revision   REVISION_CONFLICT
        ├── UnauthenticatedError   no token or certificate that the server knows     UNAUTHENTICATED
        ├── NotAllowedError   the role of the token may not call this                NOT_ALLOWED
        ├── RateLimitError    this client asks for more than it may                  RATE_LIMITED
        └── UnavailableError  nobody answered at the address                         UNAVAILABLE

The classes are not those of `gex`, which this client does not need; `reason` is what the two sides share.
"""

from typing import ClassVar


class GexError(Exception):
    """Base of every error of the service."""

    reason: ClassVar[str] = "GEX_ERROR"
    field: str | None = None  # path of the field of the request that is to blame, "chain.strike"; None: no single one
    retry_after_seconds: float | None = None  # when the server asks to try again; None: it does not


class InputError(GexError):
    """The caller's data or options are wrong; the same call will fail again."""

    reason = "INVALID_INPUT"


class ColumnError(InputError):
    """A column has the wrong shape, type or value; names the column and, where one is to blame, the row."""

    reason = "INVALID_COLUMN"

    def __init__(self, message: str, *, column: str, row: int | None = None) -> None:
        super().__init__(message)
        self.column = column
        self.row = row


class SourceError(InputError):
    """Bytes of a data source that cannot be read as a chain."""

    reason = "UNREADABLE_SOURCE"


class SymbolError(InputError):
    """A contract symbol that names no contract."""

    reason = "INVALID_SYMBOL"


class TooLargeError(InputError):
    """More rows or bytes than the limit allows."""

    reason = "TOO_LARGE"


class MissingDataError(GexError):
    """The question is fine, but the data to answer it is not there."""

    reason = "MISSING_DATA"


class UnknownUnderlyingError(MissingDataError):
    """No chain is kept under that name."""

    reason = "UNKNOWN_UNDERLYING"


class UnknownBookError(UnknownUnderlyingError):
    """No book is kept under that name."""

    reason = "UNKNOWN_BOOK"


class NoForwardError(MissingDataError):
    """Neither parity pairs nor a carry assumption give a forward."""

    reason = "NO_FORWARD"


class NoQuotesError(MissingDataError):
    """No row survived cleaning."""

    reason = "NO_QUOTES"


class NumericalError(GexError):
    """An algorithm could not give a number it stands behind."""

    reason = "NUMERICAL_FAILURE"


class ServerError(GexError):
    """The server could not answer, whatever the question."""

    reason = "SERVER_ERROR"


class NotBuiltError(ServerError):
    """A call or a field of the contract that this server does not answer yet."""

    reason = "NOT_BUILT"


class DeadlineError(ServerError):
    """The time of the call was over before the answer."""

    reason = "DEADLINE_EXCEEDED"


class OverloadedError(ServerError):
    """More work is waiting than the server can do in time."""

    reason = "OVERLOADED"


class DrainingError(ServerError):
    """The server is going down; another one may answer."""

    reason = "DRAINING"


class RevisionConflictError(ServerError):
    """The kept chain is not of the revision that the caller expected."""

    reason = "REVISION_CONFLICT"


class UnauthenticatedError(ServerError):
    """The server does not know the token or certificate, or wants one."""

    reason = "UNAUTHENTICATED"


class NotAllowedError(ServerError):
    """The token is known, and its role may not call this."""

    reason = "NOT_ALLOWED"


class RateLimitError(ServerError):
    """This client asks for more than it may; `retry_after_seconds` says when to try again."""

    reason = "RATE_LIMITED"


class UnavailableError(ServerError):
    """Nobody answered at the address."""

    reason = "UNAVAILABLE"


def error_of(reason: str, message: str) -> GexError:
    """The error of a reason that came in an answer.

    >>> error_of("NO_FORWARD", "SPX: no pairs")
    NoForwardError('SPX: no pairs')
    """
    kind = BY_REASON.get(reason, ServerError)
    return kind(message, column="") if issubclass(kind, ColumnError) else kind(message)


def _tree(root: type[GexError]) -> dict[str, type[GexError]]:
    classes = {root.reason: root}
    for child in root.__subclasses__():
        classes |= _tree(child)
    return classes


BY_REASON: dict[str, type[GexError]] = _tree(GexError)
