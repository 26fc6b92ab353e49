"""Serving with uvicorn: connections that come to nothing are ended, so that they take nobody's place."""

import asyncio
import signal
import socket
from collections import Counter
from types import FrameType
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .errors import ConfigError
from .gate import site

WAIT_SECONDS = 20  # for a request's head after the connection or the request before; then it is closed
GRACE_SECONDS = 5  # for requests under way when the witness is told to end
MAX_CONNECTIONS = 512  # below the usual limit of 1,024 open files
MAX_OF_ONE = 32  # of one client that is not a trusted proxy
BACKLOG = 128


class Protocol(H11Protocol):
    """uvicorn's, bounded: how many connections there are, and how long one may be without a request."""

    trusted: ClassVar[frozenset[str]] = frozenset()
    of_one: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Count it, and refuse it if there are too many."""
        super().connection_made(transport)
        self._site = site(self.client[0]) if self.client else ""
        self.of_one[self._site] += 1
        self._watch: asyncio.TimerHandle | None = None
        bounded = self.client is not None and self.client[0] not in self.trusted
        if len(self.connections) > MAX_CONNECTIONS or (bounded and self.of_one[self._site] > MAX_OF_ONE):
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.of_one[self._site] -= 1
        if not self.of_one[self._site]:
            del self.of_one[self._site]
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._wait()

    def _wait(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self.loop.call_later(WAIT_SECONDS, self._overdue)

    def _overdue(self) -> None:
        """A request that is under way has its own deadline (app.BODY_SECONDS)."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ConfigError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return opened


def url(opened: socket.socket) -> str:
    """The address that it listens on."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, opened: socket.socket, trusted_proxies: tuple[str, ...]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered."""
    bounded: dict[str, Any] = {"trusted": frozenset(trusted_proxies), "of_one": Counter()}
    config = uvicorn.Config(
        app,
        http=type("BoundedProtocol", (Protocol,), bounded),
        ws="none",
        lifespan="off",
        log_config=None,  # logging is the process's own
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_keep_alive=WAIT_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn puts its own handlers in front, and raises the signal again when it has ended: it must end up here.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    server.run(sockets=[opened])
