"""What a server is told, and the defaults of what it is not: each a field with its unit in its name, checked at start.

Where the values come from (arguments, environment, file) is in `settings_sources.py`.
"""

import ipaddress
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gex_server.wire.chain import ChainLimits

MEBIBYTE = 1 << 20
SHORTEST_TOKEN = 20  # characters


def available_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Settings of one server process."""

    model_config = SettingsConfigDict(env_prefix="GEX_", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    # where it listens
    host: str = Field(default="127.0.0.1", description="Address to listen on; beyond loopback only with TLS.")
    port: int = Field(default=50051, ge=0, le=65_535, description="Port; 0 lets the system choose one.")
    socket: str = Field(default="", description="A unix socket to listen on too; nothing is encrypted there.")
    supervised: bool = Field(default=False, description="Take orders on standard input; set by gex serve --shards.")
    shard: int = Field(default=0, ge=0, description="Number of this shard, from 0; set by gex serve --shards.")
    shard_count: int = Field(default=1, ge=1, le=256, description="Shards of the service; set by gex serve --shards.")
    shard_folder: Path | None = Field(default=None, description="Where the shards' sockets are; likewise.")
    allow_insecure_bind: bool = Field(
        default=False, description="Listen beyond loopback although nothing is encrypted."
    )

    # who may call
    tls_certificate_file: Path | None = Field(default=None, description="Certificate chain of the server, PEM.")
    tls_key_file: Path | None = Field(default=None, description="Private key of that certificate, PEM.")
    tls_client_ca_file: Path | None = Field(
        default=None, description="Mutual TLS: authorities of clients, PEM; clients without a certificate are refused."
    )
    token_file: Path | None = Field(default=None, description="Clients with their roles and tokens, TOML.")
    admin_token: SecretStr | None = Field(default=None, description="One token with the role admin.")
    allow_anonymous: bool = Field(default=False, description="Listen beyond loopback for callers that show no token.")
    reload_seconds: float = Field(default=5.0, gt=0.0, description="How often changed token files are looked for.")

    # how much each client may ask
    client_calls_per_second: float | None = Field(default=None, gt=0.0, description="Calls a second of each client.")
    client_rows_per_second: float | None = Field(default=None, gt=0.0, description="Rows a second each client sends.")
    client_calls_at_once: int | None = Field(default=None, ge=1, description="Calls and streams of each client.")

    # how much it takes
    cores: int = Field(default_factory=available_cores, ge=1, le=1024, description="Threads for kernels.")
    waiting_limit: int = Field(default=256, ge=1, description="Kernels in work or waiting before calls are shed.")
    longest_wait_seconds: float = Field(
        default=0.05, gt=0.0, description="Work that would wait longer for a thread is shed."
    )
    inline_rows: int = Field(default=0, ge=0, description="Chains up to so many rows are computed without a thread.")
    max_message_mebibytes: int = Field(default=128, ge=1, le=1024, description="Largest request or response.")
    max_rows: int = Field(default=100_000, ge=1, description="Most rows of a chain.")
    max_expiries: int = Field(default=1_000, ge=1, description="Most expiries of a chain.")
    max_underlyings: int = Field(default=10_000, ge=1, description="Most chains kept.")
    max_watches: int = Field(default=64, ge=1, description="Most watches on one stream.")
    max_calls: int = Field(default=2_000, ge=1, description="Most calls at once, streams included; a backstop.")
    max_calls_per_method: int = Field(default=1_000, ge=1, description="Most calls of one method at once.")
    cached_answers: int = Field(default=128, ge=1, description="Answers and analyses remembered.")

    # what it keeps
    state_folder: Path | None = Field(
        default=None,
        description="Kept chains, inventories and books survive a restart in this folder; none: in memory.",
    )
    durability: Literal["written", "synced"] = Field(
        default="written",
        description="An update is acknowledged once it survives the server (written) or the machine (synced).",
    )
    state_sync_seconds: float = Field(default=0.2, gt=0.0, description="Longest time that written data is not synced.")
    state_compact_mebibytes: float = Field(
        default=64.0, gt=0.0, description="Growth of the journal after which the state is written whole again."
    )
    max_books: int = Field(default=10_000, ge=1, description="Most books kept.")
    audit_url: str | None = Field(
        default=None,
        description="Database of hedges and their decisions; none: audit.db in state_folder, without one in memory.",
    )
    audit_memory_entries: int = Field(
        default=20_000, ge=100, description="Entries of hedges kept in memory, where nothing says on which disk."
    )
    max_hedges: int = Field(default=1_000, ge=1, description="Most hedges kept.")

    # connections
    max_connections: int = Field(default=10_000, ge=1, description="Most connections at once.")
    max_streams_per_connection: int = Field(default=1_000, ge=1, description="Most calls at once on one connection.")
    max_metadata_kibibytes: int = Field(default=16, ge=1, le=1024, description="Largest metadata of a call.")
    handshake_timeout_seconds: float = Field(default=10.0, gt=0.0, description="For TLS and HTTP/2 to be agreed on.")
    keepalive_seconds: float = Field(default=30.0, ge=1.0, description="Silence before a client is pinged.")
    keepalive_timeout_seconds: float = Field(default=20.0, ge=0.1, description="For its answer, else it is gone.")
    min_ping_interval_seconds: float = Field(default=10.0, ge=0.0, description="Clients that ping oftener are cut off.")
    max_connection_age_seconds: float = Field(default=1_800.0, ge=1.0, description="Then a client connects anew.")
    max_connection_age_grace_seconds: float = Field(default=300.0, ge=0.0, description="For calls open at that age.")

    # time
    default_deadline_seconds: float = Field(default=30.0, gt=0.0, description="For unary calls without a deadline.")
    heartbeat_seconds: float = Field(default=15.0, gt=0.0, description="Silence on a watch before a heartbeat.")
    drain_delay_seconds: float = Field(default=0.5, ge=0.0, description="From NOT_SERVING to refusing new calls.")
    grace_seconds: float = Field(default=30.0, ge=0.0, description="For calls in work when the server stops.")

    # what it tells about itself
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_calls: bool = Field(default=False, description="A line in the log for every call, not only for failed ones.")
    metrics_host: str = Field(default="127.0.0.1", description="Address of the Prometheus metrics; not encrypted.")
    metrics_port: int | None = Field(default=None, ge=0, le=65_535, description="Port of the metrics; none: off.")
    otel_endpoint: str | None = Field(default=None, description="OTLP/HTTP collector for traces (extra otel).")

    @model_validator(mode="after")
    def _refuse_what_is_not_safe(self) -> "Settings":
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file: expected both or none")
        if self.tls_client_ca_file is not None and not self.is_encrypted:
            raise ValueError("tls_client_ca_file: expected tls_certificate_file and tls_key_file with it")
        if self.admin_token is not None and len(self.admin_token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"admin_token: expected at least {SHORTEST_TOKEN} characters")
        if self.allow_insecure_bind or is_loopback(self.host):
            return self
        if not self.is_encrypted:
            raise ValueError(
                f"host: expected a loopback address, got {self.host!r}; listening elsewhere needs tls_certificate_file and "
                "tls_key_file, or allow_insecure_bind where nothing is to be encrypted (GEX_ALLOW_INSECURE_BIND=true)"
            )
        if not self.knows_callers and not self.allow_anonymous:
            raise ValueError(
                f"host: {self.host!r} is beyond loopback and nothing says who may call: expected token_file, admin_token or "
                "tls_client_ca_file, or allow_anonymous where everyone may do everything"
            )
        return self

    @property
    def is_encrypted(self) -> bool:
        """True where the server speaks TLS."""
        return self.tls_certificate_file is not None

    @property
    def knows_callers(self) -> bool:
        """True where a caller has to say who it is, by token or certificate."""
        return any(one is not None for one in (self.token_file, self.admin_token, self.tls_client_ca_file))

    @property
    def chain_limits(self) -> ChainLimits:
        """How large a chain may be."""
        return ChainLimits(rows=self.max_rows, expiries=self.max_expiries)

    @property
    def address(self) -> str:
        """Host and port as gRPC writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for names and addresses that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
