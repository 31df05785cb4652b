"""Who is asking: tokens of the service, kept here while a browser holds only a random name for them."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from gex_client.aio import AsyncClient
from starlette.requests import Request

from gex_web.settings import WebSettings

COOKIE = "gex_session"
LIFETIME = 12 * 3600  # seconds
_LONGEST_TOKEN = 4096


class Sessions:
    """Names of sessions and the tokens behind them; the oldest go where there are too many."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._tokens: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def open(self, token: str) -> str:
        """A new session of a token that the service has taken; its name is for the browser's cookie."""
        name = secrets.token_urlsafe(32)
        self._tokens[name] = (token, self._clock() + LIFETIME)
        while len(self._tokens) > self._limit:
            self._tokens.popitem(last=False)
        return name

    def token(self, name: str) -> str | None:
        """The token of a session; None where it has ended."""
        token, ends = self._tokens.get(name, ("", 0.0))
        if ends > self._clock():
            return token
        self._tokens.pop(name, None)
        return None

    def close(self, name: str) -> None:
        """End a session."""
        self._tokens.pop(name, None)


class Clients:
    """One connection to the service a token, made when it is first needed."""

    MOST = 64

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._clients: OrderedDict[str | None, AsyncClient] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def of(self, token: str | None) -> AsyncClient:
        """The client that calls with this token."""
        client = self._clients.get(token)
        if client is None:
            client = self.fresh(token)
            self._clients[token] = client
            if len(self._clients) > self.MOST:
                _, oldest = self._clients.popitem(last=False)
                task = asyncio.create_task(oldest.close())  # its watches end, and their browsers come back
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        self._clients.move_to_end(token)
        return client

    def fresh(self, token: str | None) -> AsyncClient:
        """A client of its own, not kept."""
        settings = self._settings
        return AsyncClient(
            settings.server,
            timeout=settings.call_timeout_seconds,
            token=token,
            # The gateway always reads: a window that fits a map of some megabytes brings it in a third of the time.
            options=[("grpc.http2.lookahead_bytes", 1 << 20)],
            **settings.client_arguments,
        )

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), OrderedDict()
        await asyncio.gather(*(client.close() for client in clients), *self._closing)


def token_of(request: Request, sessions: Sessions, settings: WebSettings) -> str | None:
    """The token of a request: its own bearer token, that of its session, else the gateway's."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip()[:_LONGEST_TOKEN]
    session = request.cookies.get(COOKIE)
    return (sessions.token(session) if session else None) or settings.token
