"""The server's side of TLS. Certificates are read again when their files change, at the next handshake."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from gex.errors import InputError
from gex_server.settings import Settings


def server_credentials(settings: Settings, failed: Callable[[str], None]) -> grpc.ServerCredentials:
    """TLS, mutual where `tls_client_ca_file` is set. `failed` is told of new files that cannot be used."""
    files = TlsFiles(settings)
    first = files.configuration()

    def fetch() -> Any:
        if not files.changed():
            return None
        try:
            return files.configuration()
        except InputError as error:
            failed(str(error))
            return None

    return grpc.dynamic_ssl_server_credentials(
        first, fetch, require_client_authentication=settings.tls_client_ca_file is not None
    )


class TlsFiles:
    """Key, certificate and authorities as they are in their files."""

    def __init__(self, settings: Settings) -> None:
        assert settings.tls_certificate_file is not None
        assert settings.tls_key_file is not None
        self._certificate, self._key = settings.tls_certificate_file, settings.tls_key_file
        self._authorities = settings.tls_client_ca_file
        self._seen = self._stamps()

    def changed(self) -> bool:
        """True where a file is another one than at the last look."""
        stamps, before = self._stamps(), self._seen
        self._seen = stamps
        return stamps != before

    def configuration(self) -> Any:
        """What gRPC wants of them; an InputError where they do not belong together."""
        key = read(self._key, "tls_key_file", "PRIVATE KEY")
        chain = read(self._certificate, "tls_certificate_file", "CERTIFICATE")
        authorities = None
        if self._authorities is not None:
            authorities = read(self._authorities, "tls_client_ca_file", "CERTIFICATE")
        check_pair(self._certificate, self._key)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authorities)

    def _stamps(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in (self._certificate, self._key, self._authorities) if path is not None)


def read(path: Path, name: str, kind: str) -> bytes:
    """The bytes of a PEM file; an InputError where it is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {path}: {error.strerror}") from None
    if b"-----BEGIN " not in content or kind.encode() not in content:
        raise InputError(f"{name}: {path}: expected PEM with a {kind}")
    return content


def check_pair(certificate: Path, key: Path) -> None:
    """An InputError where the key is not that of the certificate, or needs a password."""

    def no_password() -> str:
        raise InputError(f"tls_key_file: {key}: a password is asked for, expected a key without one")

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, no_password)
    except ssl.SSLError as error:
        raise InputError(f"tls_key_file: {key} is not the key of {certificate} ({error.reason or error})") from None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
