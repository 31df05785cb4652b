"""The port of a server: gRPC's own limits, TLS, and who is let in."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import structlog

from gex.errors import InputError
from gex_server.auth import Gate
from gex_server.errors import ServerError
from gex_server.logs import Throttle
from gex_server.metrics import Metrics
from gex_server.settings import MEBIBYTE, Settings
from gex_server.tls import server_credentials
from gex_server.tokens import known_clients

log = structlog.get_logger("gex_server")


def channel_options(settings: Settings) -> list[tuple[str, Any]]:
    """The gRPC options of the server."""
    size = settings.max_message_mebibytes * MEBIBYTE
    metadata = settings.max_metadata_kibibytes * 1024

    def milliseconds(seconds: float) -> int:
        return round(1e3 * seconds)

    return [
        ("grpc.max_receive_message_length", size),
        ("grpc.max_send_message_length", size),
        # A second server on the port is told so, instead of sharing it in silence; only a successor is to share it.
        ("grpc.so_reuseport", int(settings.supervised)),
        ("grpc.keepalive_time_ms", milliseconds(settings.keepalive_seconds)),
        ("grpc.keepalive_timeout_ms", milliseconds(settings.keepalive_timeout_seconds)),
        # A connection that stops in the middle of a frame is held by this one, which is a minute unless it is said.
        ("grpc.http2.ping_timeout_ms", milliseconds(settings.keepalive_timeout_seconds)),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", milliseconds(settings.min_ping_interval_seconds)),
        ("grpc.http2.max_ping_strikes", 2),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_connection_age_ms", milliseconds(settings.max_connection_age_seconds)),
        ("grpc.max_connection_age_grace_ms", milliseconds(settings.max_connection_age_grace_seconds)),
        ("grpc.max_concurrent_streams", settings.max_streams_per_connection),
        ("grpc.max_allowed_incoming_connections", settings.max_connections),
        ("grpc.server_handshake_timeout_ms", milliseconds(settings.handshake_timeout_seconds)),
        ("grpc.max_metadata_size", metadata),
        ("grpc.absolute_max_metadata_size", metadata),
    ]


class Listener:
    """A gRPC server that listens where the settings say, with its gate."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._throttle = Throttle()
        clients = known_clients(settings) if settings.knows_callers else None
        only_certificates = settings.token_file is None and settings.admin_token is None
        self.gate = Gate(
            clients,
            by_any_certificate=only_certificates and settings.tls_client_ca_file is not None,
            denied=self._denied,
        )
        self.server = grpc.aio.server(
            options=channel_options(settings), maximum_concurrent_rpcs=settings.max_calls, interceptors=(self.gate,)
        )

    def listen(self) -> int:
        """Take the port, and the socket where there is one; the number of the port."""
        if self._settings.socket:
            self.server.add_insecure_port(f"unix:{self._settings.socket}")
        if self._settings.is_encrypted:
            credentials = server_credentials(self._settings, self._reload_failed)
            return int(self.server.add_secure_port(self._settings.address, credentials))
        return int(self.server.add_insecure_port(self._settings.address))

    def reload_clients(self) -> None:
        """Read the token file again; where it cannot be used, those known before stay."""
        if self._settings.token_file is None:
            return
        try:
            self.gate.clients = known_clients(self._settings)
        except InputError as error:
            self._reload_failed(str(error))
        else:
            log.info("clients", count=len(self.gate.clients))

    async def follow_token_file(self) -> None:
        """Read the token file again whenever it changes."""
        path = self._settings.token_file
        if path is None:
            return
        seen = await asyncio.to_thread(_changed_at, path)
        while True:
            await asyncio.sleep(self._settings.reload_seconds)
            stamp = await asyncio.to_thread(_changed_at, path)
            if stamp != seen:
                seen = stamp
                self.reload_clients()

    def _denied(self, method: str, error: ServerError, request_id: str) -> None:
        """Count and log a refusal: why, never what was shown."""
        self._metrics.calls_denied.labels(error.reason).inc()
        left_out = self._throttle.passes()
        if left_out is not None:
            log.warning("denied", method=method, reason=error.reason, message=str(error), request_id=request_id,
                        left_out=left_out)  # fmt: skip

    def _reload_failed(self, reason: str) -> None:
        self._metrics.reload_failures.inc()
        log.error("reload failed, what was known before stays", reason=reason)


def _changed_at(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
