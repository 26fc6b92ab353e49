"""A TCP proxy with the faults of a bad line, in a thread of the test's process.

    with TcpProxy(broker.host, broker.port) as line:
        connect_to(line.host, line.port)
        line.delay = 0.2          # seconds, each way
        line.rate = 10_000        # bytes/s, each way; None: no limit
        line.loss = 0.05          # of the chunks; TCP sends a lost one again, so it comes as a stall of `STALL` seconds
        line.cut()                # RST to both sides of every connection; new ones are taken
        line.cut_after(1000)      # the same once 1,000 more bytes went to the server: in the middle of whatever it is
        line.refuse()             # and new ones are refused, until line.restore()
        line.blackhole()          # nothing is forwarded or closed, as behind a NAT that forgot; until line.restore()

Counts: `connections` taken, `sent_up` and `sent_down` bytes forwarded to the server and to the client.
"""

import random
import selectors
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Self

from .brokers import HOST

STALL = 0.3  # seconds: TCP's first retransmission
_CHUNK = 4096  # bytes read at once: what a loss stalls, and the grain of the rate
_BUFFER = 64 * 1024  # bytes on the line in one direction, before the sender has to wait
_LONGEST_WAIT = 0.5  # seconds; changes of the attributes wake at once


class _Pipe:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        self.source, self.sink, self.up = source, sink, up
        self.chunks: deque[tuple[float, bytes]] = deque()  # when it arrives, and what
        self.size = 0
        self.ended = False  # the source sends no more
        self.free_at = 0.0  # when the line has sent what is on it, at its rate
        self.stalled_until = 0.0


class TcpProxy:
    """A line to host:port. A context manager; usable from any thread."""

    def __init__(self, host: str, port: int, seed: int = 1) -> None:
        self.host = HOST
        self.delay = 0.0
        self.rate: float | None = None
        self.loss = 0.0
        self.connections = self.sent_up = self.sent_down = 0
        self._target = (host, port)
        self._random = random.Random(seed)
        self._lock = threading.RLock()  # held by the thread except while it waits
        self._open: list[tuple[_Pipe, _Pipe]] = []
        self._dark = self._stopping = False
        self._cut_at: int | None = None
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_write.setblocking(False)
        self._listener: socket.socket | None = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="tcp-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stopping = True
        self._wake()
        self._thread.join()
        self._cut()
        for one in (self._listener, self._wake_read, self._wake_write):
            if one is not None:
                one.close()

    # Faults

    def cut(self) -> None:
        """RST to both sides of every connection."""
        with self._lock:
            self._cut()
        self._wake()

    def cut_after(self, octets: int) -> None:
        """Cut once so many more bytes went to the server."""
        with self._lock:
            self._cut_at = self.sent_up + octets

    def refuse(self) -> None:
        """Cut, and refuse new connections."""
        with self._lock:
            self._cut()
            if self._listener is not None:
                self._listener.close()
                self._listener = None
        self._wake()

    def blackhole(self) -> None:
        """Forward nothing, close nothing; new connections are taken and hear nothing."""
        with self._lock:
            self._dark = True

    def restore(self) -> None:
        """End `refuse` and `blackhole`. What was in the dark was lost: those connections are cut."""
        with self._lock:
            if self._dark:
                self._cut()
            self._dark = False
            if self._listener is None:
                self._listener = self._listen(self.port)
        self._wake()

    # The thread

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._stopping:
                    return
                selector, wait = self._plan(time.monotonic())
            ready = selector.select(wait)
            selector.close()
            with self._lock:
                self._serve(ready)

    def _plan(self, now: float) -> tuple[selectors.BaseSelector, float]:
        """What to wait for, and how long."""
        selector = selectors.DefaultSelector()
        selector.register(self._wake_read, selectors.EVENT_READ)
        wait = _LONGEST_WAIT
        if self._listener is not None:
            selector.register(self._listener, selectors.EVENT_READ, self._listener)
        wanted: dict[socket.socket, int] = {}
        for pipe in [pipe for pair in self._open for pipe in pair] if not self._dark else []:
            if not pipe.ended and pipe.size < _BUFFER:
                wanted[pipe.source] = wanted.get(pipe.source, 0) | selectors.EVENT_READ
            if pipe.chunks and pipe.chunks[0][0] <= now:
                wanted[pipe.sink] = wanted.get(pipe.sink, 0) | selectors.EVENT_WRITE
            elif pipe.chunks:
                wait = min(wait, pipe.chunks[0][0] - now)
        for one, events in wanted.items():
            selector.register(one, events, one)
        return selector, wait

    def _serve(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        if any(key.data is None for key, _ in ready):
            self._wake_read.recv(4096)
        if self._listener is not None and any(key.data is self._listener for key, _ in ready):
            self._take(self._listener)
        if self._dark:
            return
        events = {key.data: mask for key, mask in ready if key.data is not None}
        for pair in list(self._open):
            try:
                for pipe in pair:
                    if events.get(pipe.source, 0) & selectors.EVENT_READ:
                        self._read(pipe)
                    if events.get(pipe.sink, 0) & selectors.EVENT_WRITE:
                        self._write(pipe)
            except OSError:
                self._reset(pair)  # one side reset it: so does the line
            if all(pipe.ended and not pipe.chunks for pipe in pair):
                self._reset(pair)
            if self._cut_at is not None and self.sent_up >= self._cut_at:
                self._cut_at = None
                self._cut()

    def _take(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        self.connections += 1
        try:
            server = socket.create_connection(self._target)
        except OSError:
            _abort(client)  # refused behind the line
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
        self._open.append((_Pipe(client, server, True), _Pipe(server, client, False)))

    def _read(self, pipe: _Pipe) -> None:
        if pipe.ended or pipe.source.fileno() < 0:
            return
        data = pipe.source.recv(_CHUNK)
        if not data:
            pipe.ended = True
            if not pipe.chunks:
                pipe.sink.shutdown(socket.SHUT_WR)
            return
        now = time.monotonic()
        if self.loss and self._random.random() < self.loss:
            pipe.stalled_until = now + STALL  # all behind it wait too: TCP delivers in order
        pipe.free_at = max(now, pipe.free_at) + (len(data) / self.rate if self.rate else 0.0)
        pipe.chunks.append((max(pipe.free_at, pipe.stalled_until) + self.delay, data))
        pipe.size += len(data)

    def _write(self, pipe: _Pipe) -> None:
        if not pipe.chunks or pipe.chunks[0][0] > time.monotonic():
            return
        due, data = pipe.chunks.popleft()
        left = None if self._cut_at is None or not pipe.up else max(self._cut_at - self.sent_up, 0)
        sent = pipe.sink.send(data[:left])
        pipe.size -= sent
        if pipe.up:
            self.sent_up += sent
        else:
            self.sent_down += sent
        if sent < len(data):
            pipe.chunks.appendleft((due, data[sent:]))
        elif pipe.ended and not pipe.chunks:
            pipe.sink.shutdown(socket.SHUT_WR)

    # Helpers

    def _cut(self) -> None:
        for pair in list(self._open):
            self._reset(pair)

    def _reset(self, pair: tuple[_Pipe, _Pipe]) -> None:
        if pair in self._open:
            self._open.remove(pair)
            for pipe in pair:
                _abort(pipe.source)

    def _listen(self, port: int) -> socket.socket:
        return socket.create_server((HOST, port), backlog=64)

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # it is full of wake-ups already
            self._wake_write.send(b"\0")


def _abort(one: socket.socket) -> None:
    """Close with RST: unsent data is thrown away, and the other side gets an error."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    one.close()
