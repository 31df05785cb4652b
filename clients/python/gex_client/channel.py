"""How the client reaches a server: channel options, retries, metadata, and the errors that come back."""

import ipaddress
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc

from gex_client import errors
from gex_client.calls import METHODS

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TIMEOUT = 10.0  # seconds
MESSAGE_LIMIT = 256 * 1024 * 1024  # bytes; gRPC's own limit of 4 MiB is some 50,000 options

# Asking again does no harm; a fill counts once by its fill_id. A publish or an override that may have arrived is not
# repeated behind the caller's back.
RETRIED = (
    "GetChain",
    "GetInventory",
    "GetBook",
    "ListUnderlyings",
    "GetStatus",
    "ComputeVols",
    "GetSurface",
    "EvaluateVols",
    "ComputeExposure",
    "GetExposure",
    "ComputeRisk",
    "ComputeScenarios",
    "PlanHedge",
    "ListDecisions",
    "ReportFill",
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")
_DETAILS = "grpc-status-details-bin"
_BY_CODE: dict[grpc.StatusCode, type[errors.GexError]] = {
    grpc.StatusCode.UNAVAILABLE: errors.UnavailableError,
    grpc.StatusCode.CANCELLED: errors.UnavailableError,  # by gRPC, at a socket that closes
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineError,
    grpc.StatusCode.UNIMPLEMENTED: errors.NotBuiltError,
    grpc.StatusCode.INVALID_ARGUMENT: errors.InputError,
    grpc.StatusCode.OUT_OF_RANGE: errors.InputError,
    grpc.StatusCode.UNAUTHENTICATED: errors.UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: errors.NotAllowedError,
    grpc.StatusCode.NOT_FOUND: errors.MissingDataError,
    grpc.StatusCode.FAILED_PRECONDITION: errors.MissingDataError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.TooLargeError,  # gRPC itself refused a message by its size
}


def channel_options(extra: Sequence[tuple[str, Any]] = ()) -> list[tuple[str, Any]]:
    """Options of a channel; `extra` goes before them."""
    options: dict[str, Any] = {
        # A slow reader of a watch is 36 small messages behind with these two, thousands without (measured: service.md).
        "grpc.http2.lookahead_bytes": 1024,
        "grpc.http2.bdp_probe": 0,
        # A client has a connection of its own: one that waits to reconnect does not hold up a new one.
        "grpc.use_local_subchannel_pool": 1,
        "grpc.max_receive_message_length": MESSAGE_LIMIT,
        "grpc.max_send_message_length": MESSAGE_LIMIT,
        "grpc.keepalive_time_ms": 30_000,
        "grpc.keepalive_timeout_ms": 10_000,
        "grpc.service_config": json.dumps(_service_config()),
        "grpc.initial_reconnect_backoff_ms": 100,
        "grpc.max_reconnect_backoff_ms": 2_000,
    }
    return list((options | dict(extra)).items())


def call_metadata(token: str | None) -> tuple[tuple[str, str], ...]:
    """Metadata of every call."""
    if token is None:
        return ()
    if not _TOKEN.fullmatch(token):
        raise errors.InputError("token: expected letters, digits and ._~+/=- only, no spaces or ends of lines")
    return (("authorization", f"Bearer {token}"),)


def tls(
    ca: str | Path | None = None, certificate: str | Path | None = None, key: str | Path | None = None
) -> grpc.ChannelCredentials:
    """Credentials of an encrypted channel, from PEM files: `Client(address, credentials=tls("ca.pem"), token=...)`.

    `ca`: who vouches for the server; None: the authorities that gRPC brings. `certificate` and `key`: of this client,
    where the server asks for one (mutual TLS).
    """
    if (certificate is None) != (key is None):
        raise errors.InputError("tls: expected certificate and key, or none of them")
    return grpc.ssl_channel_credentials(_pem(ca, "ca"), _pem(key, "key"), _pem(certificate, "certificate"))


def check_address(address: str) -> None:
    """An InputError where gRPC would take an address for another one: it drops what is above 16 bits of a port.

    >>> check_address("127.0.0.1:99999")
    Traceback (most recent call last):
    gex_client.errors.InputError: address: expected host:port with a port from 1 to 65535, got '127.0.0.1:99999'
    """
    if isinstance(address, str) and address.startswith(("unix:", "unix-abstract:", "vsock:")):
        return
    is_good = isinstance(address, str) and bool(address) and not re.search(r"\s", address)
    if is_good:
        host = address.rpartition("//")[2].rpartition("/")[2].removeprefix("ipv4:").removeprefix("ipv6:")
        name, colon, port = host.removeprefix("dns:").rpartition(":")
        if colon and "]" not in port and (":" not in name or name.endswith("]")):
            is_good = bool(name) and port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    if not is_good:
        raise errors.InputError(f"address: expected host:port with a port from 1 to 65535, got {address!r}")


def check_token_is_safe(address: str, token: str | None, credentials: grpc.ChannelCredentials | None) -> None:
    """An InputError where a token would leave this machine unencrypted."""
    if token is not None and credentials is None and not _is_here(address):
        raise errors.InputError(
            f"token: would be sent to {address} unencrypted; expected credentials=tls(...), or insecure_token=True"
        )


def _is_here(address: str) -> bool:
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rpartition("//")[2].rpartition("/")[2].removeprefix("ipv4:").removeprefix("ipv6:")
    host = host.rpartition(":")[0].strip("[]") if ":" in host else host
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pem(path: str | Path | None, name: str) -> bytes | None:
    if path is None:
        return None
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise errors.InputError(f"{name}: {path}: {error.strerror}") from None
    if b"-----BEGIN " not in content:
        raise errors.InputError(f"{name}: {path}: expected PEM")
    return content


def error_from_rpc(rpc_error: grpc.RpcError, address: str) -> errors.GexError:
    """The error that a server raised, as the class of the same reason; else one by its status code."""
    code, text = rpc_error.code(), rpc_error.details() or ""
    facts = _details(rpc_error.trailing_metadata() or ())
    kind = errors.BY_REASON.get(facts.get("reason", "")) or _BY_CODE.get(code, errors.ServerError)
    if kind is errors.UnavailableError:
        text = f"{address}: no server answered ({text})"
    field = facts.get("column") or facts.get("field")
    if issubclass(kind, errors.ColumnError):
        row = facts.get("row", "")
        error: errors.GexError = kind(text, column=field or "", row=int(row) if row.isdigit() else None)
    else:
        error = kind(text or code.name.lower())
    error.field = field
    if "retry_after" in facts:
        error.retry_after_seconds = float(facts["retry_after"])
    return error


def _details(metadata: Any) -> dict[str, str]:
    """What google.rpc.Status in the trailing metadata says: reason, column, row, field, retry_after."""
    payload = next((value for key, value in metadata if key == _DETAILS), None)
    if payload is None:
        return {}
    from google.rpc import error_details_pb2, status_pb2  # only where something went wrong: 10 ms of import

    facts: dict[str, str] = {}
    for detail in status_pb2.Status.FromString(payload).details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo.FromString(detail.value)
            facts = {**facts, **info.metadata, "reason": info.reason}
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            for violation in error_details_pb2.BadRequest.FromString(detail.value).field_violations[:1]:
                path, _, row = violation.field.removesuffix("]").rpartition("[")
                is_row = bool(path) and row.isdigit()
                facts.setdefault("field", path if is_row else violation.field)
                if is_row:
                    facts.setdefault("row", row)
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            delay = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay
            facts["retry_after"] = str(delay.seconds + delay.nanos * 1e-9)
    return facts


def _service_config() -> dict[str, Any]:
    """Three attempts of idempotent calls where a server was not there; fewer when many fail."""
    return {
        "methodConfig": [
            {
                "name": [{"service": METHODS[name].containing_service.full_name, "method": name} for name in RETRIED],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    # CANCELLED: by gRPC itself, where a call reached a socket as it closed.
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            }
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
    }
