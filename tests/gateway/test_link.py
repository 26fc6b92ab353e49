"""A link to real brokers over a bad line: cut, slow, dark, refused; sessions, subscriptions, wills."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from civicroot_gateway.mqtt.back_off import STABLE
from civicroot_gateway.mqtt.connection import Will
from civicroot_gateway.mqtt.keep_alive import KEEP_ALIVE, PING_DEADLINE
from civicroot_gateway.mqtt.link import SUBSCRIBE_AFTER

from tests.support.brokers import Broker, MosquittoBroker, NatsBroker
from tests.support.tcp_proxy import TcpProxy

from .linked import Linked, turn_until

BROKERS = [NatsBroker, MosquittoBroker]
CUTS = 5
BIG = bytes(250_000)  # a large batch


@pytest.fixture(params=BROKERS, ids=lambda kind: kind.name)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with _start(request.param, tmp_path) as found:
        yield found


def _start(kind: type[Broker], folder: Path) -> Broker:
    if kind is NatsBroker:
        return NatsBroker(folder, mqtt_extra='ack_wait: "3s"')  # its default of 30 s is long for a test
    return kind(folder)


@pytest.fixture
def line(broker: Broker) -> Iterator[TcpProxy]:
    with TcpProxy(broker.host, broker.port) as found:
        yield found


class Shifted:
    """A monotonic clock that the test can put forward."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def _through(line: TcpProxy, name: str = "linked", clock: Callable[[], float] = time.monotonic) -> Linked:
    return Linked(line.host, line.port, client_id=name, monotonic=clock)


def _times_up(linked: Linked, times: int) -> Callable[[], bool]:
    return lambda: linked.link.up and len(linked.ups) == times


def _received(linked: Linked, count: int) -> Callable[[], bool]:
    return lambda: len(linked.received) == count


def _forwarded(line: TcpProxy, octets: int) -> Callable[[], bool]:
    return lambda: line.sent_down == octets


def test_cut_again_and_again_in_the_middle_of_packets_every_message_comes_in_the_end(line: TcpProxy) -> None:
    sent: list[bytes] = []
    clock = Shifted()
    with _through(line, clock=clock) as linked:
        for cut in range(CUTS):
            linked.come_up()
            clock.ahead += STABLE
            payloads = [f"{cut}-{number}".encode().ljust(900, b".") for number in range(10)]
            sent += payloads
            if cut % 3:
                line.cut_after(700 * cut)
            else:
                line.cut()
            again = itertools.cycle(payloads)  # as the uplink does: again until there is an answer

            def all_came(payloads: list[bytes] = payloads, again: Iterator[bytes] = again) -> bool:
                linked.link.publish("test/a", next(again))
                return set(payloads) <= set(linked.received)

            linked.until(all_came, "all messages")
        assert set(sent) == set(linked.received)
    assert line.connections > CUTS


def test_connection_is_made_anew_with_its_subscription_whenever_the_broker_forgot_it(
    broker: Broker, line: TcpProxy
) -> None:
    with _through(line) as linked:
        for life in range(3):
            linked.until(_times_up(linked, life + 1), "link up")
            linked.link.publish("test/a", b"after a restart")
            linked.until(_received(linked, life + 1), "a message after the restart")
            broker.restart()


def test_session_saves_the_retained_messages_after_a_short_cut_and_not_after_a_long_one(line: TcpProxy) -> None:
    clock = Shifted()
    with _through(line, clock=clock) as linked:
        linked.come_up()
        linked.link.publish("test/retained", b"retained", retain=True)
        linked.until(lambda: linked.received == [b"retained"], "the message")
        after = linked.link.publish("other", b"")  # the broker takes it after the PUBACK
        assert after is not None
        linked.until(after.is_published, "the broker's answer")
        line.cut()
        linked.until(lambda: len(linked.ups) == 2, "link up")
        linked.link.publish("test/a", b"end")
        linked.until(lambda: b"end" in linked.received, "a message by the session's subscription")
        assert linked.received == [b"retained", b"end"]
        line.refuse()
        linked.until(lambda: not linked.link.up, "link down")
        clock.ahead = SUBSCRIBE_AFTER
        line.restore()
        linked.until(lambda: linked.received.count(b"retained") == 2, "what is retained, after a long outage")


def test_message_that_was_not_acknowledged_comes_again_after_a_cut(line: TcpProxy) -> None:
    with _through(line) as linked:
        linked.come_up()
        linked.holding = True
        linked.link.publish("test/a", b"held")
        linked.until(lambda: linked.held, "the message")
        linked.holding = False
        line.cut()
        linked.until(lambda: linked.received == [b"held", b"held"], "redelivery")


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_dark_line_is_noticed_and_left(kind: type[Broker], tmp_path: Path) -> None:
    clock = Shifted()
    with ExitStack() as stack:
        broker = stack.enter_context(kind(tmp_path))
        line = stack.enter_context(TcpProxy(broker.host, broker.port))
        linked = stack.enter_context(_through(line, clock=clock))
        linked.come_up()
        line.blackhole()
        clock.ahead = KEEP_ALIVE + 1
        began = clock()
        linked.until(lambda: linked.link._connection is None or clock() > began + 1, "PINGREQ")
        assert linked.link.up
        clock.ahead += PING_DEADLINE
        linked.until(lambda: linked.error, "link down")
        assert linked.error == "no answer to PINGREQ"
        line.restore()
        clock.ahead += 60
        linked.until(lambda: linked.link.up, "link up")


