"""HTTP as this client speaks it: pooled connections, retries, limits, and nobody is followed to another host."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import urllib3

from .errors import ClientError, NotUnderstood, Problem, Unreachable

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0  # the server waits up to ten seconds for its next checkpoint
RETRIES = 4
MAX_WAIT = 60  # seconds that a city may ask to wait before the next try; more is for whoever calls to decide
RETRY_STATUS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # a page of 200 readings has 200 kB, a proof 50
MAX_SHOWN = 500  # characters of an answer that is no problem document
_ANSWERED = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
_USER_AGENT = "civicroot-client"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Requests to the server at `url`. Threads may use it at the same time. Raises ClientError for no address."""

    def __init__(self, url: str, retries: int = RETRIES, user_agent: str = _USER_AGENT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ClientError(f"not an HTTP address: {url}")
        self.url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            headers={"User-Agent": user_agent},
            retries=urllib3.Retry(
                total=retries,
                redirect=0,
                status_forcelist=RETRY_STATUS,
                allowed_methods=None,  # also what changes something, unless the caller says otherwise
                backoff_factor=0.2,
                raise_on_status=False,
                raise_on_redirect=False,
                retry_after_max=MAX_WAIT,
            ),
        )

    def close(self) -> None:
        """Give connections up."""
        self._pool.clear()

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = MAX_ANSWER_BYTES,
        again: bool = True,
    ) -> Answer:
        """The answer, of at most `limit` bytes, whatever its status. Raises Unreachable.

        `again`: the same request twice is as good as once, so it is sent again when nobody answers.
        """
        url = self.url + path
        try:
            retries = None if again else False
            sent = self._headers(headers)
            answer = self._pool.request(method, url, body=body, headers=sent, retries=retries, preload_content=False)
            try:
                content = answer.read(limit + 1, decode_content=True)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{self.url} does not answer: {cause_of(error)}") from error
        if len(content) > limit:
            raise Unreachable(f"{url} answers more than {limit} bytes")
        return Answer(answer.status, answer.headers, content)

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        """An answer to be read piece by piece and closed by the caller. Raises Unreachable, Problem."""
        try:
            timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
            answer = self._pool.request(
                "GET",
                self.url + path,
                headers=self._headers(headers),
                timeout=timeout,
                preload_content=False,
                retries=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{self.url} does not answer: {cause_of(error)}") from error
        if answer.status != HTTPStatus.OK:
            with answer:
                body = answer.read(MAX_ANSWER_BYTES, decode_content=True)
            raise problem_of(self.url, Answer(answer.status, answer.headers, body))
        return answer

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**self._pool.headers, **(headers or {})}


def succeeded(url: str, answer: Answer) -> Answer:
    """The answer if it is one of success. Raises Problem, NotUnderstood."""
    if answer.status in _ANSWERED:
        return answer
    raise problem_of(url, answer)


def problem_of(url: str, answer: Answer) -> ClientError:
    """What an answer that is no success says."""
    try:
        found: Any = json.loads(answer.body)
        reason, detail = str(found["reason"]), str(found.get("detail", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return NotUnderstood(f"{url} answers {answer.status}: {shown(answer.body) or 'nothing'}")
    after = answer.headers.get("Retry-After", "")
    return Problem(answer.status, reason, detail, int(after) if after.isascii() and after.isdigit() else None)


def cause_of(error: BaseException) -> str:
    """What the operating system said, below all that the library says around it."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.strerror:
            return at.strerror
        at = at.reason if isinstance(at, urllib3.exceptions.MaxRetryError) else at.__cause__ or at.__context__
    return str(error)


def shown(body: bytes) -> str:
    """The beginning of an answer, so that a terminal may show it."""
    text = body.decode(errors="replace")[:MAX_SHOWN]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
