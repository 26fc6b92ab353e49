"""The line with faults, between two sockets of this test."""

import socket
import time
from collections.abc import Iterator

import pytest

from .tcp_proxy import TcpProxy

DEADLINE = 10.0


class Ends:
    """A client and a server socket with the line between them."""

    def __init__(self, line: TcpProxy, listener: socket.socket) -> None:
        self.client = socket.create_connection((line.host, line.port), DEADLINE)
        self.server, _ = listener.accept()
        self.server.settimeout(DEADLINE)

    def close(self) -> None:
        self.client.close()
        self.server.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.settimeout(DEADLINE)
        yield found


@pytest.fixture
def ends(line: TcpProxy, listener: socket.socket) -> Iterator[Ends]:
    found = Ends(line, listener)
    yield found
    found.close()


@pytest.fixture
def line(listener: socket.socket) -> Iterator[TcpProxy]:
    with TcpProxy(*listener.getsockname()) as found:
        yield found


def _receive(one: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = one.recv(size - len(data))
        assert part
        data += part
    return data


def test_forwards_both_ways_and_the_end_of_each(line: TcpProxy, ends: Ends) -> None:
    data = bytes(range(256)) * 1000
    ends.client.sendall(data)
    assert _receive(ends.server, len(data)) == data
    ends.server.sendall(b"back")
    assert _receive(ends.client, 4) == b"back"
    ends.client.shutdown(socket.SHUT_WR)
    assert ends.server.recv(1) == b""
    ends.server.close()
    assert ends.client.recv(1) == b""
    assert (line.connections, line.sent_up, line.sent_down) == (1, len(data), 4)


def test_delay_and_rate_take_their_time(line: TcpProxy, ends: Ends) -> None:
    line.delay = 0.1
    began = time.monotonic()
    ends.client.sendall(b"a")
    assert _receive(ends.server, 1) == b"a"
    assert time.monotonic() - began >= 0.1
    line.rate = 100_000
    began = time.monotonic()
    ends.client.sendall(bytes(50_000))
    _receive(ends.server, 50_000)
    assert time.monotonic() - began >= 0.5


def test_loss_stalls_and_loses_no_byte(line: TcpProxy, ends: Ends) -> None:
    line.loss = 1.0
    began = time.monotonic()
    ends.client.sendall(b"abc")
    assert _receive(ends.server, 3) == b"abc"
    assert time.monotonic() - began >= 0.3


def test_cut_resets_both_sides_and_takes_new_connections(line: TcpProxy, ends: Ends, listener: socket.socket) -> None:
    line.cut()
    for one in (ends.client, ends.server):
        with pytest.raises(ConnectionResetError):
            one.recv(1)
    again = Ends(line, listener)
    again.client.sendall(b"a")
    assert _receive(again.server, 1) == b"a"
    again.close()


def test_cut_after_lets_exactly_so_many_bytes_through(line: TcpProxy, ends: Ends) -> None:
    line.cut_after(5)
    ends.client.sendall(b"0123456789")
    with pytest.raises(ConnectionResetError):
        ends.client.recv(1)
    assert line.sent_up == 5


def test_refused_until_restored(line: TcpProxy, listener: socket.socket) -> None:
    line.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((line.host, line.port), DEADLINE)
    line.restore()
    Ends(line, listener).close()


def test_blackhole_keeps_connections_and_forwards_nothing(line: TcpProxy, ends: Ends) -> None:
    line.blackhole()
    ends.client.sendall(b"lost")
    ends.server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ends.server.recv(1)
    line.restore()
    ends.server.settimeout(DEADLINE)
    with pytest.raises(ConnectionResetError):
        ends.server.recv(1)
