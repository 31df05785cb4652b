"""How commands reach a server: its address from --server, who they are from the environment.

GEX_TOKEN        bearer token
GEX_CA           PEM of who vouches for the server; with it, or an address https://host:port, the channel is encrypted
GEX_CERTIFICATE  PEM of this client's certificate, GEX_KEY of its key, where the server asks for one
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc
    from gex_client import Client

HTTPS, HTTP = "https://", "http://"


@dataclass(frozen=True)
class Way:
    """An address, and what to show there."""

    address: str
    credentials: "grpc.ChannelCredentials | None"
    token: str | None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `Client` and `AsyncClient`."""
        return {"credentials": self.credentials, "token": self.token}


def way_to(server: str, environment: Mapping[str, str] = os.environ) -> Way:
    """The way to a server named on the command line; an InputError where that is no address."""
    from gex_client import tls
    from gex_client.channel import check_address

    files = {name: environment.get(f"GEX_{name.upper()}") or None for name in ("ca", "certificate", "key")}
    is_encrypted = server.startswith(HTTPS) or any(files.values())
    address = server.removeprefix(HTTPS).removeprefix(HTTP).rstrip("/")
    check_address(address)
    return Way(address, tls(**files) if is_encrypted else None, environment.get("GEX_TOKEN") or None)


def connect(server: str, *, timeout: float | None = 10.0) -> "Client":
    """A client of the server named on the command line."""
    from gex_client import Client

    way = way_to(server)
    return Client(way.address, timeout=timeout, **way.options)
