"""The errors of gex, one tree.

    GexError
    ├── InputError            the caller's data or options are wrong                 INVALID_INPUT
    │   ├── ColumnError       one column has the wrong shape, type or value          INVALID_COLUMN
    │   ├── SourceError       bytes of a source that cannot be read as a chain       UNREADABLE_SOURCE
    │   ├── SymbolError       a contract symbol that names no contract               INVALID_SYMBOL
    │   └── TooLargeError     more rows or bytes than is allowed                     TOO_LARGE
    ├── MissingDataError      the question is fine, the data to answer it is not there   MISSING_DATA
    │   ├── UnknownUnderlyingError   no chain is kept under that name                UNKNOWN_UNDERLYING
    │   ├── NoForwardError    neither parity pairs nor a carry give a forward        NO_FORWARD
    │   └── NoQuotesError     no row survived cleaning                               NO_QUOTES
    └── NumericalError        an algorithm could not give a number it stands behind  NUMERICAL_FAILURE

`reason` is stable: programs compare it, people read the message. A message says what, expected and seen. Bad *rows* are
never raised, they are returned as rejects.
"""

from typing import ClassVar


class GexError(Exception):
    """Base of every error that gex raises on purpose."""

    reason: ClassVar[str] = "GEX_ERROR"


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
    """Bytes of a data source that cannot be read as a chain; the message names place and reason."""

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


class NoForwardError(MissingDataError):
    """Neither parity pairs nor a carry assumption give a forward."""

    reason = "NO_FORWARD"


class NoQuotesError(MissingDataError):
    """No row survived cleaning."""

    reason = "NO_QUOTES"


class NumericalError(GexError):
    """An algorithm could not give a number it stands behind."""

    reason = "NUMERICAL_FAILURE"
