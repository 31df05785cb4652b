"""Errors as gRPC statuses: one table from class to code, and google.rpc details that name field and row."""

from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from gex.errors import (
    ColumnError,
    GexError,
    InputError,
    MissingDataError,
    NumericalError,
    TooLargeError,
    UnknownUnderlyingError,
)
from gex_server.errors import (
    DeadlineError,
    DrainingError,
    FieldError,
    NotAllowedError,
    NotBuiltError,
    OverloadedError,
    RateLimitError,
    RevisionConflictError,
    UnauthenticatedError,
)

DOMAIN = "gex"

# Looked up along the bases of the error's class: the nearest entry counts.
CODES: dict[type[GexError], grpc.StatusCode] = {
    InputError: grpc.StatusCode.INVALID_ARGUMENT,
    TooLargeError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    MissingDataError: grpc.StatusCode.FAILED_PRECONDITION,
    UnknownUnderlyingError: grpc.StatusCode.NOT_FOUND,
    NumericalError: grpc.StatusCode.FAILED_PRECONDITION,
    NotBuiltError: grpc.StatusCode.UNIMPLEMENTED,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
    OverloadedError: grpc.StatusCode.UNAVAILABLE,
    DrainingError: grpc.StatusCode.UNAVAILABLE,
    RevisionConflictError: grpc.StatusCode.ABORTED,
    UnauthenticatedError: grpc.StatusCode.UNAUTHENTICATED,
    NotAllowedError: grpc.StatusCode.PERMISSION_DENIED,
    RateLimitError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    GexError: grpc.StatusCode.INTERNAL,
}


def code_of(error: GexError) -> grpc.StatusCode:
    """The gRPC code of an error."""
    return next(CODES[cls] for cls in type(error).__mro__ if cls in CODES)


def status_of(error: GexError) -> status_pb2.Status:
    """The whole status of an error: code, message, ErrorInfo with the stable reason, and what is to blame."""
    details: list[Message] = [error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)]
    field = _field_to_blame(error)
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=field, description=str(error), reason=error.reason
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
        details[0].metadata["field"] = field  # type: ignore[attr-defined]
    if isinstance(error, ColumnError):
        details[0].metadata["column"] = error.column  # type: ignore[attr-defined]
        if error.row is not None:
            details[0].metadata["row"] = str(error.row)  # type: ignore[attr-defined]
    if isinstance(error, OverloadedError | RateLimitError):
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(round(error.retry_after_seconds * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return _status(code_of(error), str(error), details)


def internal_status(request_id: str) -> status_pb2.Status:
    """The status of a defect: nothing of it is told, the log has it under `request_id`."""
    info = error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"request_id": request_id})
    return _status(grpc.StatusCode.INTERNAL, f"internal error, logged as {request_id}", [info])


def _field_to_blame(error: GexError) -> str | None:
    if isinstance(error, ColumnError):
        return error.column if error.row is None else f"{error.column}[{error.row}]"
    if isinstance(error, FieldError | NotBuiltError):
        return error.field
    return None


def _status(code: grpc.StatusCode, message: str, details: list[Message]) -> status_pb2.Status:
    packed: list[Any] = []
    for detail in details:
        entry = any_pb2.Any()
        entry.Pack(detail)
        packed.append(entry)
    return status_pb2.Status(code=code.value[0], message=message, details=packed)
