"""The gateway: pages and columns over HTTP on one side, the gex service on the other. Every call it makes only reads."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gex_client import errors
from gex_client.aio import AsyncClient
from gex_client.market import KeptUnderlying
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gex_web import answers
from gex_web.encoding import dumps, plain
from gex_web.feeds import Feeds, event_stream
from gex_web.guard import Guard
from gex_web.questions import CONVENTIONS, POSITIONINGS, question_from_query, span_from_query
from gex_web.sessions import COOKIE, LIFETIME, Clients, Sessions, token_of
from gex_web.settings import WebSettings

STATIC = Path(__file__).parent / "static"
WRONG_TOKEN_SECONDS = 0.5  # between two attempts to log in, of all browsers together
_LONGEST_BODY = 8_192
_MOST_DECISIONS = 200

log = logging.getLogger("gex_web")
Handler = Callable[[Request], Awaitable[Response]]

_STATUS: tuple[tuple[type[errors.GexError], int], ...] = (
    (errors.TooLargeError, 413),
    (errors.InputError, 400),
    (errors.MissingDataError, 404),
    (errors.NotBuiltError, 501),
    (errors.DeadlineError, 504),
    (errors.OverloadedError, 503),
    (errors.DrainingError, 503),
    (errors.UnavailableError, 503),
    (errors.RevisionConflictError, 409),
    (errors.UnauthenticatedError, 401),
    (errors.NotAllowedError, 403),
)


class Gateway:
    """The handlers, and what they share."""

    def __init__(self, settings: WebSettings) -> None:
        self.settings = settings
        self.clients = Clients(settings)
        self.feeds = Feeds(settings)
        self._sessions = Sessions(settings.max_sessions)
        self._smiles = answers.Smiles()
        self._asked = answers.SingleFlight()
        self._login = asyncio.Lock()

    def application(self) -> ASGIApp:
        """The ASGI application with its guard."""
        routes = [
            Route("/", self.page),
            Route("/api/session", self._told(self.session)),
            Route("/api/login", self._told(self.login), methods=["POST"]),
            Route("/api/logout", self._told(self.logout), methods=["POST"]),
            Route("/api/underlyings", self._told(self.underlyings)),
            Route("/api/stream", self._told(self.stream)),
            Route("/api/smile", self._told(self.smile)),
            Route("/api/ahead", self._told(self.ahead)),
            Route("/api/plan", self._told(self.plan)),
            Route("/api/decisions", self._told(self.decisions)),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            await self.close()

        return Guard(Starlette(routes=routes, lifespan=lifespan), self.settings.hosts)

    async def close(self) -> None:
        """End every stream and connection."""
        await self.feeds.close()
        await self.clients.close()

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})

    async def session(self, request: Request) -> Response:
        """What the page must know before it asks anything; 401 where a token is wanted."""
        client = self._client(request)
        state, message = "live", ""
        kept: tuple[KeptUnderlying, ...] = ()
        try:
            kept = await client.underlyings(timeout=3.0)
        except errors.UnavailableError as error:
            state, message = "lost", str(error)
        return _json(
            {
                "server": self.settings.server_name or self.settings.server,
                "link": state,
                "message": message,
                "underlyings": [plain(one.proto) for one in kept],
                "is_logged_in": COOKIE in request.cookies,
                "positionings": list(POSITIONINGS),
                "conventions": list(CONVENTIONS),
                "has_plan": self.settings.plan is not None,
                "plan_underlyings": _plan_underlyings(self.settings),
                "hedge": self.settings.hedge,
            }
        )

    async def login(self, request: Request) -> Response:
        """Try a token on the service; a session in a cookie that no script can read."""
        token = await _posted_token(request)
        async with self._login:
            client = self.clients.fresh(token)
            try:
                await client.underlyings(timeout=5.0)
            except errors.GexError as error:
                if isinstance(error, errors.UnauthenticatedError):
                    await asyncio.sleep(WRONG_TOKEN_SECONDS)
                raise
            finally:
                await client.close()
        response = _json({"is_logged_in": True})
        is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        response.set_cookie(
            COOKIE, self._sessions.open(token), max_age=LIFETIME, httponly=True, samesite="strict", secure=is_secure
        )
        return response

    async def logout(self, request: Request) -> Response:
        """End the session of this browser."""
        self._sessions.close(request.cookies.get(COOKIE, ""))
        response = _json({"is_logged_in": False})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    async def underlyings(self, request: Request) -> Response:
        """What the service keeps."""
        kept = await self._client(request).underlyings()
        return _json({"underlyings": [plain(one.proto) for one in kept]})

    async def stream(self, request: Request) -> Response:
        """Exposure as it changes, as server-sent events."""
        client, question = self._client(request), question_from_query(request.query_params)
        if self.feeds.reader_count >= self.settings.max_streams:
            raise errors.OverloadedError(f"streams: {self.settings.max_streams} pages are open, close one")
        last = request.headers.get("last-event-id", "")

        async def events() -> AsyncIterator[bytes]:
            async with self.feeds.reading(client, question) as feed:
                async for event in event_stream(feed, last, self.settings.heartbeat_seconds):
                    yield event

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    async def smile(self, request: Request) -> Response:
        """The smile of one expiry, and the proofs of all."""
        client, question = self._client(request), question_from_query(request.query_params)
        expiry, revision = _whole(request, "expiry", None), _whole(request, "revision", 0) or 0
        key = ("smile", id(client), question.underlying, question.rate, expiry, revision)
        found = await self._asked.get(key, lambda: self._smiles.smile(client, question, expiry, revision))
        return _json(found)

    async def ahead(self, request: Request) -> Response:
        """The map of spot and time."""
        client, question = self._client(request), question_from_query(request.query_params)
        span = span_from_query(request.query_params)
        found = await self._asked.get(
            ("ahead", id(client), question, span), lambda: answers.ahead(client, question, span)
        )
        return _json(found)

    async def plan(self, request: Request) -> Response:
        """The hedge of the configured book."""
        client, asked = self._client(request), self.settings.plan
        if asked is None:
            raise errors.MissingDataError(
                "plan: no book was given; gex web (or gex serve --web) --positions BOOK --instruments FILE gives one"
            )
        return _json(await self._asked.get(("plan", id(client)), lambda: answers.plan(client, asked)))

    async def decisions(self, request: Request) -> Response:
        """The last decisions of a kept hedge."""
        client, hedge = self._client(request), request.query_params.get("hedge", "") or self.settings.hedge
        if not 0 < len(hedge) <= 256:
            raise errors.InputError("hedge: expected the name of a kept hedge")
        last = min(_whole(request, "last", 20) or 20, _MOST_DECISIONS)
        key = ("decisions", id(client), hedge, last)
        found = await self._asked.get(key, lambda: answers.decisions(client, hedge, last))
        return _json({"hedge": hedge, "decisions": found})

    def _client(self, request: Request) -> AsyncClient:
        return self.clients.of(token_of(request, self._sessions, self.settings))

    def _told(self, handler: Handler) -> Handler:
        """The handler, with errors of the service told as JSON under a status that fits."""

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except errors.GexError as error:
                status = _status(error)
                if status == 500:
                    log.warning("%s: %s", request.url.path, error)
                return _json({"reason": error.reason, "message": str(error)}, status)

        return told


def application(settings: WebSettings) -> ASGIApp:
    """The gateway of these settings."""
    return Gateway(settings).application()


def _status(error: errors.GexError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def _json(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status, {"cache-control": "no-store"}, "application/json")


async def _posted_token(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY:
            raise errors.TooLargeError(f"login: expected at most {_LONGEST_BODY} bytes")
    try:
        token = json.loads(body)["token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token.strip() or not token.isascii() or not token.strip().isprintable():
        raise errors.InputError('login: expected {"token": "..."} with a token of the service')
    return token.strip()


def _whole(request: Request, name: str, absent: int | None) -> int | None:
    text = request.query_params.get(name, "")
    if not text:
        return absent
    if not text.isdecimal() or len(text) > 18:
        raise errors.InputError(f"{name}: expected a whole number, got {text[:32]!r}")
    return int(text)


def _plan_underlyings(settings: WebSettings) -> list[str]:
    if settings.plan is None:
        return []
    return sorted({one.underlying for one in settings.plan.instruments})
