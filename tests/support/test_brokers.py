"""The broker starters: a killed broker is gone, a restarted one has its port, NATS keeps what it stored."""

import socket
import time
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt import publish

from tests.support.brokers import Broker, BrokerFailed, MosquittoBroker, NatsBroker

ATTEMPTS, ATTEMPT_SECONDS = 4, 15.0


@pytest.mark.parametrize("kind", [NatsBroker, MosquittoBroker])
def test_broker_serves_mqtt_dies_on_kill_and_comes_back_on_its_port(kind: type[Broker], tmp_path: Path) -> None:
    with kind(tmp_path) as broker:
        port, first = broker.port, broker.pid
        publish.single("a/b", b"kept", qos=1, retain=True, hostname=broker.host, port=port)
        broker.kill()
        assert not broker.running
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((broker.host, port), timeout=1.0)
        broker.restart()
        assert (broker.port, broker.pid != first) == (port, True)
        publish.single("a/b", b"again", qos=1, retain=True, hostname=broker.host, port=port)
        broker.stop()
        broker.start()
        assert _retained(broker) == b"again"


def test_nats_keeps_retained_messages_across_sigkill(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        publish.single("a/b", b"kept", qos=1, retain=True, hostname=broker.host, port=broker.port)
        broker.restart()
        assert _retained(broker) == b"kept"


def test_configuration_that_the_broker_refuses_is_reported_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(BrokerFailed, match="no_such_option"),
        MosquittoBroker(tmp_path, extra="no_such_option 1"),
    ):
        pass


def _retained(broker: Broker) -> bytes:
    """What a new subscriber is given; asked again, since NATS was seen to give one in some hundreds nothing."""
    found: list[bytes] = []
    for _ in range(ATTEMPTS):
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        client.on_connect = lambda client, *_: client.subscribe("a/b", 1)
        client.on_message = lambda _client, _data, message: found.append(message.payload)
        client.connect(broker.host, broker.port)
        until = time.monotonic() + ATTEMPT_SECONDS
        while not found and time.monotonic() < until:
            client.loop(0.1)
        client.disconnect()
        if found:
            return found[0]
    raise AssertionError("nothing is retained")
