"""Who calls: shown by a bearer token or a client's certificate, checked before the first byte of a request is read."""

import re
import secrets
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import grpc
from grpc_status import rpc_status

from gex_server.errors import NotAllowedError, ServerError, UnauthenticatedError
from gex_server.roles import Role, role_of
from gex_server.status import status_of
from gex_server.tokens import KnownClient, KnownClients

REQUEST_ID = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/=-]{1,512})")

Denied = Callable[[str, ServerError, str], None]  # (method, why, request id)


@dataclass(frozen=True)
class Caller:
    """Who made the call in work. `client` is None for one that nobody asked who it is."""

    request_id: str = ""
    client: KnownClient | None = None
    metadata: tuple[tuple[str, str | bytes], ...] = ()


CALLER: ContextVar[Caller] = ContextVar("caller", default=Caller())  # noqa: B039 (frozen)


class Gate(grpc.aio.ServerInterceptor):
    """Lets in who may call a method; leaves in CALLER who it was."""

    def __init__(self, clients: KnownClients | None, *, by_any_certificate: bool, denied: Denied) -> None:
        self.clients = clients  # replaced whole when the token file changes; None: everyone may everything
        self._by_any_certificate = by_any_certificate  # each that TLS let in is known, and nothing else is asked for
        self._denied = denied

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """The handler of the call, or one that refuses it."""
        metadata = tuple(details.invocation_metadata or ())
        caller = Caller(request_id(metadata), None, metadata)
        CALLER.set(caller)
        needed = role_of(details.method)
        if self.clients is None or needed is None:
            return await continuation(details)
        shown = [value for key, value in metadata if key == "authorization"]
        try:
            client = self._with_token(shown)
            if client is not None:
                _check_role(client, needed, details.method)
        except ServerError as error:
            self._denied(details.method, error, caller.request_id)
            return _refusal(error, caller.request_id)
        if client is not None:
            CALLER.set(replace(caller, client=client))
            return await continuation(details)
        return self._asking_for_certificate(await continuation(details), details.method, needed, caller)

    def _with_token(self, shown: list[str | bytes]) -> KnownClient | None:
        """The client of a token; None where none was shown and a certificate may do instead."""
        assert self.clients is not None
        if not shown and (self.clients.by_certificate or self._by_any_certificate):
            return None
        if len(shown) != 1:
            raise UnauthenticatedError("authorization: expected one bearer token in the metadata of the call")
        form = _BEARER.fullmatch(shown[0]) if isinstance(shown[0], str) else None
        if form is None:
            raise UnauthenticatedError('authorization: expected "Bearer TOKEN"')
        client = self.clients.with_token(form[1])
        if client is None:
            raise UnauthenticatedError("authorization: no client of this server has that token")
        return client

    def _with_certificate(self, context: Any, needed: Role, method: str) -> KnownClient:
        assert self.clients is not None
        names = certificate_names(context)
        client = self.clients.with_certificate(names)
        if client is None and names and self._by_any_certificate:
            client = KnownClient(name=names[0], role=Role.ADMIN, certificate=names[0])
        if client is None:
            seen = f"certificate of {names[0]!r} is no client's" if names else "neither a token nor a certificate"
            raise UnauthenticatedError(f"authorization: {seen}; expected a bearer token in the metadata of the call")
        _check_role(client, needed, method)
        return client

    def _asking_for_certificate(self, handler: Any, method: str, needed: Role, caller: Caller) -> Any:
        """The handler, behind a look at the certificate; that is known only once the call is in work."""
        if handler is None:
            return None

        async def enter(context: Any) -> None:
            try:
                client = self._with_certificate(context, needed, method)
            except ServerError as error:
                self._denied(method, error, caller.request_id)
                await _refuse(context, error, caller.request_id)
            CALLER.set(replace(caller, client=client))

        inner = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream

        async def one(request: Any, context: Any) -> Any:
            await enter(context)
            return await inner(request, context)

        async def many(request: Any, context: Any) -> None:
            await enter(context)
            answers = inner(request, context)
            if not hasattr(answers, "__aiter__"):
                await answers
                return
            async for answer in answers:
                await context.write(answer)

        return _like(handler, many if handler.response_streaming else one)


def request_id(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The caller's own x-request-id where it has the form of one (it goes into logs), else a new one."""
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return secrets.token_hex(8)


def certificate_names(context: Any) -> tuple[str, ...]:
    """Common name and alternative names of the client's certificate, which TLS has verified; empty without one."""
    facts = context.auth_context()
    if b"ssl" not in facts.get("transport_security_type", ()):
        return ()
    names = (*facts.get("x509_common_name", ()), *facts.get("x509_subject_alternative_name", ()))
    return tuple(name.decode("utf-8", "replace") for name in names)


def _check_role(client: KnownClient, needed: Role, method: str) -> None:
    if client.role < needed:
        raise NotAllowedError(
            f"{method}: expected the role {needed.name.lower()}, {client.name!r} has {client.role.name.lower()}"
        )


def _refusal(error: ServerError, number: str) -> Any:
    """A handler that refuses before the request is read, whatever the kind of the method."""

    async def refuse(_requests: Any, context: Any) -> None:
        await _refuse(context, error, number)

    return grpc.stream_stream_rpc_method_handler(refuse)


async def _refuse(context: Any, error: ServerError, number: str) -> NoReturn:
    status = rpc_status.to_status(status_of(error))
    await context.abort(status.code, status.details, (*status.trailing_metadata, (REQUEST_ID, number)))
    raise AssertionError("abort returns")  # it always raises


def _like(handler: Any, function: Any) -> Any:
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    return make(function, handler.request_deserializer, handler.response_serializer)
