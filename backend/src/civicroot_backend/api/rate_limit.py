"""A token bucket for each client, and the headers that say how it stands (draft-ietf-httpapi-ratelimit-headers).

The log's files, pages and assets are not counted: they are static, and auditors read all of them. Nor is what is
submitted to the log: refusals there have a budget of their own (refusal_budget.py), and what is accepted is welcome.
"""

import math
from collections.abc import Callable

from civicroot_witness.token_buckets import TokenBuckets
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicroot_backend.api import problems
from civicroot_backend.api.client_address import origin_of
from civicroot_backend.api.limits import MAX_ADDRESSES, Limits
from civicroot_backend.paths import API

NAME = "requests"
COUNTED = (f"{API}/", "/entries/", "/status-lists/")


class Bucket:
    """Tokens for each client: `at_once` of them, which come back at `per_second`."""

    def __init__(self, name: str, at_once: int, per_second: float, monotonic: Callable[[], float]) -> None:
        self._buckets = TokenBuckets(at_once, per_second, MAX_ADDRESSES, monotonic)
        self._name, self._at_once, self._per_second = name, at_once, per_second

    def take(self, client: str) -> float:
        """Take a token: 0.0, or the seconds until there is one."""
        return self._buckets.take(client)

    def headers(self, client: str) -> dict[str, str]:
        """RateLimit-Policy: so many (q) in so many seconds (w). RateLimit: so many left (r), all back in t seconds."""
        left = self._buckets.left(client)
        window, back = self._at_once / self._per_second, (self._at_once - left) / self._per_second
        return {
            "RateLimit-Policy": f'"{self._name}";q={self._at_once};w={math.ceil(window)}',
            "RateLimit": f'"{self._name}";r={math.floor(left)};t={math.ceil(back)}',
        }


def refusal_headers(bucket: Bucket, client: str, wait: float) -> dict[str, str]:
    """Of a 429: when to come again."""
    return {"Retry-After": str(math.ceil(wait)), **bucket.headers(client)}


class RateLimit:
    """Middleware: answers 429 instead of the application."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._bucket = Bucket(NAME, limits.requests_at_once, limits.requests_per_second, limits.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(COUNTED):
            await self._app(scope, receive, send)
            return
        client = origin_of(scope)
        wait = self._bucket.take(client)
        if wait:
            detail = f"more than {self._bucket.headers(client)['RateLimit-Policy']} from your address"
            headers = refusal_headers(self._bucket, client, wait)
            await problems.response(429, problems.TOO_MANY_REQUESTS, detail, headers)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._bucket.headers(client).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
