"""A small HTTP server for few readers: threads of its own, which see nothing of the gateway but what a site answers.

Not for the outside: it speaks to a browser on this machine, to Prometheus, and to `civicroot gateway status`. Every
connection is bounded in number, size and time, and ends after one answer.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from .logs import fields

MAX_CONNECTIONS = 16  # at the same time; a page, a scraper and a curious colleague are five
MAX_HEAD_BYTES = 8192  # of a request, as other servers take
HEAD_SECONDS = 5.0  # for the request
SEND_SECONDS = 30.0  # for the answer: a megabyte of devices over a slow line
BACKLOG = 16
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request's `method`, `path` without its query, and `host` as the client wrote it."""

    method: str
    path: str
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `headers` beside the usual."""

    status: int
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Site = Callable[[Request], Answer]


class Listener:
    """Serves a `site` on a listening socket until it is closed."""

    def __init__(self, name: str, opened: socket.socket, site: Site) -> None:
        self._opened = opened
        self._site = site
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._name = name
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections; those under way end by themselves, or with the process."""
        try:
            self._opened.shutdown(socket.SHUT_RDWR)  # wakes accept()
        finally:
            self._thread.join()
            self._opened.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._opened.accept()
            except OSError as error:
                if isinstance(error, ConnectionAbortedError):  # it went away before it was served
                    continue
                return  # closed
            if not self._free.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), name=self._name, daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                head = _read_head(connection, time.monotonic() + HEAD_SECONDS)
                if head is not None:
                    connection.settimeout(SEND_SECONDS)
                    connection.sendall(_answer(self._site, head))
        except OSError as error:  # slow, or gone: its own loss
            _log.debug("page not delivered", extra=fields(error=str(error)))
        finally:
            self._free.release()


def _read_head(connection: socket.socket, until: float) -> bytes | None:
    """The request's head, cut off where it gets too long; None if there was none. Raises TimeoutError."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) <= MAX_HEAD_BYTES:
        connection.settimeout(max(until - time.monotonic(), 0.001))
        chunk = connection.recv(MAX_HEAD_BYTES)
        if not chunk:
            return None
        head += chunk
        if time.monotonic() >= until:
            return None
    return head


def _answer(site: Site, head: bytes) -> bytes:
    """The bytes of the answer to a request's head."""
    request = _parse(head) if len(head) <= MAX_HEAD_BYTES + len(b"\r\n\r\n") else None
    if request is None:
        return _encode(Answer(HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8", b"not a request\n"))
    if request.method not in ("GET", "HEAD"):
        text = b"this page can only be read\n"
        return _encode(Answer(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", text, {"Allow": "GET, HEAD"}))
    return _encode(site(request), body=request.method == "GET")


def _parse(head: bytes) -> Request | None:
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[1].startswith("/") or not parts[2].startswith("HTTP/1."):
        return None
    hosts = [line.partition(":")[2].strip() for line in lines[1:] if line.lower().startswith("host:")]
    return Request(parts[0], parts[1].partition("?")[0], hosts[0] if hosts else "")


def _encode(answer: Answer, *, body: bool = True) -> bytes:
    status = HTTPStatus(answer.status)
    headers = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body)), **_HEADERS, **answer.headers}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (answer.body if body else b"")


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened
