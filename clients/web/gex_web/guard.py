"""What stands before every request: who may ask, and what a browser may do with the answer."""

from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Everything comes from this gateway and nothing goes anywhere else: no third party, no inline script or style, no frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_READING = ("GET", "HEAD")


class Guard:
    """Answers only browsers that called this gateway by a name of its own, and only pages that it served.

    A page of another site that reaches a loopback port through a name of its own (DNS rebinding) sends that name as Host
    and is refused; one that posts a form here sends its Origin and is refused.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in HEADERS.items())]
            await send(message)

        refusal = self._refusal(scope["method"], headers)
        answer = self._app if refusal is None else refusal
        await answer(scope, receive, guarded)

    def _refusal(self, method: str, headers: dict[bytes, str]) -> PlainTextResponse | None:
        host = headers.get(b"host", "")
        if host_name(host) not in self._hosts:
            return PlainTextResponse(
                "gex: this page is not served under that name; gex web --allow-host NAME adds one\n", status_code=421
            )
        if headers.get(b"sec-fetch-site", "none") not in ("none", "same-origin") and method not in _READING:
            return PlainTextResponse("gex: expected a request of this page, got one of another site\n", status_code=403)
        origin = headers.get(b"origin")
        if method not in _READING and origin is not None and origin.partition("://")[2] != host:
            return PlainTextResponse("gex: expected a request of this page, got one of another site\n", status_code=403)
        return None


def host_name(host: str) -> str:
    """The name in a Host header, without port, lower case.

    >>> host_name("LOCALHOST:8050"), host_name("[::1]:8050"), host_name("[::1]")
    ('localhost', '::1', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
