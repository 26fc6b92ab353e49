"""What gateways are told of keys and commands: to whom, when, and not again what the broker retains."""

from collections import defaultdict
from pathlib import Path

import pytest
from civicroot_backend.announce import announcer as announcer_module
from civicroot_backend.announce.announcer import RECENT_SECONDS, REPEATS, Announcer
from civicroot_backend.announce.listener import ONLINE_PAUSE, PATIENCE, QUIET_SECONDS, Listener
from civicroot_backend.announce.retained import Retained
from civicroot_backend.database.tables import enrolments
from civicroot_wire import configuration, registration, release, state, topic, withdrawal
from civicroot_wire.configuration import Configuration
from civicroot_wire.release import Release
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.state import State
from sqlalchemy import update

from tests.backend.city import City
from tests.backend.conftest import Scene
from tests.backend.processes import GatewayLink, wait_until
from tests.backend.test_bus import founded, running
from tests.support.brokers import NatsBroker


class Told:
    """An announcer, and a broker that retains what it says: (gateway, kid, leaf) → message."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.broker: dict[tuple[bytes, bytes, str], bytes] = {}
        self.start()

    def start(self) -> None:
        """A backend that starts, and hears what the broker retains."""
        backend = self.scene.backend
        self.announcer = Announcer(backend.database, backend.log, lambda: 0.0, retained=Retained(backend.policy))
        self.hear()
        self.announcer.restart()

    def hear(self, gateway: bytes | None = None) -> None:
        self.announcer.forget(gateway)
        for (of, kid, leaf), message in self.broker.items():
            if gateway in (None, of):
                self.announcer.retained(of, kid, leaf, message)

    def said(self) -> list[tuple[bytes, bytes, str]]:
        """All that is said now, without checkpoints."""
        self.scene.backend.publish_pending()
        found = []
        while (publication := self.announcer.next()) is not None:
            gateway, kid, leaf = topic.parse(publication.topic)
            if kid is not None:
                self.broker[gateway, kid, leaf] = publication.payload
                found.append((gateway, kid, leaf))
        return found


@pytest.fixture
def told(scene: Scene) -> Told:
    return Told(scene)


def move(scene: Scene, key: Signer, subject: str, home: bytes | None) -> None:
    """Enrol a device again, at another home."""
    label = "in the store" if home is None else f"at {home.hex()}"
    found = scene.backend.submit(scene.city.enrolment(key, subject, "device", label=label))
    with scene.backend.database.write() as connection:
        mine = enrolments.c.log_index == found.index
        connection.execute(update(enrolments).where(mine).values(home_gateway=home))


def configure(scene: Scene, operator: Signer, subject: str, version: int) -> bytes:
    wanted = Configuration(subject, version, {"interval": 60 * version})
    signed = configuration.sign(wanted, operator.kid, "operator/1", scene.city.realm, operator)
    scene.backend.submit(signed)
    return signed


def release_for(scene: Scene, key: Signer, subject: str, version: int) -> bytes:
    made = Release(subject, (version, 0, 0), "esp32", (0, 0, 0), [("main.py", 1, bytes([version]) * 32)])
    signed = release.sign(made, key.kid, "release/1", scene.city.realm, key)
    scene.backend.submit(signed)
    return signed


def test_a_revocation_is_told_once_a_checkpoint_covers_it(scene: Scene, told: Told) -> None:
    told.said()
    index = scene.backend.submit(scene.city.revocation(scene.device, "bin/12")).index
    assert told.announcer.next() is None
    assert (scene.gateway.kid, scene.device.kid, topic.REVOCATION) in told.said()
    message = told.broker[scene.gateway.kid, scene.device.kid, topic.REVOCATION]
    found = withdrawal.decode(message)
    assert found.entry.index == index
    assert withdrawal.verify(found, scene.backend.policy, verify).thumbprint[:8] == scene.device.kid


def test_roles_that_gateways_need_are_told_and_others_are_not(scene: Scene, told: Told) -> None:
    keys = {role: scene.city.enrolled(scene.backend, f"{role}/9", role) for role in ("operator", "release", "wallet")}
    found = {kid for _, kid, _ in told.said()}
    assert keys["operator"].kid in found
    assert keys["release"].kid in found
    assert keys["wallet"].kid not in found


def test_a_device_that_moves_is_told_to_its_new_home_and_its_withdrawal_to_both(scene: Scene, told: Told) -> None:
    other, third = (scene.city.enrolled(scene.backend, f"gateway/{number}", "gateway") for number in (2, 3))
    device = scene.city.key()
    move(scene, device, "bin/40", scene.gateway.kid)
    assert [gateway for gateway, kid, _ in told.said() if kid == device.kid] == [scene.gateway.kid]
    move(scene, device, "bin/40", other.kid)
    assert told.said() == [(other.kid, device.kid, topic.ENROLMENT)], "the old one goes on with what it has"
    scene.backend.submit(scene.city.revocation(device, "bin/40"))
    withdrawn = {gateway for gateway, kid, leaf in told.said() if (kid, leaf) == (device.kid, topic.REVOCATION)}
    assert withdrawn == {scene.gateway.kid, other.kid}
    assert third.kid not in withdrawn


def test_a_withdrawn_gateway_is_told_that_it_was_and_then_nothing_more(scene: Scene, told: Told) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    told.said()
    scene.backend.submit(scene.city.revocation(scene.gateway, "gateway/1"))
    found = told.said()
    for gateway in (scene.gateway.kid, other.kid):
        assert (gateway, scene.gateway.kid, topic.REVOCATION) in found
    scene.city.enrolled(scene.backend, "bin/70", "device")
    assert {gateway for gateway, _, _ in told.said()} == {other.kid}
    told.broker.clear()
    told.announcer.restart()
    again = [(kid, leaf) for gateway, kid, leaf in told.said() if gateway == scene.gateway.kid]
    assert again == [(scene.gateway.kid, topic.ENROLMENT), (scene.gateway.kid, topic.REVOCATION)]


def test_commands_go_to_the_device_that_is_their_subject(scene: Scene, told: Told) -> None:
    operator = scene.city.enrolled(scene.backend, "operator/1", "operator")
    releaser = scene.city.enrolled(scene.backend, "release/1", "release")
    at = (scene.gateway.kid, scene.device.kid, topic.CMD)
    told.said()
    first = configure(scene, operator, "bin/12", 1)
    assert told.said() == [at]
    assert told.broker[at] == first
    second = release_for(scene, releaser, "bin/12", 2)
    assert told.said() == [at]
    assert told.broker[at] == second
    release_for(scene, releaser, "bin/12", 1)
    assert told.said() == [], "an older release is not told"
    configure(scene, operator, "bin/99", 1)
    release_for(scene, releaser, "release/esp32", 1)
    assert told.said() == []
    late = scene.city.enrolled(scene.backend, "bin/99", "device")
    assert set(told.said()) == {(scene.gateway.kid, late.kid, leaf) for leaf in (topic.ENROLMENT, topic.CMD)}
    successor = scene.city.enrolled(scene.backend, "bin/12", "device")
    assert set(told.said()) == {(scene.gateway.kid, successor.kid, leaf) for leaf in (topic.ENROLMENT, topic.CMD)}


def test_a_withdrawn_device_is_told_nothing_more(scene: Scene, told: Told) -> None:
    operator = scene.city.enrolled(scene.backend, "operator/1", "operator")
    scene.backend.submit(scene.city.revocation(scene.device, "bin/12"))
    configure(scene, operator, "bin/12", 1)
    assert topic.CMD not in {leaf for _, _, leaf in told.said()}


def test_what_the_broker_retains_is_not_said_again(scene: Scene, told: Told) -> None:
    operator = scene.city.enrolled(scene.backend, "operator/1", "operator")
    devices = [scene.city.enrolled(scene.backend, f"bin/{number}", "device") for number in range(100, 130)]
    configure(scene, operator, "bin/100", 1)
    scene.backend.submit(scene.city.revocation(devices[1], "bin/101"))
    assert len(told.said()) == 3 + 1 + 30 + 2
    scene.city.enrolled(scene.backend, "organisation/1", "organisation")  # a newer checkpoint
    for _ in range(2):
        told.start()
        assert told.said() == []
    lost = (scene.gateway.kid, devices[5].kid, topic.ENROLMENT)
    spoilt = (scene.gateway.kid, devices[6].kid, topic.ENROLMENT)
    old = (scene.gateway.kid, devices[7].kid, topic.ENROLMENT)
    forged = (scene.gateway.kid, devices[1].kid, topic.REVOCATION)
    del told.broker[lost]
    told.broker[spoilt] = told.broker[spoilt][:-1]
    scene.backend.submit(scene.city.enrolment(devices[7], "bin/107", "device", label="moved"))
    found = registration.decode(told.broker[old])
    found.entry.path[0] = bytes(32)
    told.broker[forged] = withdrawal.encode(withdrawal.Withdrawal(found.entry, found.checkpoint))
    told.start()
    assert set(told.said()) == {lost, spoilt, old, forged}


def test_a_gateway_that_comes_online_is_told_what_the_broker_lost(scene: Scene, told: Told) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    told.said()
    lost = [(gateway, scene.device.kid, topic.ENROLMENT) for gateway in (scene.gateway.kid, other.kid)]
    for item in lost:
        del told.broker[item]
    told.hear(other.kid)
    told.announcer.gateway_online(other.kid)
    assert told.said() == lost[1:]


def test_what_was_said_in_the_last_minute_is_said_again_to_a_gateway_that_comes_online(scene: Scene) -> None:
    now = [0.0]
    announcer = Announcer(scene.backend.database, scene.backend.log, lambda: now[0])
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    scene.backend.publish_pending()

    def said() -> set[bytes]:
        found = set()
        while (publication := announcer.next()) is not None:
            gateway, kid, _ = topic.parse(publication.topic)
            found |= {gateway} if kid is not None else set()
        return found

    assert said() == {scene.gateway.kid, other.kid}
    now[0] += RECENT_SECONDS
    for _ in range(REPEATS):
        assert announcer.greet(other.kid)
        assert said() == {other.kid}
    assert announcer.greet(other.kid)
    assert said() == set(), "however often it comes online"
    assert announcer.greet(scene.gateway.kid)
    assert said() == {scene.gateway.kid}
    now[0] += 1
    assert announcer.greet(scene.gateway.kid)
    assert said() == set(), "it was said long ago"
    assert not announcer.greet(scene.device.kid)


def test_only_so_much_is_said_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcer_module, "MAX_RECENT", 4)
    told = Told(scene)
    for number in range(20):
        scene.city.enrolled(scene.backend, f"bin/{200 + number}", "device")
    assert len(told.said()) == 23
    assert told.announcer.greet(scene.gateway.kid)
    assert len(told.said()) == 4


# Listening


class Ear:
    """A listener with a clock, over an announcer that notes what it is asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.subscribed: list[list[str]] = []
        self.unsubscribed: list[list[str]] = []
        self.calls: list[object] = []
        self.listener = Listener(
            self,  # type: ignore[arg-type]  # stands in for the announcer
            self.subscribed.append,
            self.unsubscribed.append,
            lambda: self.now,
        )

    def forget(self, gateway: bytes | None = None) -> None:
        self.calls.append(("forget", gateway))

    def retained(self, *message: object) -> None:
        self.calls.append(message[3])

    def restart(self) -> None:
        self.calls.append("restart")

    def gateway_online(self, gateway: bytes) -> None:
        self.calls.append(("online", gateway))

    def greet(self, gateway: bytes) -> bool:
        return gateway != bytes(8)

    def turn(self, seconds: float) -> None:
        self.now += seconds
        self.listener.turn()


