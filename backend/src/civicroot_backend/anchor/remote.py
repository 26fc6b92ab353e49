"""Remote: an HTTP server of somebody else. Nothing that it answers is believed, and nothing of it can hold us up.

An answer has a size limit and a deadline as a whole, from handshake to end, so that endless and dripping ones end. No
redirect is followed: a server must not choose which addresses are asked from inside the city. Who failed to answer is
left alone for a while.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from civicroot_backend.deadline import Deadline
from civicroot_backend.errors import AnchorUnavailable

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
ANSWER_SECONDS = 20.0  # of a whole answer
REST_SECONDS = 60.0  # a dead server costs a timeout a minute, however many anchorings wait for it
_CHUNK = 16 * 1024
_REDIRECTS = range(300, 400)
_USER_AGENT = "civicroot-anchor"


class Remote:
    """The server at `url`. Not for several threads. `rest`: seconds for which a silent server is left alone.

    `tls`: whose certificates count; by default those that this system trusts.
    """

    def __init__(
        self,
        url: str,
        rest: float = REST_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        answer_seconds: float = ANSWER_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._rest = rest
        self._monotonic = monotonic
        self._answer_seconds = answer_seconds
        self._tls = tls or ssl.create_default_context() if url.startswith("https:") else None
        self._silent: tuple[float, str] | None = None

    def get(self, path: str, limit: int, accept: str) -> bytes | None:
        """What lies at `path`, at most `limit` bytes; None if the server has none (404). Raises AnchorUnavailable."""
        return self._request("GET", path, None, limit, {"Accept": accept})

    def post(self, path: str, body: bytes, limit: int, accept: str, content_type: str | None = None) -> bytes:
        """The answer to `body`. Raises AnchorUnavailable."""
        headers = {"Accept": accept} | ({} if content_type is None else {"Content-Type": content_type})
        found = self._request("POST", path, body, limit, headers)
        if found is None:
            raise AnchorUnavailable(f"{self.url}{path}: not there")
        return found

    def close(self) -> None:
        """Give up what is held: between requests nothing is."""

    def _request(self, method: str, path: str, body: bytes | None, limit: int, headers: dict[str, str]) -> bytes | None:
        if self._silent is not None and self._monotonic() < self._silent[0]:
            raise AnchorUnavailable(self._silent[1])
        self._silent = None
        # UnicodeError: a name that no host can have.
        try:
            return self._asked(method, path, body, limit, headers)
        except (http.client.HTTPException, OSError, UnicodeError) as error:
            detail = f"{self.url} does not answer: {type(error).__name__}"
            self._silent = self._monotonic() + self._rest, detail
            raise AnchorUnavailable(detail) from error

    def _asked(self, method: str, path: str, body: bytes | None, limit: int, headers: dict[str, str]) -> bytes | None:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port)
        line = socket.create_connection((connection.host, connection.port), CONNECT_SECONDS)
        if self._tls is not None:
            line = self._tls.wrap_socket(line, server_hostname=connection.host, do_handshake_on_connect=False)
        line.settimeout(READ_SECONDS)
        connection.sock = line
        try:
            with Deadline(line, self._answer_seconds):
                if isinstance(line, ssl.SSLSocket):
                    line.do_handshake()
                target = (parts.path + path or "/") + ("?" + parts.query if parts.query else "")
                connection.request(method, target, body, {"User-Agent": _USER_AGENT, **headers})
                return self._read(connection.getresponse(), path, limit)
        finally:
            connection.close()

    def _read(self, answer: http.client.HTTPResponse, path: str, limit: int) -> bytes | None:
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status in _REDIRECTS:
            raise AnchorUnavailable(f"{self.url}{path}: redirects, which is not followed")
        if answer.status != HTTPStatus.OK:
            raise AnchorUnavailable(f"{self.url}{path}: answers {answer.status}")
        content = bytearray()
        while len(content) <= limit and (piece := answer.read1(min(_CHUNK, limit + 1 - len(content)))):
            content += piece
        if len(content) > limit:
            raise AnchorUnavailable(f"{self.url}{path}: answers more than {limit} bytes")
        if answer.length:  # bytes that were announced and did not come
            raise http.client.IncompleteRead(bytes(content), answer.length)
        return bytes(content)
