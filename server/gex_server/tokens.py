"""The clients that a server knows: name, role, and the token or certificate that shows who they are.

[[client]]
name = "desk-1"
role = "hedge"
token_sha256 = "6a0c…"              # of the token, so that the file is no secret; `gex token` makes one

[[client]]
name = "feed"
role = "publish"
token = "…"                         # as it is: the file must then be readable by its owner only
calls_per_second = 200              # instead of the server's limits, also rows_per_second, calls_at_once

[[client]]
name = "risk"
role = "read"
certificate = "risk.example.org"    # mutual TLS: common name or DNS name of the client's certificate
"""

import hashlib
import hmac
import secrets
import stat
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gex.errors import InputError
from gex_server.roles import Role
from gex_server.settings import SHORTEST_TOKEN, Settings

FIELDS = {
    "name",
    "role",
    "token",
    "token_sha256",
    "certificate",
    "calls_per_second",
    "rows_per_second",
    "calls_at_once",
}


@dataclass(frozen=True, kw_only=True)
class KnownClient:
    """A client of the server; limits that are None are the server's."""

    name: str
    role: Role
    digest: bytes | None = None  # SHA-256 of its token
    certificate: str | None = None
    calls_per_second: float | None = None
    rows_per_second: float | None = None
    calls_at_once: int | None = None


class KnownClients:
    """Clients by token and by certificate."""

    def __init__(self, clients: Iterable[KnownClient]) -> None:
        clients = tuple(clients)
        self._by_token = tuple((one.digest, one) for one in clients if one.digest is not None)
        self._by_certificate = {one.certificate: one for one in clients if one.certificate is not None}

    def with_token(self, token: str) -> KnownClient | None:
        """The client that has this token. As long for every token: all digests are compared, each in constant time."""
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for known, client in self._by_token:
            if hmac.compare_digest(known, digest):
                found = client
        return found

    def with_certificate(self, names: Iterable[str]) -> KnownClient | None:
        """The client whose certificate bears one of these names."""
        return next((self._by_certificate[name] for name in names if name in self._by_certificate), None)

    @property
    def by_certificate(self) -> bool:
        """True where a client may be known by its certificate alone."""
        return bool(self._by_certificate)

    def __len__(self) -> int:
        return len(self._by_token) + len(self._by_certificate)


def new_token() -> tuple[str, str]:
    """(a token of 256 random bits, its SHA-256 in hexadecimal)."""
    token = "gex_" + secrets.token_urlsafe(32)
    return token, hashlib.sha256(token.encode()).hexdigest()


def known_clients(settings: Settings) -> KnownClients:
    """The clients in the token file, and the one with the admin token."""
    clients = [] if settings.token_file is None else read_clients(settings.token_file)
    if settings.admin_token is not None:
        digest = hashlib.sha256(settings.admin_token.get_secret_value().encode()).digest()
        clients.append(KnownClient(name="admin_token", role=Role.ADMIN, digest=digest))
    return KnownClients(clients)


def read_clients(path: Path) -> list[KnownClient]:
    """The clients in a token file; an InputError that says which entry is wrong, and never its token."""
    try:
        values = tomllib.loads(path.read_text())
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(f"token_file: {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # its message could quote a token
        raise InputError(f"token_file: {path}: not TOML") from None
    entries = values.get("client")
    if not isinstance(entries, list) or not entries or set(values) != {"client"}:
        raise InputError(f"token_file: {path}: expected entries [[client]] and nothing else")
    if any(isinstance(one, dict) and "token" in one for one in entries) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"token_file: {path} holds tokens as they are and others may read it (mode {mode & 0o777:o}): chmod 600, or "
            "keep token_sha256 instead"
        )
    clients: list[KnownClient] = []
    for i, entry in enumerate(entries):
        client = _client(entry, f"token_file: client[{i}]")
        for other in clients:
            same = [n for n in ("name", "digest", "certificate") if getattr(client, n) == getattr(other, n) is not None]
            if same:
                raise InputError(f"token_file: client[{i}]: the {same[0].replace('digest', 'token')} of {other.name!r}")
        clients.append(client)
    return clients


def _client(entry: Any, place: str) -> KnownClient:
    if not isinstance(entry, dict):
        raise InputError(f"{place}: expected a table")
    wrong = sorted(set(entry) - FIELDS)
    if wrong:
        raise InputError(f"{place}: {wrong[0]}: expected one of {', '.join(sorted(FIELDS))}")
    name, role = entry.get("name"), entry.get("role")
    if not isinstance(name, str) or not name:
        raise InputError(f"{place}: name: expected a text")
    roles = {one.name.lower(): one for one in Role}
    if role not in roles:
        raise InputError(f"{place} ({name}): role: expected one of {', '.join(roles)}")
    shown = [key for key in ("token", "token_sha256", "certificate") if key in entry]
    if len(shown) != 1 or not isinstance(entry[shown[0]], str):
        raise InputError(f"{place} ({name}): expected one of token, token_sha256, certificate")
    limits = {
        key: _positive(entry[key], f"{place} ({name}): {key}")
        for key in entry
        if key in FIELDS - {"name", "role"} and key not in shown
    }
    at_once = limits.pop("calls_at_once", None)
    return KnownClient(
        name=name,
        role=roles[role],
        digest=_digest(entry, f"{place} ({name})"),
        certificate=entry.get("certificate"),
        calls_at_once=None if at_once is None else int(at_once),
        **limits,
    )


def _digest(entry: dict[str, Any], place: str) -> bytes | None:
    if "token_sha256" in entry:
        try:
            digest = bytes.fromhex(entry["token_sha256"])
        except ValueError:
            digest = b""
        if len(digest) != hashlib.sha256().digest_size:
            raise InputError(f"{place}: token_sha256: expected 64 hexadecimal digits")
        return digest
    if "token" not in entry:
        return None
    if len(entry["token"]) < SHORTEST_TOKEN:
        raise InputError(f"{place}: token: expected at least {SHORTEST_TOKEN} characters")
    return hashlib.sha256(entry["token"].encode()).digest()


def _positive(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InputError(f"{place}: expected a positive number")
    return value