GATEWAY = b"gateway1"


def test_everything_is_said_once_the_broker_has_been_quiet() -> None:
    ear = Ear()
    ear.listener.connected()
    ear.turn(PATIENCE - 1)
    ear.listener.answered()
    for number in range(20):
        ear.listener.retained(GATEWAY, bytes(8), topic.ENROLMENT, bytes([number]))
        ear.turn(QUIET_SECONDS / 2)
        if ear.listener.heard_all:
            break
    assert ear.listener.heard_all, "patience ends"
    assert ear.calls[0] == ("forget", None)
    assert ear.calls[-1] == "restart"


def test_a_broker_that_does_not_answer_is_told_everything() -> None:
    ear = Ear()
    ear.listener.connected()
    ear.turn(PATIENCE)
    assert ear.calls == [("forget", None), "restart"]


def test_a_gateway_is_asked_for_once_a_minute_however_often_it_comes_online() -> None:
    ear = Ear()
    ear.listener.connected()
    ear.listener.gateway_online(GATEWAY)  # the broker retains its state: it is told everything anyway
    ear.listener.answered()
    ear.turn(QUIET_SECONDS)
    ear.calls.clear()
    for _ in range(100):
        ear.listener.gateway_online(GATEWAY)
        ear.listener.gateway_online(bytes(8))
        ear.listener.answered()
        ear.turn(QUIET_SECONDS)
    assert ear.calls == [("forget", GATEWAY), ("online", GATEWAY)]
    assert ear.subscribed[1:] == ear.unsubscribed
    ear.turn(ONLINE_PAUSE)
    assert ear.calls[-1] == ("forget", GATEWAY)


