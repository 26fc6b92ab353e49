"""Cross-origin reads (the CORS protocol of the Fetch standard).

What is public may be read by anybody's page, an independent verifier's first of all. Nothing about the reader goes with
it: `*` never goes with credentials. Nothing can be written from elsewhere, and a page of elsewhere that tries learns
nothing.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicroot_backend.paths import API

PUBLIC = (f"{API}/", "/entries", "/status-lists/", "/log/", "/policy.json", "/openapi.json")
METHODS = ("GET", "HEAD")
ASKED = "If-None-Match, Last-Event-ID"  # headers that a page may send
SHOWN = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Content-Disposition"  # and may read
PREFLIGHT_SECONDS = 86_400  # how long a browser need not ask again; browsers cut it to two hours or a day
_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ASKED,
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}


class CrossOrigin:
    """Middleware: marks public answers as readable, and answers what browsers ask before they read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(PUBLIC):
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get("access-control-request-method")
        if scope["method"] == "OPTIONS" and wanted in METHODS:
            await Response(status_code=204, headers=_ANSWER)(scope, receive, send)
            return

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Access-Control-Allow-Origin", "*")
                headers.setdefault("Access-Control-Expose-Headers", SHOWN)
            await send(message)

        await self._app(scope, receive, send_readable if scope["method"] in METHODS else send)
