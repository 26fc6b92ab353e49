"""The generated configuration in both real brokers: each account × each topic × publish and subscribe."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .secured_broker import SECURED, Login, SecuredBroker, Will

GATEWAY, OTHER_GATEWAY = "00" * 7 + "f1", "00" * 7 + "f2"
A, B = "a" * 16, "b" * 16
BACKEND = "backend"
FROM_DEVICE, TO_DEVICE = ("up", "state", "want", "private"), ("ack", "cmd", "piece", "claim")
FROM_GATEWAY, TO_GATEWAY = ("batch", "state", "want", "private"), ("ack", "piece", "claim")
LEAVES = (*FROM_DEVICE, *TO_DEVICE, "enrolment", "revocation")
GATEWAY_LEAVES = (*FROM_GATEWAY, *TO_GATEWAY, "checkpoint")


def topic(*levels: str) -> str:
    return "/".join(("civicroot/v1", *levels))


TOPICS = [
    *(topic(GATEWAY, device, leaf) for device in (A, B) for leaf in LEAVES),
    *(topic(GATEWAY, leaf) for leaf in GATEWAY_LEAVES),
    *(topic(OTHER_GATEWAY, A, leaf) for leaf in LEAVES),
    *(topic(OTHER_GATEWAY, leaf) for leaf in GATEWAY_LEAVES),
    topic(GATEWAY, A), topic(GATEWAY, A, "up", "more"), topic(GATEWAY, A + "0", "up"), "up", A, f"{A}/up",
]  # fmt: skip

# The table of SPEC §8, written down again: topic → (who may publish, who may subscribe).
DEVICES_SIDE = {
    topic(GATEWAY, device, leaf): ({device}, {GATEWAY}) if leaf in FROM_DEVICE else ({GATEWAY}, {device})
    for device in (A, B)
    for leaf in (*FROM_DEVICE, *TO_DEVICE)
}
UPLINK_SIDE = {
    **{
        topic(gateway, leaf): ({gateway}, {BACKEND}) if leaf in FROM_GATEWAY else ({BACKEND}, {gateway})
        for gateway in (GATEWAY, OTHER_GATEWAY)
        for leaf in (*FROM_GATEWAY, *TO_GATEWAY)
    },
    **{
        topic(gateway, "checkpoint"): ({BACKEND}, {gateway, BACKEND}) for gateway in (GATEWAY, OTHER_GATEWAY)
    },
    **{
        topic(gateway, device, leaf): ({BACKEND}, {gateway, BACKEND})
        for gateway, device in ((GATEWAY, A), (GATEWAY, B), (OTHER_GATEWAY, A))
        for leaf in ("enrolment", "revocation", "cmd")
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=SECURED, ids=lambda kind: kind.kind.name)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """A gateway's broker for the devices' side, with accounts of the gateway and two devices."""
    found: SecuredBroker = request.param(tmp_path_factory.mktemp("broker"), gateway=GATEWAY)
    found.add(A, B)
    found.add(GATEWAY, role="gateway")
    with found:
        yield found


def check_matrix(broker: SecuredBroker, names: tuple[str, ...], table: dict[str, tuple[set[str], set[str]]]) -> None:
    """Everybody subscribes to and publishes under every topic; exactly what the table allows arrives."""
    with ExitStack() as stack:
        logins = {name: stack.enter_context(Login(broker, name)) for name in names}
        for name, login in logins.items():
            granted = dict(zip(TOPICS, login.subscribe(*TOPICS), strict=True))
            for where in TOPICS:
                allowed = name in table.get(where, (set(), set()))[1]
                assert granted[where] or not allowed
        for turn in ("first", "last"):  # of each topic the last comes after whatever forbidden came under it
            for where, (name, login) in itertools.product(TOPICS, logins.items()):
                if turn == "first" or name in table.get(where, (set(), set()))[0]:
                    login.publish(where, f"{turn} {name}".encode())
        for name, login in logins.items():
            expected = sorted(
                (where, f"{turn} {publisher}".encode())
                for where, (publishers, subscribers) in table.items()
                for publisher, turn in itertools.product(publishers & set(names), ("first", "last"))
                if name in subscribers
            )
            last = sum(payload.startswith(b"last") for _, payload in expected)
            login.wait(lambda: sum(payload.startswith(b"last") for _, payload in login.messages) >= last, "the last")  # noqa: B023
            assert sorted(login.messages) == expected


def test_each_account_has_exactly_its_topics_at_the_devices_broker(broker: SecuredBroker) -> None:
    check_matrix(broker, (A, B, GATEWAY), DEVICES_SIDE)


@pytest.mark.parametrize("kind", SECURED, ids=lambda kind: kind.kind.name)
def test_each_account_has_exactly_its_topics_at_the_uplinks_broker(kind: type[SecuredBroker], tmp_path: Path) -> None:
    broker = kind(tmp_path, side="uplink")
    broker.add(GATEWAY, OTHER_GATEWAY, role="gateway")
    broker.add(BACKEND, role="backend")
    with broker:
        check_matrix(broker, (GATEWAY, OTHER_GATEWAY, BACKEND), UPLINK_SIDE)


@pytest.mark.parametrize("kind", SECURED, ids=lambda kind: kind.kind.name)
def test_broker_of_both_sides_gives_each_account_both_tables(kind: type[SecuredBroker], tmp_path: Path) -> None:
    broker = kind(tmp_path, side="both", gateway=GATEWAY)
    broker.add(A, B)
    broker.add(GATEWAY, role="gateway")
    broker.add(BACKEND, role="backend")
    both = dict(DEVICES_SIDE)
    for where, (publishers, subscribers) in UPLINK_SIDE.items():
        more = both.get(where, (set(), set()))
        both[where] = (publishers | more[0], subscribers | more[1])
    with broker:
        check_matrix(broker, (A, B, GATEWAY, BACKEND), both)


@pytest.mark.parametrize("kind", SECURED, ids=lambda kind: kind.kind.name)
def test_while_one_gateway_takes_anothers_place_devices_have_their_topics_under_both(
    kind: type[SecuredBroker], tmp_path: Path
) -> None:
    broker = kind(tmp_path, gateway=f"{GATEWAY} {OTHER_GATEWAY}")
    broker.add(A)
    broker.add(GATEWAY, OTHER_GATEWAY, role="gateway")
    table = {
        topic(gateway, A, leaf): ({A}, {gateway}) if leaf in FROM_DEVICE else ({gateway}, {A})
        for gateway in (GATEWAY, OTHER_GATEWAY)
        for leaf in (*FROM_DEVICE, *TO_DEVICE)
    }
    with broker:
        check_matrix(broker, (A, GATEWAY, OTHER_GATEWAY), table)


def test_wildcards_give_a_device_nothing_of_others(broker: SecuredBroker) -> None:
    filters = [
        "#", "+/#", "+/+/+/+/+", topic("+", "+", "up"), topic(GATEWAY, "#"), topic(GATEWAY, "+", "ack"),
        topic(GATEWAY, A, "#"), topic(GATEWAY, A, "+"), "$SYS/#", "$MQTT/#", "$MQTT/sub/#", "$JS/#", "_INBOX/#",
        f"$share/group/{topic(GATEWAY, '+', 'up')}", f"$share/group/{topic(GATEWAY, A, 'ack')}",
    ]  # fmt: skip
    for qos in (0, 1):
        with Login(broker, A) as a, Login(broker, B) as b, Login(broker, GATEWAY) as gateway:
            granted = b.subscribe(*filters, qos=qos)
            if broker.kind.name == "nats":  # it says so; Mosquitto grants and delivers nothing
                assert not any(given for name, given in zip(filters, granted, strict=True) if name[:6] != "$share")
            own = [topic(GATEWAY, B, leaf) for leaf in TO_DEVICE]
            assert all(b.subscribe(*own, qos=qos))
            for leaf in FROM_DEVICE:
                a.publish(topic(GATEWAY, A, leaf), b"of A")
            for leaf in TO_DEVICE:
                gateway.publish(topic(GATEWAY, A, leaf), b"for A", retain=leaf == "cmd")
            for name in own:
                gateway.publish(name, b"for B")
            b.wait(lambda: {name for name, _ in b.messages} == set(own), "those for B")  # noqa: B023
            assert {payload for _, payload in b.messages} == {b"for B"}


def test_what_is_retained_for_one_device_is_not_given_to_another(broker: SecuredBroker) -> None:
    with Login(broker, GATEWAY) as gateway:
        for device in (A, B):
            gateway.publish(topic(GATEWAY, device, "cmd"), device.encode(), retain=True)
        with Login(broker, B) as b:
            b.subscribe(topic(GATEWAY, A, "cmd"), "#", topic(GATEWAY, B, "cmd"))
            b.wait(lambda: b.messages, "its own")
            assert set(b.messages) == {(topic(GATEWAY, B, "cmd"), B.encode())}
        for device in (A, B):
            gateway.publish(topic(GATEWAY, device, "cmd"), b"", retain=True)


def test_retained_message_under_anothers_topic_does_not_stay(broker: SecuredBroker) -> None:
    with Login(broker, B) as b:
        for leaf in ("up", "state", "want", "ack", "cmd"):
            b.publish(topic(GATEWAY, A, leaf), b"forged", retain=True)
        b.publish(topic(GATEWAY, B, "state"), b"true", retain=True)
    with Login(broker, GATEWAY) as gateway:
        gateway.subscribe(topic(GATEWAY, "+", "up"), topic(GATEWAY, "+", "want"), topic(GATEWAY, "+", "state"))
        gateway.wait(lambda: gateway.messages, "what B may retain")
        assert set(gateway.messages) == {(topic(GATEWAY, B, "state"), b"true")}
    with Login(broker, A) as a, Login(broker, GATEWAY) as gateway:
        a.subscribe(topic(GATEWAY, A, "ack"), topic(GATEWAY, A, "cmd"))
        for leaf in ("ack", "cmd"):
            gateway.publish(topic(GATEWAY, A, leaf), b"true")
        a.wait(lambda: len(a.messages) >= 2, "the gateway's own")
        assert {payload for _, payload in a.messages} == {b"true"}
    with Login(broker, B) as b:
        b.publish(topic(GATEWAY, B, "state"), b"", retain=True)


def test_will_goes_to_the_accounts_own_topic_or_nowhere(broker: SecuredBroker) -> None:
    with Login(broker, GATEWAY) as gateway:
        gateway.subscribe(topic(GATEWAY, "+", "state"), topic(GATEWAY, "+", "up"))
        for where in (topic(GATEWAY, A, "state"), topic(GATEWAY, A, "up")):
            with Login(broker, B, will=Will(where, b"forged")) as b:
                if b.code == 0:  # Mosquitto refuses the connection
                    b.cut()
        with Login(broker, B, will=Will(topic(GATEWAY, B, "state"), b"true")) as b:
            b.cut()
        gateway.wait(lambda: gateway.messages, "B's will")
        assert gateway.messages == [(topic(GATEWAY, B, "state"), b"true")]


@pytest.mark.parametrize(
    ("name", "password"), [("", None), (A, "wrong"), (A, ""), ("c" * 16, "none"), ("#", "none"), (BACKEND, "none")]
)
def test_nobody_comes_in_without_name_and_password(broker: SecuredBroker, name: str, password: str | None) -> None:
    ports = [(broker.port, True)] + ([(broker.local_port, False)] if broker.kind.name == "mosquitto" else [])
    for port, tls in ports:
        with Login(broker, name, password=password, port=port, tls=tls) as login:
            assert login.code not in (0, None)


def test_password_of_one_device_is_not_anothers(broker: SecuredBroker) -> None:
    with Login(broker, A, password=broker.passwords[B]) as login:
        assert login.code not in (0, None)
