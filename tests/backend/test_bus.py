"""The MQTT side with real brokers: verdicts, retained registrations and checkpoints, outages."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from civicroot_backend import bus, realm
from civicroot_backend.bus import BrokerAddress, parse_broker_url
from civicroot_backend.errors import ConfigurationError, LogForked
from civicroot_backend.service import Backend
from civicroot_wire import head, registration, state, topic
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.state import State

from tests.backend.city import City, batch_message, signed_record
from tests.backend.processes import GatewayLink, wait_until
from tests.support.brokers import Broker, MosquittoBroker, NatsBroker, free_port

BROKERS = [NatsBroker, MosquittoBroker]


@pytest.fixture(params=BROKERS, ids=[made.name for made in BROKERS])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    make: Callable[[Path], Broker] = request.param
    with make(tmp_path) as made:
        yield made


@contextmanager
def running(city: City) -> Iterator[Backend]:
    """A backend with its threads; none of them may fail."""
    with city.backend() as backend:
        failed = Event()
        backend.start(failed.set)
        wait_until(lambda: backend.health().broker_connected, "broker connected")
        try:
            yield backend
        finally:
            backend.stop()
        assert not failed.is_set(), backend.failure


def founded(tmp_path: Path, broker: Broker) -> City:
    return City(tmp_path / "city", realm.Addresses(f"mqtt://{broker.host}:{broker.port}"))


def told(link: GatewayLink, backend: Backend, kid: bytes) -> int:
    """The log index of the verified registration that the gateway was sent for a key."""
    name = topic.of_device(link.gateway.kid, kid, topic.ENROLMENT)
    wait_until(lambda: name in link.retained, f"registration of {kid.hex()}")
    found = registration.decode(link.retained[name])
    assert registration.verify(found, backend.policy, verify).kid == kid
    return found.entry.index


def test_gateway_gets_verdicts_and_the_records_are_published_and_projected(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        messages = [batch_message(gateway, seq, [signed_record(device, seq)]) for seq in range(50)]
        with GatewayLink(broker, gateway) as link:
            for message in messages:
                link.send(message)
            wait_until(lambda: all(link.verdict(message) for message in messages), "all verdicts")
            assert {found.reason for found in link.verdicts.values()} == {None}
        wait_until(lambda: backend.published is not None and backend.published.size == 54, "all published")
        assert backend.proof(device.kid, 49)
        wait_until(lambda: backend.telemetry.cursor() == 50, "all projected")
        assert backend.health().healthy


def test_gateway_is_told_who_is_enrolled_and_the_newest_checkpoint(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        device = city.enrolled(backend, "bin/12", "device")
        operator = city.enrolled(backend, "operator/1", "operator")
        organisation = city.enrolled(backend, "organisation/zoo", "organisation")
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        with GatewayLink(broker, gateway) as link:
            assert told(link, backend, device.kid) == 2
            assert told(link, backend, operator.kid) == 3
            assert told(link, backend, gateway.kid) == 5
            assert told(link, backend, city.backend_key.kid) == 1
            late = city.enrolled(backend, "bin/13", "device")
            assert told(link, backend, late.kid) == 6
            name = topic.of_gateway(gateway.kid, topic.CHECKPOINT)
            wait_until(lambda: _size(link.retained.get(name), backend) == 7, "the newest checkpoint")
            assert topic.of_device(gateway.kid, organisation.kid, topic.ENROLMENT) not in link.retained


def test_a_key_enrolled_again_is_announced_again(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        with GatewayLink(broker, gateway) as link:
            first = told(link, backend, device.kid)
            moved = backend.submit(city.enrolment(device, "bin/12", "device", label="Moved"))
            wait_until(lambda: told(link, backend, device.kid) == moved.index, "the new registration")
            assert moved.index > first


def test_everything_is_announced_again_to_a_gateway_that_comes_online(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        name = topic.of_device(gateway.kid, device.kid, topic.ENROLMENT)
        with GatewayLink(broker, gateway) as link:
            told(link, backend, device.kid)
            link.publish(name, b"", retain=True)  # somebody deleted what the broker retained
            wait_until(lambda: link.retained.get(name) == b"", "deleted")
            link.publish(topic.of_gateway(gateway.kid, topic.STATE), state.encode(State(True)), retain=True)
            wait_until(lambda: link.retained.get(name) not in (None, b""), "announced again")


def test_malformed_state_harms_nothing(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        message = batch_message(gateway, 0, [signed_record(device, 0)])
        with GatewayLink(broker, gateway) as link:
            link.publish(topic.of_gateway(gateway.kid, topic.STATE), b"\xff")
            link.publish(f"{topic.PREFIX}NOT-A-KID/{topic.BATCH}", b"stray")
            link.send(message)
            wait_until(lambda: link.verdict(message) is not None, "verdict")
        wait_until(lambda: backend.counts().get(("batch", "wrong-topic")) == 1, "stray counted")


def test_refused_batch_gets_a_signed_refusal(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        message = batch_message(city.key(), 0, [signed_record(Signer(bytes(32)), 0)])
        with GatewayLink(broker, gateway) as link:

            def answered() -> bool:
                link.send(message)  # as a gateway does: a broker keeps nothing for a backend that has yet to subscribe
                return link.verdict(message) is not None

            wait_until(answered, "refusal")
            found = link.verdict(message)
        assert found is not None
        assert found.reason == "wrong-topic"


def test_a_killed_broker_is_found_again_and_told_everything(tmp_path: Path, broker: Broker) -> None:
    city = founded(tmp_path, broker)
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        wait_until(lambda: backend.published is not None and backend.published.size == 4, "published")
        broker.restart()
        message = batch_message(gateway, 0, [signed_record(device, 0)])
        with GatewayLink(broker, gateway) as link:
            assert told(link, backend, device.kid) == 3

            def answered() -> bool:
                link.send(message)  # as a gateway does until it has its verdict
                return link.verdict(message) is not None

            wait_until(answered, "verdict after the outage")
        assert backend.counts()["record", "accepted"] == 1


def test_a_restored_copy_of_the_whole_data_directory_does_not_sign_a_second_history(
    tmp_path: Path, broker: Broker
) -> None:
    city = founded(tmp_path, broker)
    data, backup = city.config.data_directory, tmp_path / "backup"
    with running(city) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
    shutil.copytree(data, backup)
    with running(city) as backend, GatewayLink(broker, gateway) as link:
        link.send(batch_message(gateway, 0, [signed_record(device, 0)]))
        name = topic.of_gateway(gateway.kid, topic.CHECKPOINT)
        wait_until(lambda: _size(link.retained.get(name), backend) == 5, "the gateway has the newest checkpoint")
    shutil.rmtree(data)
    backup.rename(data)
    with city.backend() as restored:
        failed = Event()
        with GatewayLink(broker, gateway) as link:
            link.send(batch_message(gateway, 1, [signed_record(device, 1)]))  # waits at the broker already
            restored.start(failed.set)
            wait_until(failed.is_set, "the backend refuses to go on")
        restored.stop()
        assert isinstance(restored.failure, LogForked)
        assert restored.published is not None
        assert restored.published.size <= 4, "it signs nothing beyond the copied entries"


def test_backend_serves_before_its_broker_is_there(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        city = founded(tmp_path, broker)
        broker.stop()
        with city.backend() as backend:
            backend.start(lambda: None)
            gateway = city.enrolled(backend, "gateway/1", "gateway")
            wait_until(lambda: backend.published is not None and backend.published.size == 3, "published")
            assert not backend.health().healthy
            broker.start()
            wait_until(lambda: backend.health().broker_connected, "connected")
            with GatewayLink(broker, gateway) as link:
                assert told(link, backend, gateway.kid) == 2
            assert backend.failure is None


def test_a_broker_that_accepts_and_never_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "ANSWER_TIMEOUT", 0.3)
    with NatsBroker(tmp_path) as broker:
        city = founded(tmp_path, broker)
        broker.pause()
        with city.backend() as backend:
            backend.start(lambda: None)
            wait_until(lambda: backend._bus._connection >= 2, "a second attempt")
            broker.resume()
            wait_until(lambda: backend.health().broker_connected, "connected")


def test_a_refused_subscription_is_no_connection_and_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "ANSWER_TIMEOUT", 0.3)
    nothing = """no_auth_user: "anybody"
    accounts: { A: { jetstream: enabled, users: [
        { user: "anybody", password: "x", permissions: { subscribe: { deny: "civicroot.>" } } } ] } }"""
    with NatsBroker(tmp_path, nothing) as broker:
        city = founded(tmp_path, broker)
        with city.backend() as backend:
            backend.start(lambda: None)
            wait_until(lambda: backend._bus._connection >= 3, "another attempt")
            assert not backend.health().broker_connected
            broker.stop()
            broker._extra = ""
            broker.start()
            wait_until(lambda: backend.health().broker_connected, "connected")


def test_a_telemetry_server_that_is_away_delays_nothing_but_itself(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        city = founded(tmp_path, broker)
        with city.backend(telemetry_url=f"victoria+http://127.0.0.1:{free_port()}") as backend:
            backend.start(lambda: None)
            gateway = city.enrolled(backend, "gateway/1", "gateway")
            device = city.enrolled(backend, "bin/12", "device")
            message = batch_message(gateway, 0, [signed_record(device, 0)])
            with GatewayLink(broker, gateway) as link:
                link.send(message)
                wait_until(lambda: link.verdict(message) is not None, "verdict")
            wait_until(lambda: backend.health().telemetry_error is not None, "the failure shows")
            assert backend.failure is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://host", BrokerAddress("host", 1883)),
        ("mqtt://u:p%40@127.0.0.1:99", BrokerAddress("127.0.0.1", 99, "u", "p@")),
        ("mqtt://[::1]:1884/", BrokerAddress("::1", 1884)),
    ],
)
def test_broker_urls(url: str, address: BrokerAddress) -> None:
    assert parse_broker_url(url) == address


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "mqtt://host:99999", "mqtt://host/path", "host"])
def test_bad_broker_urls_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_broker_url(url)


def _size(note: bytes | None, backend: Backend) -> int:
    return 0 if note is None else head.verify(note, backend.policy, verify).checkpoint.size
