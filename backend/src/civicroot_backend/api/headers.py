"""Response headers that every answer has: what a browser must not do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Data is never a page: nothing in it is loaded, run or framed.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
IMMUTABLE = "public, max-age=31536000, immutable"


class SecurityHeaders:
    """Adds them; what a route says itself, like a page that may use the camera, stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", DATA_POLICY)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class HeadRequests:
    """Answers HEAD as GET (RFC 9110 §9.3.2); the server leaves the body out. Not for streams, which would not end."""

    def __init__(self, app: ASGIApp, streams: frozenset[str]) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] not in self._streams:
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