def test_healthy_silent_link_stays_for_hours(line: TcpProxy) -> None:
    clock = Shifted()
    with _through(line, clock=clock) as linked:
        linked.come_up()
        for _ in range(10):
            down = line.sent_down
            clock.ahead += KEEP_ALIVE
            linked.until(_forwarded(line, down + 2), "PINGRESP")
            linked.turn(0.1)
        assert linked.ups == [False]


def test_slow_line_takes_a_batch_of_a_minute_and_an_urgent_message_does_not_wait_for_more_than_one(
    line: TcpProxy,
) -> None:
    line.delay, line.loss = 0.05, 0.02
    with _through(line) as linked:
        linked.come_up()
        line.rate = 250_000
        linked.link.publish("test/big", BIG)
        assert linked.link.congested
        linked.turn(0.01)
        linked.link.publish("test/urgent", b"urgent")
        linked.until(lambda: b"urgent" in linked.received, "the urgent message")
        assert linked.received == [BIG, b"urgent"]
        assert linked.ups == [False]


def test_output_that_nobody_takes_stops_the_reading(broker: Broker, line: TcpProxy) -> None:
    """What waits inside is bounded: who does not take acknowledgements does not get to send."""
    with _through(line) as linked, Linked(broker.host, broker.port, client_id="sender", subscriptions=()) as sender:
        linked.come_up()
        sender.come_up()
        line.blackhole()
        for _ in range(100):
            linked.link.say("test/answer", bytes(8192))
        linked.turn(0.01)
        connection = linked.link._connection
        assert connection is not None and not connection.wants()[1] & 1  # POLLIN
        line.restore()
        linked.until(lambda: len(linked.ups) == 2, "link up")


def test_will_is_published_after_a_cut_and_not_after_a_close(broker: Broker, line: TcpProxy) -> None:
    def linked_with_will(name: str) -> Linked:
        return Linked(line.host, line.port, client_id=name, will=Will(f"test/{name}", name.encode()))

    with Linked(broker.host, broker.port, client_id="observer") as observer:
        observer.come_up()
        with linked_with_will("polite") as polite:
            polite.come_up()
        with linked_with_will("cut") as cut:
            cut.come_up()
            line.refuse()
            turn_until(lambda: observer.received, "a will", observer, cut)
        assert observer.received == [b"cut"]


def test_refused_subscription_names_its_topic(tmp_path: Path) -> None:
    rules = 'permissions: { subscribe: { allow: ["test.allowed", "$MQTT.>"] } }'
    users = f'authorization {{ users: [ {{ user: "pi", password: "x", {rules} }} ] }}\nno_auth_user: "pi"'
    subscriptions = (("test/allowed", 1), ("test/secret", 1))
    with NatsBroker(tmp_path, users) as broker, Linked(broker.host, broker.port, subscriptions=subscriptions) as linked:
        assert linked.fail() == "subscription refused: test/secret"


@pytest.mark.parametrize(
    ("host", "reason"), [("127.0.0.1", "refused"), ("no-such-host.invalid", "Name or service"), ("a" * 64, "label")]
)
def test_broker_that_cannot_be_reached_is_a_clear_error_and_tried_again(host: str, reason: str, tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        port = broker.port
    with Linked(host, port) as linked:
        assert reason in linked.fail()
        linked.until(lambda: linked.link.status().attempts >= 2, "another attempt")


class _NoSessions(threading.Thread):
    """A broker that hangs up on whoever wants a session, as nats-server does when its store is full."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self.asked: list[bool] = []  # clean?
        self._listener = listener

    def run(self) -> None:
        while not any(self.asked):
            peer, _ = self._listener.accept()
            with peer:
                clean = bool(peer.recv(1000)[9] & 2)  # connect flags: fixed header 2, protocol name 6, level 1
                self.asked.append(clean)
                if clean:
                    peer.sendall(b"\x20\x02\x00\x00")
                    peer.recv(1000)
                    peer.sendall(b"\x90\x03\x00\x01\x01")
                    peer.recv(1000)


def test_who_gets_no_session_comes_in_without_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        full = _NoSessions(listener)
        full.start()
        with Linked(*listener.getsockname()) as linked:
            assert "before CONNACK" in linked.fail()
            linked.come_up()
        full.join()
        assert full.asked == [False, True]


def test_line_that_takes_connections_and_dies_is_tried_less_and_less(broker: Broker) -> None:
    with TcpProxy(broker.host, broker.port) as line, _through(line) as linked:
        for life in range(3):
            linked.until(_times_up(linked, life + 1), "link up")
            line.cut()
            linked.until(lambda: not linked.link.up, "link down")
        wait = linked.link._retry_at - time.monotonic()
        assert wait > 0.9  # the third pause of 0.5, 1, 2, less its jitter
