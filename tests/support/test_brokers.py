"""The broker starters: a killed broker is gone, a restarted one has its port, NATS keeps what it stored."""

import socket
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt import publish, subscribe

from tests.support.brokers import Broker, BrokerFailed, MosquittoBroker, NatsBroker


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
    message = subscribe.simple("a/b", hostname=broker.host, port=broker.port, protocol=paho.MQTTv311)
    payload: bytes = message.payload
    return payload