def test_a_lost_connection_ends_the_question() -> None:
    ear = Ear()
    ear.listener.connected()
    ear.listener.lost()
    ear.turn(PATIENCE)
    assert ear.calls == [("forget", None)]
    assert not ear.listener.heard_all


# With a broker


class Counting(GatewayLink):
    """Counts the messages that come while it is connected, by topic."""

    def __init__(self, broker: NatsBroker, gateway: Signer) -> None:
        self.came: defaultdict[str, int] = defaultdict(int)
        super().__init__(broker, gateway)

    def _received(self, client, data, message) -> None:  # type: ignore[no-untyped-def]
        self.came[message.topic] += 1
        super()._received(client, data, message)


def test_a_backend_that_starts_again_says_nothing_to_gateways_that_they_have(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        city: City = founded(tmp_path, broker)
        with running(city) as backend:
            gateway = city.enrolled(backend, "gateway/1", "gateway")
            devices = [city.enrolled(backend, f"bin/{number}", "device") for number in range(40)]
            backend.submit(city.revocation(devices[3], "bin/3"))
            with GatewayLink(broker, gateway) as link:
                name = topic.of_device(gateway.kid, devices[3].kid, topic.REVOCATION)

                def all_told() -> bool:
                    if name in link.retained and len(link.retained) == 44:
                        return True
                    # As a gateway does once it has subscribed: NATS may lose what is said during a subscription.
                    link.publish(topic.of_gateway(gateway.kid, topic.STATE), state.encode(State(True)), retain=True)
                    return False

                wait_until(all_told, "all told")
        lost = topic.of_device(gateway.kid, devices[7].kid, topic.ENROLMENT)
        with GatewayLink(broker, gateway) as link:
            wait_until(lambda: lost in link.retained, "retained")
            link.publish(lost, b"", retain=True)
            wait_until(lambda: link.retained[lost] == b"", "somebody deleted one")
        with Counting(broker, gateway) as link:
            wait_until(lambda: len(link.came) == 43, "what is retained")
            with running(city):
                wait_until(lambda: link.came[lost] == 1, "what was lost is said")
                wait_until(lambda: link.came[topic.of_gateway(gateway.kid, topic.CHECKPOINT)] >= 2, "checkpoint again")
        assert {name for name, number in link.came.items() if number > 1} == {
            topic.of_gateway(gateway.kid, topic.CHECKPOINT)
        }
