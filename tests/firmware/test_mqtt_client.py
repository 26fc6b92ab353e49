"""The device's MQTT client in a real MicroPython process, against both real brokers and a hostile server."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.firmware.mqtt_process import (
    DeviceProcess,
    Peer,
    Play,
    accept_mqtt,
    accept_then_silence,
    accept_until_goodbye,
    scripted_server,
    silence,
)
from tests.support.brokers import Broker, MosquittoBroker, NatsBroker, free_port

WILL = ["dev/state", "offline", 1, True]


@pytest.fixture(params=[NatsBroker, MosquittoBroker], ids=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with request.param(tmp_path) as running:
        yield running


def test_publishes_at_both_qos_arrive_in_order_and_are_acknowledged(broker: Broker) -> None:
    with Peer(broker.port, "dev/up") as peer, DeviceProcess(broker.port) as device:
        device.wait("up")
        for number in range(20):
            device.publish("dev/up", f"m{number}", qos=number % 2, number=number)
            device.wait("published", number=number)
        arrived = peer.collect(20)
        # MQTT orders the messages of one QoS (§4.6); NATS lets QoS 0 overtake QoS 1.
        for qos in (0, 1):
            assert [m for m in arrived if int(m[1:]) % 2 == qos] == [f"m{n}" for n in range(qos, 20, 2)]


def test_messages_and_a_retained_one_are_delivered(broker: Broker) -> None:
    with Peer(broker.port) as peer:
        peer.publish("dev/cmd", "kept", retain=True)
        with DeviceProcess(broker.port, subscriptions=[["dev/cmd", 1], ["dev/+/é", 0]]) as device:
            assert device.wait("message")["payload"] == "kept"
            device.passed("up")  # a broker may send the retained message before its SUBACK
            for number in range(10):
                peer.publish("dev/cmd", f"c{number}", qos=number % 2)
            peer.publish("dev/x/é", "ü")
            heard = [device.wait("message") for _ in range(11)]
            expected = sorted([("dev/cmd", f"c{n}") for n in range(10)] + [("dev/x/é", "ü")])
            assert sorted((m["topic"], m["payload"]) for m in heard) == expected


def test_large_messages_pass_both_ways(broker: Broker) -> None:
    device = DeviceProcess(broker.port, subscriptions=[["dev/cmd", 1]])
    with device, Peer(broker.port, "dev/up") as peer:
        device.wait("up")
        device.publish("dev/up", "r" * 8192)
        device.wait("published")
        assert peer.next() == "r" * 8192
        peer.publish("dev/cmd", "c" * 16_000)
        assert device.wait("message")["size"] == 16_000


def test_subscription_made_while_connected_is_served(broker: Broker) -> None:
    with Peer(broker.port) as peer, DeviceProcess(broker.port) as device:
        device.wait("up")
        peer.publish("late", "kept", retain=True)
        device.send("subscribe", "late", 1)
        assert device.wait("message")["payload"] == "kept"


def test_will_is_published_when_the_device_is_killed(broker: Broker) -> None:
    device = DeviceProcess(broker.port, will=WILL, online="online")
    with device, Peer(broker.port, "dev/state") as peer:
        device.wait("up")
        assert peer.next() == "online"
        device.kill()
        assert peer.next() == "offline"
    with Peer(broker.port, "dev/state") as later:
        assert later.next() == "offline"


def test_clean_stop_drops_the_will_and_publishes_nothing(broker: Broker) -> None:
    device = DeviceProcess(broker.port, will=WILL, online="online")
    with device, Peer(broker.port, "dev/state") as peer:
        device.wait("up")
        device.send("stop")
        assert device.wait("ended")["error"] is None
        assert not [event for event in device.events if event["event"] == "down"]
        peer.publish("dev/state", "marker")
        assert peer.collect(2) == ["online", "marker"]


def test_cancelled_run_closes_its_connection(broker: Broker) -> None:
    device = DeviceProcess(broker.port, will=WILL, online="online")
    with device, Peer(broker.port, "dev/state") as peer:
        device.wait("up")
        descriptors = device.descriptors()
        device.send("cancel")
        assert device.wait("cancelled")["connected"] is False
        assert device.descriptors() == descriptors - 1
        assert peer.collect(2) == ["online", "offline"]


def test_killed_broker_fails_publishes_and_its_return_restores_subscriptions(broker: Broker) -> None:
    with DeviceProcess(broker.port, subscriptions=[["dev/cmd", 1]], will=WILL, online="online") as device:
        device.wait("up")
        descriptors = device.descriptors()
        broker.kill()
        assert device.wait("down")["connected"] is False
        device.publish("dev/up", "lost", number=1)
        assert device.wait("failed", number=1)["error"] == "MqttDown"
        assert device.state()["connected"] is False
        device.wait("down")  # at least one refused connection
        broker.start()
        device.wait("up")
        assert device.descriptors() == descriptors
        with Peer(broker.port, "dev/up", "dev/state") as peer:
            assert peer.next() == "online"
            peer.publish("dev/cmd", "again")
            assert device.wait("message")["payload"] == "again"
            device.publish("dev/up", "sent again", number=2)
            device.wait("published", number=2)
            assert peer.next() == "sent again"


def test_publish_in_flight_fails_when_the_broker_dies_and_not_only_at_its_deadline(broker: Broker) -> None:
    with DeviceProcess(broker.port, answer_ms=60_000) as device:
        device.wait("up")
        broker.pause()
        device.publish("dev/up", "lost", number=1)
        device.state()  # the publish began before this answer
        broker.kill()
        assert device.wait("failed", number=1)["error"] == "MqttDown"


def test_frozen_broker_is_detected_by_the_ping_deadline_and_left(broker: Broker) -> None:
    with DeviceProcess(broker.port, keep_alive_s=1, answer_ms=500) as device:
        device.wait("up")
        broker.pause()
        assert device.wait("down")["reason"] == "PINGRESP"
        broker.resume()
        device.wait("up")


def test_keep_alive_holds_an_idle_connection(broker: Broker) -> None:
    """Brokers end a connection after 1.5 times the keep-alive; ours is idle for three times as long."""
    with DeviceProcess(broker.port, keep_alive_s=1) as device:
        device.wait("up")
        beats = device.state()["beats"]
        until = time.monotonic() + 15
        while device.state()["beats"] < beats + 12:  # four looks a second at this keep-alive
            assert time.monotonic() < until
        state = device.state()
        assert (state["connected"], state["connections"]) == (True, 1)


def test_device_started_before_its_broker_connects_when_it_comes(tmp_path: Path) -> None:
    with DeviceProcess(free_port(), client_id="never") as lonely:
        assert lonely.wait("down")["error"] == "MqttDown"
        assert lonely.state()["beats"] > 0  # backing off is progress
        lonely.send("stop")
        assert lonely.wait("ended")["error"] is None
    with MosquittoBroker(tmp_path) as broker:
        broker.kill()
        with DeviceProcess(broker.port) as device:
            device.wait("down")
            broker.start()
            device.wait("up")


@pytest.mark.parametrize(
    "start",
    [lambda folder: NatsBroker(folder, mqtt_extra='ack_wait: "1s"'), MosquittoBroker],  # NATS redelivers by time
    ids=["nats", "mosquitto"],
)
def test_error_in_a_callback_ends_run_and_the_message_was_not_acknowledged(
    start: Callable[[Path], Broker], tmp_path: Path
) -> None:
    with start(tmp_path) as broker:
        check_redelivery(broker)


def check_redelivery(broker: Broker) -> None:
    lasting = {"client_id": "lasting", "clean_session": False, "subscriptions": [["dev/cmd", 1]]}
    with DeviceProcess(broker.port, **lasting) as device:
        device.wait("up")
        with Peer(broker.port) as peer:
            peer.publish("dev/cmd", "poison")
        ended = device.wait("ended")
        assert (ended["error"], ended["reason"]) == ("RuntimeError", "poisoned")
    with DeviceProcess(broker.port, **lasting) as restarted:
        assert restarted.wait("message")["payload"] == "poison"


def test_more_publishes_than_the_limit_are_refused_and_the_rest_arrive(broker: Broker) -> None:
    with Peer(broker.port, "dev/up") as peer, DeviceProcess(broker.port) as device:
        device.wait("up")
        broker.pause()
        for number in range(17):
            device.publish("dev/up", f"m{number}", number=number)
        assert device.wait("failed")["error"] == "MqttBusy"
        broker.resume()
        assert sorted(peer.collect(16)) == sorted(f"m{number}" for number in range(16))
        device.wait("published", number=15)


def test_many_publishes_leave_no_memory_behind(broker: Broker) -> None:
    with DeviceProcess(broker.port) as device:
        device.wait("up")
        device.send("flood", 50, "dev/up")
        device.wait("flooded")
        before = device.state()["allocated"]
        device.send("flood", 500, "dev/up")
        device.wait("flooded")
        assert device.state()["allocated"] - before < 2048


def test_cancelled_publishes_leave_the_stream_whole(broker: Broker) -> None:
    with Peer(broker.port, "dev/last") as peer, DeviceProcess(broker.port) as device:
        device.wait("up")
        device.send("abandon", 10, "dev/up")
        device.wait("abandoned")
        device.publish("dev/last", "whole", number=1)
        device.wait("published", number=1)
        assert peer.next() == "whole"
        assert device.state()["connections"] == 1


def test_wrong_credentials_are_a_named_refusal_and_right_ones_are_taken(tmp_path: Path) -> None:
    with NatsBroker(tmp_path, extra='authorization { user: "dev", password: "secret" }') as broker:
        with DeviceProcess(broker.port, username="dev", password="wrong") as device:
            down = device.wait("down")
            assert (down["error"], down["reason"].partition(":")[0]) == ("MqttRefused", "connection refused")
        with DeviceProcess(broker.port, username="dev", password="secret") as device:
            device.wait("up")


def test_refused_subscription_is_named(tmp_path: Path) -> None:
    rules = (
        'authorization { users: [{ user: "dev", password: "secret", permissions: { subscribe: '
        '{ deny: ["secret.>"], allow: [">"] } } }] }'
    )
    with NatsBroker(tmp_path, extra=rules) as broker:
        options = {"username": "dev", "password": "secret", "subscriptions": [["dev/cmd", 1], ["secret/x", 1]]}
        with DeviceProcess(broker.port, **options) as device:
            down = device.wait("down")
            assert (down["error"], down["reason"]) == ("MqttRefused", "subscription refused: secret/x")


def test_server_that_never_answers_connect_is_left() -> None:
    with scripted_server(silence, silence) as port, DeviceProcess(port, answer_ms=300) as device:
        for _ in range(2):
            down = device.wait("down")
            assert (down["error"], down["reason"]) == ("MqttTimeout", "CONNACK")


def test_silent_server_is_detected_by_the_ping_deadline() -> None:
    with (
        scripted_server(accept_then_silence, accept_mqtt) as port,
        DeviceProcess(port, keep_alive_s=1, answer_ms=300) as device,
    ):
        down = device.wait("down")
        assert (down["error"], down["reason"]) == ("MqttTimeout", "PINGRESP")
        device.wait("up")


def test_missing_puback_times_out_and_ends_the_connection() -> None:
    with (
        scripted_server(accept_then_silence, accept_then_silence) as port,
        DeviceProcess(port, answer_ms=300) as device,
    ):
        device.wait("up")
        device.publish("dev/up", "m", number=1)
        failed = device.wait("failed", number=1)
        assert (failed["error"], failed["reason"]) == ("MqttTimeout", "PubAck")
        device.wait("up")


def test_missing_suback_times_out() -> None:
    with (
        scripted_server(accept_then_silence) as port,
        DeviceProcess(port, answer_ms=300, subscriptions=[["a", 1]]) as device,
    ):
        down = device.wait("down")
        assert (down["error"], down["reason"]) == ("MqttTimeout", "SubAck")


def test_server_that_stops_reading_ends_the_write_at_its_deadline() -> None:
    def deaf(connection: socket.socket) -> None:
        accept_mqtt(connection)
        assert closed.wait(15)

    closed = threading.Event()
    with scripted_server(deaf) as port, DeviceProcess(port, answer_ms=500) as device:
        device.wait("up")
        for number in range(16):
            device.publish("dev/up", "x" * 6000, number=number)
        device.wait("down")
        closed.set()


def plays(data: str) -> Play:
    """A server that accepts and then sends these bytes."""

    def play(connection: socket.socket) -> None:
        accept_mqtt(connection)
        connection.sendall(bytes.fromhex(data))
        silence(connection)

    return play


@pytest.mark.parametrize(
    "data",
    [
        "ff" * 600,
        "00",
        "30 ff ff ff ff",
        "30 80 80 04",  # a packet above the limit
        "20 02 00 00",  # a second CONNACK
        "40 02 00 07",  # acknowledges what was never sent
        "90 03 00 07 00",
        "30 06 0004 f0808080",
        "34 07 0003 612f62 000a",
    ],
)
def test_malformed_bytes_end_the_connection_and_not_the_task(data: str) -> None:
    with scripted_server(plays(data), accept_until_goodbye) as port, DeviceProcess(port) as device:
        assert device.wait("down")["error"] == "MalformedPacket"
        device.wait("up")
        device.send("stop")
        device.wait("ended", error=None)


@pytest.mark.parametrize("answer", ["", "20", "20 02 00", "d0 00", "20 02 00 01", "20 02 01 05"])
def test_wrong_answer_to_connect_leads_to_another_try(answer: str) -> None:
    def play(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(bytes.fromhex(answer))

    with scripted_server(play, accept_until_goodbye) as port, DeviceProcess(port) as device:
        assert device.wait("down")["error"] in ("MqttDown", "MalformedPacket", "MqttRefused")
        device.wait("up")
        device.send("stop")
        device.wait("ended", error=None)
