"""Submitting signed entries to a city: `POST /entries`, answered with the log index, and with a receipt if waited for.

The same entry again gets the same index, so whatever goes wrong on the way, sending again is right.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import urllib3
from civicroot_wire import receipt
from civicroot_wire.errors import WireError

from .main import CommandError, Refused, printable

PATH = "/entries"
CONTENT_TYPE = "application/cose"  # RFC 9052 §16.4
CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0  # the server waits up to ten seconds for its next checkpoint
RETRIES = 4
RETRY_STATUS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
MAX_ANSWER_BYTES = 64 * 1024
MAX_SHOWN = 500  # characters of an answer that is no problem document


class EntryRefused(Refused):
    """The city looked at the entry and refused it; `reason` is its name for why (SPEC.md §9), or its status."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"refused: {reason}: {detail}" if detail else f"refused: {reason}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Answer:
    """Where the entry is in the log; `receipt` as it came, None if no checkpoint covers the entry yet."""

    index: int
    receipt: bytes | None = None


class City:
    """The city's server at `url`. Raises CommandError for an address that is none."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise CommandError(f"not an HTTP address: {url}")
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=urllib3.Retry(
                total=RETRIES,
                redirect=0,
                status_forcelist=RETRY_STATUS,
                allowed_methods=None,  # POST too: the same entry again is no second entry
                backoff_factor=0.2,
                raise_on_status=False,
                raise_on_redirect=False,
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.clear()

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        """Have an entry logged. `wait`: until a checkpoint covers it, for its receipt.

        Raises EntryRefused, and CommandError if nobody answers or not as specified: then it may be logged or not.
        """
        headers = {"Content-Type": CONTENT_TYPE} | ({} if wait else {"Prefer": "respond-async"})
        status, body = self._request("POST", PATH, headers, entry)
        if status == HTTPStatus.ACCEPTED:
            return Answer(self._index_of(body))
        if status in (HTTPStatus.OK, HTTPStatus.CREATED):
            return self._receipted(body)
        raise self._problem(status, body)

    def get(self, path: str, limit: int = MAX_ANSWER_BYTES) -> bytes:
        """A resource of the city, at most `limit` bytes. Raises CommandError; EntryRefused with the city's reason."""
        status, body = self._request("GET", path, {}, None, limit)
        if status != HTTPStatus.OK:
            raise self._problem(status, body)
        return body

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, limit: int = MAX_ANSWER_BYTES
    ) -> tuple[int, bytes]:
        url = self._url + path
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, preload_content=False)
            try:
                content = answer.read(limit + 1, decode_content=True)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise CommandError(f"{self._url} does not answer: {_cause(error)}") from error
        if len(content) > limit:
            raise CommandError(f"{url} answers more than {limit} bytes")
        return answer.status, content

    def _index_of(self, body: bytes) -> int:
        try:
            index = json.loads(body)["index"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._strange(body) from error
        if type(index) is not int or index < 0:
            raise self._strange(body)
        return index

    def _receipted(self, body: bytes) -> Answer:
        try:
            return Answer(receipt.decode(body).index, body)
        except WireError as error:
            raise self._strange(body) from error

    def _problem(self, status: int, body: bytes) -> CommandError:
        """An RFC 9457 problem is a refusal if the request was at fault; anything else says nothing about the entry."""
        try:
            found: Any = json.loads(body)
            reason, detail = str(found["reason"]), str(found.get("detail", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return CommandError(f"{self._url} answers {status}: {_shown(body)}")
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in RETRY_STATUS:
            return EntryRefused(reason, detail)
        return CommandError(f"{self._url} answers {status}: {reason}: {detail}")

    def _strange(self, body: bytes) -> CommandError:
        return CommandError(f"{self._url} answers what no city answers: {_shown(body)}")


def _cause(error: BaseException) -> str:
    """What the operating system said, below all that the client says around it."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.strerror:
            return at.strerror
        at = at.reason if isinstance(at, urllib3.exceptions.MaxRetryError) else at.__cause__ or at.__context__
    return str(error)


def _shown(body: bytes) -> str:
    return printable(body.decode(errors="replace"))[:MAX_SHOWN]
