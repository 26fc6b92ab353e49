"""Flooding: one client's share is bounded, all clients' together too, and others are served meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from civicroot_witness import gate, server
from civicroot_witness.request import MAX_BODY_BYTES

from tests.witness.conftest import Made
from tests.witness.independent_client import cosignature, post
from tests.witness.processes import NAME, SECONDS, WitnessProcess

ENDLESS = 64 << 20  # bytes: more than the buffers between two processes
ATTACKER, OTHER = "127.0.6.1", "127.0.7.1"
_HEAD = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"


def connect(url: str, source: str) -> socket.socket:
    """A connection from an address."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    opened = socket.create_connection((host, int(port)), SECONDS, (source, 0))
    opened.settimeout(SECONDS)
    return opened


def read_all(opened: socket.socket) -> bytes:
    """What comes until the server closes."""
    found = b""
    try:
        while chunk := opened.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found


@contextmanager
def held_requests(url: str, clients: list[str], each: int) -> Iterator[list[socket.socket]]:
    """Requests that begin and do not go on; all are with the server."""
    with ExitStack() as closing:
        opened = []
        for client in clients:
            for _ in range(each):
                one = closing.enter_context(connect(url, client))
                one.sendall(f"{_HEAD}Content-Length: 500\r\n\r\nold 0\n".encode())
                opened.append(one)
        yield opened


@pytest.fixture
def patient(made: Made) -> Iterator[WitnessProcess]:
    """A witness that waits for slow requests as long as any test lasts."""
    with WitnessProcess(made.folder, {"body_seconds": 600, "wait_seconds": 600}) as process:
        yield process


def test_too_large_a_body_is_not_read(made: Made, running: WitnessProcess) -> None:
    answer = post(running.url, b"old 0\n" + b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status == 413
    # Without a length, and without an end.
    with connect(running.url, ATTACKER) as opened:
        opened.sendall(f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        sent = 0
        try:
            while sent < ENDLESS:
                opened.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                sent += 4096
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < ENDLESS  # the server hung up
    cosignature(post(running.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey)


@pytest.fixture
def strict(made: Made) -> Iterator[WitnessProcess]:
    """A witness that gives each client little, so that a slow machine floods it too."""
    config = made.folder / "witness.toml"
    config.write_text(f'name = "{NAME}"\ntrusted_proxies = ["127.0.0.1"]\nrequests_per_second = 0.2\nburst = 20\n')
    with WitnessProcess(made.folder) as process:
        yield process


def test_one_client_has_its_rate_and_others_theirs(made: Made, strict: WitnessProcess) -> None:
    answers = [post(strict.url, b"old 0\n", source=ATTACKER) for _ in range(60)]
    limited = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} == {400, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in limited)
    assert strict.metric('requests_total{reason="rate",status="429"}') == len(limited) > 0
    cosignature(post(strict.url, made.log.request(0, 5), source=OTHER), made.log.checkpoint(5), made.vkey)


def test_slow_requests_of_one_client_take_only_its_own_places(made: Made, patient: WitnessProcess) -> None:
    with held_requests(patient.url, [ATTACKER], gate.MAX_OF_ONE):
        until = time.monotonic() + SECONDS
        while post(patient.url, b"old 0\n", source=ATTACKER).status != 429:
            assert time.monotonic() < until
        cosignature(post(patient.url, made.log.request(0, 9), source=OTHER), made.log.checkpoint(9), made.vkey)


def test_when_all_places_are_taken_it_says_so_and_recovers(made: Made, patient: WitnessProcess) -> None:
    clients = [f"127.0.6.{number + 1}" for number in range(gate.MAX_AT_ONCE // gate.MAX_OF_ONE)]
    with held_requests(patient.url, clients, gate.MAX_OF_ONE):
        until = time.monotonic() + SECONDS
        # The last of them may still be on their way: the first requests are served.
        while (answer := post(patient.url, made.log.request(0, 0), source=OTHER)).status != 503:
            assert answer.status in (200, 429) and time.monotonic() < until
        assert int(answer.headers["retry-after"]) >= 1
    until = time.monotonic() + SECONDS
    while (answer := post(patient.url, made.log.request(0, 5), source="127.0.7.2")).status != 200:
        assert answer.status in (503, 429) and time.monotonic() < until
    cosignature(answer, made.log.checkpoint(5), made.vkey)


def test_a_body_that_does_not_come_is_given_up(made: Made) -> None:
    with (
        WitnessProcess(made.folder, {"body_seconds": 0.2}) as process,
        held_requests(process.url, [ATTACKER], 1) as (opened,),
    ):
        assert read_all(opened).startswith(b"HTTP/1.1 408 ")


def test_connections_without_a_request_are_closed(made: Made) -> None:
    """Silent ones, and those that send a head byte by byte."""
    with (
        WitnessProcess(made.folder, {"wait_seconds": 0.5}) as process,
        connect(process.url, ATTACKER) as silent,
        connect(process.url, ATTACKER) as dripping,
    ):
        dripping.sendall(_HEAD.encode())
        assert read_all(silent) == b""
        assert read_all(dripping) == b""
        cosignature(post(process.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey)


def test_connections_of_one_client_are_bounded(made: Made, patient: WitnessProcess) -> None:
    with ExitStack() as closing:
        held = [closing.enter_context(connect(patient.url, ATTACKER)) for _ in range(server.MAX_OF_ONE)]
        for opened in held:
            opened.sendall(_HEAD.encode())
        beyond = closing.enter_context(connect(patient.url, ATTACKER))
        assert read_all(beyond) == b""
        cosignature(post(patient.url, made.log.request(0, 5), source=OTHER), made.log.checkpoint(5), made.vkey)


def test_a_client_that_goes_away_leaves_nothing_behind(made: Made, patient: WitnessProcess) -> None:
    for _ in range(3):
        with held_requests(patient.url, [ATTACKER], gate.MAX_OF_ONE):
            pass
    until = time.monotonic() + SECONDS
    while (answer := post(patient.url, made.log.request(0, 5), source=ATTACKER)).status != 200:
        assert answer.status == 429 and time.monotonic() < until
        time.sleep(0.05)  # between two polls
    cosignature(answer, made.log.checkpoint(5), made.vkey)


def test_behind_a_proxy_clients_are_told_apart(made: Made, strict: WitnessProcess) -> None:
    """The trusted proxy's word counts; a client's own does not."""
    flood = [post(strict.url, b"old 0\n", headers={"X-Forwarded-For": "203.0.113.9"}) for _ in range(60)]
    assert flood[-1].status == 429
    honest = post(strict.url, made.log.request(0, 5), headers={"X-Forwarded-For": "198.51.100.7"})
    cosignature(honest, made.log.checkpoint(5), made.vkey)
    # The attacker's own header, to which the proxy appended where it came from.
    lied = post(strict.url, b"old 0\n", headers={"X-Forwarded-For": "198.51.100.8, 203.0.113.9"})
    assert lied.status == 429
    # Somebody who is no proxy of ours claims to be one.
    lies = [
        post(strict.url, b"old 0\n", source=ATTACKER, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status
        for number in range(60)
    ]
    assert 429 in lies
