"""Remote: an HTTP server of somebody else. Nothing that it answers is believed, and nothing of it can hold us up.

An answer has a size limit and a deadline as a whole, so that endless and dripping ones end. No redirect is followed: a
server must not choose which addresses are asked from inside the city. Who failed to answer is left alone for a while.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

import urllib3

from civicroot_backend.errors import AnchorUnavailable

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
ANSWER_SECONDS = 20.0  # of a whole answer
REST_SECONDS = 60.0  # a dead server costs a timeout a minute, however many anchorings wait for it
_CHUNK = 16 * 1024
_REDIRECTS = range(300, 400)


class Remote:
    """The server at `url`. Not for several threads."""

    def __init__(self, url: str, rest: float = REST_SECONDS, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.url = url.rstrip("/")
        self._rest = rest
        self._monotonic = monotonic
        self._silent: tuple[float, str] | None = None
        self._pool = urllib3.PoolManager(
            num_pools=1,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
            headers={"User-Agent": "civicroot-anchor"},
        )

    def get(self, path: str, limit: int, accept: str) -> bytes | None:
        """What lies at `path`, at most `limit` bytes; None if the server has none (404). Raises AnchorUnavailable."""
        return self._request("GET", path, None, limit, accept)

    def post(self, path: str, body: bytes, limit: int, accept: str) -> bytes:
        """The answer to `body`. Raises AnchorUnavailable."""
        found = self._request("POST", path, body, limit, accept)
        if found is None:
            raise AnchorUnavailable(f"{self.url}{path}: not there")
        return found

    def close(self) -> None:
        """Give connections up."""
        self._pool.clear()

    def _request(self, method: str, path: str, body: bytes | None, limit: int, accept: str) -> bytes | None:
        if self._silent is not None and self._monotonic() < self._silent[0]:
            raise AnchorUnavailable(self._silent[1])
        self._silent = None
        try:
            return self._answer(method, path, body, limit, accept)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            detail = f"{self.url} does not answer: {type(error).__name__}"
            self._silent = self._monotonic() + self._rest, detail
            raise AnchorUnavailable(detail) from error

    def _answer(self, method: str, path: str, body: bytes | None, limit: int, accept: str) -> bytes | None:
        deadline = self._monotonic() + ANSWER_SECONDS
        answer = self._pool.request(
            method,
            self.url + path,
            body=body,
            headers={"Accept": accept, "User-Agent": "civicroot-anchor"},
            preload_content=False,
            decode_content=False,
            redirect=False,
        )
        try:
            if answer.status == HTTPStatus.NOT_FOUND:
                return None
            if answer.status in _REDIRECTS:
                raise AnchorUnavailable(f"{self.url}{path}: redirects, which is not followed")
            if answer.status != HTTPStatus.OK:
                raise AnchorUnavailable(f"{self.url}{path}: answers {answer.status}")
            return self._read(answer, path, limit, deadline)
        finally:
            answer.release_conn()
            answer.close()  # the next request gets a fresh connection, whatever this server left in the old one

    def _read(self, answer: urllib3.BaseHTTPResponse, path: str, limit: int, deadline: float) -> bytes:
        content = bytearray()
        while len(content) <= limit and (piece := answer.read1(min(_CHUNK, limit + 1 - len(content)))):
            content += piece
            if self._monotonic() > deadline:
                raise urllib3.exceptions.ReadTimeoutError(
                    self._pool.connection_from_url(self.url), path, "the answer takes too long"
                )
        if len(content) > limit:
            raise AnchorUnavailable(f"{self.url}{path}: answers more than {limit} bytes")
        return bytes(content)
