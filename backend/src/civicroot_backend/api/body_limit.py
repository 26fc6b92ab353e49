"""No request has a body larger than what any route reads: 413, before it fills the memory."""

import re

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicroot_backend.api import problems
from civicroot_backend.paths import API

MAX_BODY = 64 * 1024  # JSON of every route is far below it
# Routes that read bytes, each up to a limit of its own.
BOUND_THEMSELVES = re.compile(rf"/entries|{API}/reports/|{API}/districts/[^/]+/visits/[^/]+/photos/")


class BodyLimit:
    """Middleware; a length that is announced is refused at once, one that is not as soon as it is too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or BOUND_THEMSELVES.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isascii() and announced.isdigit() and int(announced) > MAX_BODY:
            await _refuse(scope, receive, send)
            return
        read, started = 0, False

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return {"type": "http.disconnect"} if read > MAX_BODY else message

        async def send_unless_too_large(message: Message) -> None:
            nonlocal started
            if read <= MAX_BODY or started:
                started = True
                await send(message)

        try:
            await self._app(scope, receive_bounded, send_unless_too_large)
        except ClientDisconnect:
            if read <= MAX_BODY:
                raise
        if read > MAX_BODY and not started:
            await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"a request has at most {MAX_BODY} bytes here"
    # What is left of the body is not read: the connection cannot be used again.
    answer = problems.response(413, problems.TOO_LARGE, detail, {"Connection": "close"})
    await answer(scope, receive, send)
