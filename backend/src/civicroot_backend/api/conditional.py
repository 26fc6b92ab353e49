"""Entity tags and conditional requests (RFC 9110 §8.8, §13): who has the newest answer already gets 304.

A tag is the hash of the answer's exact bytes, so it is a strong one, also of JSON: it saves a phone on a bad connection
the download, and a verifier can be sure that equal tags are equal bytes. What must not be stored has none.
"""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TAG_BYTES = 16  # of SHA-256: no two answers of a city get the same by chance
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_OF_THE_BODY = ("content-length", "content-type", "content-encoding", "content-disposition")


def tag_of(body: bytes) -> str:
    """The strong entity tag of these bytes."""
    return f'"{hashlib.sha256(body).digest()[:TAG_BYTES].hex()}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Whether the header names the tag, by weak comparison (RFC 9110 §13.1.2)."""
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(if_none_match)


class ConditionalGets:
    """Middleware for answers that come in one piece; streams pass through as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match")
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                held, start = start, None
                if not message.get("more_body", False) and _tag(held, message.get("body", b""), asked):
                    message = {**message, "body": b""}
                await send(held)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _tag(start: Message, body: bytes, asked: str | None) -> bool:
    """Give the answer its tag; whether it has become a 304."""
    headers = MutableHeaders(scope=start)
    if start["status"] != 200 or "no-store" in headers.get("cache-control", ""):
        return False
    tag = headers.setdefault("ETag", tag_of(body))
    if asked is None or not matches(asked, tag):
        return False
    start["status"] = 304
    for name in _OF_THE_BODY:
        del headers[name]
    return True
