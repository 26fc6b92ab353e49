"""One connection to one witness: a request, an answer of bounded length in bounded time, nothing followed."""

import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.response import BaseHTTPResponse

from civicroot_backend.errors import ConfigurationError
from civicroot_backend.witnesses.errors import WitnessFault

ADD_CHECKPOINT = "/add-checkpoint"
MAX_ANSWER_BYTES = 8192  # a cosignature line has 200; a witness with several keys sends several
CHUNK = 1024
_HEADERS = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "civicroot"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Link:
    """One thread posts; any may `abort` what it waits for. The connection is kept between posts."""

    def __init__(self, url: str) -> None:
        """Raises ConfigurationError unless `url` is http(s)://host[:port][/prefix]."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(f"witness URL {url}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in url:
            raise ConfigurationError(f"witness URL {url}: expected http(s)://host[:port][/prefix]")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, port
        self._path = parts.path.rstrip("/") + ADD_CHECKPOINT
        self._connection: HTTPConnection | None = None

    def post(self, body: bytes, deadline: float) -> Answer:
        """Post and read the answer before `deadline` (monotonic seconds). Raises WitnessFault."""
        kept = self._connection is not None
        try:
            return self._exchange(body, deadline)
        except (OSError, HTTPError, HTTPException) as error:
            self.close()
            # A server may close a connection that was idle just when it is used again: then once more, anew.
            # Asking twice harms nothing.
            if not kept or time.monotonic() >= deadline:
                raise _fault(error, deadline) from error
        try:
            return self._exchange(body, deadline)
        except (OSError, HTTPError, HTTPException) as error:
            self.close()
            raise _fault(error, deadline) from error

    def abort(self) -> None:
        """End what `post` waits for: it fails in its own thread."""
        connection = self._connection
        link = None if connection is None else connection.sock
        if link is None:
            return
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    def close(self) -> None:
        """Give up the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, body: bytes, deadline: float) -> Answer:
        connection = self._connection or self._open()
        self._connection = connection
        connection.timeout = _rest(deadline)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request("POST", self._path, body=body, headers=_HEADERS, preload_content=False, decode_content=False)
        response = connection.getresponse()
        if 300 <= response.status < 400:
            self.close()
            raise WitnessFault("redirected", f"to {response.headers.get('Location', 'nowhere')[:200]}")
        content = self._read(connection, response, deadline)
        _rest(deadline)  # an exchange that was aborted looks like a short answer
        if response.headers.get("Connection", "").lower() == "close":
            self.close()
        return Answer(response.status, content)

    def _read(self, connection: HTTPConnection, response: BaseHTTPResponse, deadline: float) -> bytes:
        content = b""
        while chunk := response.read1(CHUNK):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                self.close()
                raise WitnessFault("malformed", f"its answer is longer than {MAX_ANSWER_BYTES} bytes")
            rest = _rest(deadline)
            if connection.sock is not None:
                connection.sock.settimeout(rest)
        return content

    def _open(self) -> HTTPConnection:
        if not self._secure:
            return HTTPConnection(self._host, self._port)
        return HTTPSConnection(self._host, self._port, ssl_context=ssl.create_default_context())


def _rest(deadline: float) -> float:
    rest = deadline - time.monotonic()
    if rest <= 0:
        raise TimeoutError("its time is over")
    return rest


def _fault(error: Exception, deadline: float) -> WitnessFault:
    refused = isinstance(error, NewConnectionError)  # urllib3 calls this a time-out too
    if time.monotonic() >= deadline or (isinstance(error, TimeoutError | HTTPTimeoutError) and not refused):
        return WitnessFault("slow", "no answer in time")
    return WitnessFault("unreachable", str(error)[:200] or type(error).__name__)
