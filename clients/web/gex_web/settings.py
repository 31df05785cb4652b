"""What a gateway is told."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gex_client.errors import InputError
from gexapi.v1 import hedge_pb2


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """Settings of one gateway; InputError where they would open what should be shut."""

    server: str = "127.0.0.1:50051"  # address of the gex service
    server_name: str = ""  # how the page calls it; "": by its address
    host: str = "127.0.0.1"
    port: int = 8050  # 0: the system chooses
    token: str | None = None  # for whoever reaches the port; None: each browser logs in where the service wants a token
    client_arguments: dict[str, Any] = field(default_factory=dict)  # further arguments of AsyncClient: credentials
    allowed_hosts: Sequence[str] = ()  # names by which browsers may call it, beside loopback and `host`
    allow_insecure_bind: bool = False
    plan: hedge_pb2.PlanHedgeRequest | None = None  # the hedge that the page follows
    hedge: str = ""  # name of the kept hedge whose decisions the page lists
    heartbeat_seconds: float = 2.0  # silence on a stream before a sign of life, both ways
    min_interval_seconds: float = 0.1  # between two maps of one watch
    linger_seconds: float = 5.0  # a watch that nobody reads goes on for so long: browsers reload
    call_timeout_seconds: float = 30.0
    max_streams: int = 128  # browsers at once
    max_sessions: int = 1_000  # logged in

    def __post_init__(self) -> None:
        if is_loopback(self.host):
            return
        if not self.allow_insecure_bind:
            raise InputError(
                f"host: expected a loopback address, got {self.host!r}; nothing is encrypted here: put a proxy with TLS in "
                "front of loopback, or say --allow-insecure-bind"
            )
        if self.token is not None:
            raise InputError(
                "token: a page beyond loopback would lend it to whoever reaches the port; leave it out, and each user "
                "logs in with a token of their own"
            )

    @property
    def hosts(self) -> frozenset[str]:
        """Names and addresses in the Host header of a browser that may be answered, lower case, without port."""
        own = () if self.host in ("0.0.0.0", "::") else (self.host,)
        return frozenset(
            name.lower().strip("[]") for name in ("127.0.0.1", "localhost", "::1", *own, *self.allowed_hosts)
        )


def is_loopback(host: str) -> bool:
    """True for names and addresses that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
