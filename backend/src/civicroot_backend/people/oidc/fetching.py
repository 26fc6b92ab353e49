"""Asking a provider: bounded in time and size, no redirects, JSON objects alone."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from civicroot_backend.people.errors import ProviderFailed

TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)  # seconds; somebody waits in front of a page
MAX_BYTES = 256 * 1024


class Fetcher:
    """An HTTP client. Threads may use it at the same time."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object there. Raises ProviderFailed."""
        return self._ask("GET", url, {"Accept": "application/json", **(headers or {})})

    def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that answers a form. Raises ProviderFailed."""
        sent = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", url, sent, urlencode(fields))

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: str | None = None) -> dict[str, Any]:
        try:
            answer = self._pool.request(method, url, headers=headers, body=body, redirect=False, preload_content=False)
            try:
                content = answer.read(MAX_BYTES + 1)
            finally:
                answer.close()
            found = json.loads(content) if answer.status == 200 and len(content) <= MAX_BYTES else None
        except (HTTPError, ValueError, RecursionError) as error:
            raise ProviderFailed(f"{url}: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise ProviderFailed(f"{url} answered {answer.status} and no JSON object of at most {MAX_BYTES} bytes")
        return found
