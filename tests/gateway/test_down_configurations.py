"""Configurations and releases on their way down: verified, kept, told to devices, and nothing forged or old."""

import pytest
from civicroot_gateway.down import configurations
from civicroot_gateway.down.publication import DEVICES, Publication
from civicroot_wire import topic
from civicroot_wire.errors import WireError

from .city import REALM, City, Device, signer
from .trust import Desk, configured, released

OPERATOR, RELEASER, STRANGER = signer(800), signer(801), signer(802)
FILES = [("main.py", 5, bytes(32))]


@pytest.fixture
def city() -> City:
    made = City()
    made.enrol(OPERATOR, "operator/1", "operator")
    made.enrol(RELEASER, "release/1", "release")
    return made


@pytest.fixture
def device(city: City) -> Device:
    return city.device()  # bin/1


@pytest.fixture
def desk(city: City, device: Device) -> Desk:
    made = Desk(city)
    made.trust_all()
    return made


def due(desk: Desk) -> list[Publication]:
    return list(desk.book.configurations.due(1000, desk.city.gateway.kid))


def refusal(desk: Desk, kid: bytes, message: bytes) -> str | None:
    try:
        desk.say(topic.CMD, kid, message)
    except WireError as error:
        return error.reason
    return None


def test_a_configuration_is_relayed_exactly_as_it_was_signed(city: City, desk: Desk, device: Device) -> None:
    message = configured(OPERATOR, "bin/1", 1, interval=600)
    news = desk.say(topic.CMD, device.kid, message)
    assert news is not None
    assert news.subject == "command"
    assert due(desk) == [Publication(DEVICES, city.topic(topic.CMD, device.kid), message, 1, True)]
    assert due(desk) == []


def test_nothing_is_told_before_it_is_durable(city: City, desk: Desk, device: Device) -> None:
    news = desk.book.receive(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 1))
    assert news is not None
    assert due(desk) == []
    desk.book.committed()
    assert len(due(desk)) == 1
    desk.book.receive(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 2))
    desk.book.load(desk)  # the commit failed
    desk.book.committed()
    assert due(desk) == []


def test_our_own_message_that_comes_back_is_no_news(city: City, desk: Desk, device: Device) -> None:
    first, second = configured(OPERATOR, "bin/1", 1), released(RELEASER, "bin/1", (1, 0, 0), FILES)
    for message in (first, second):
        desk.say(topic.CMD, device.kid, message)
    for publication in due(desk):
        assert desk.say(topic.CMD, device.kid, publication.payload) is None
    assert due(desk) == []


def test_after_a_restart_and_after_the_loss_of_the_broker_everything_is_told_again(
    city: City, desk: Desk, device: Device
) -> None:
    first, second = configured(OPERATOR, "bin/1", 1), released(RELEASER, "bin/1", (1, 0, 0), FILES)
    for message in (second, first):
        desk.say(topic.CMD, device.kid, message)
        due(desk)
    desk.book.configurations.tell_all()
    assert [item.payload for item in due(desk)] == [second, first]
    desk.reopen()
    assert [item.payload for item in due(desk)] == [second, first]
    assert due(desk) == []


def test_a_device_that_comes_online_is_told_what_the_topic_does_not_retain(
    city: City, desk: Desk, device: Device
) -> None:
    first, second = configured(OPERATOR, "bin/1", 1), released(RELEASER, "bin/1", (1, 0, 0), FILES)
    desk.say(topic.CMD, device.kid, first)
    due(desk)
    desk.book.configurations.device_online(device.kid)
    assert due(desk) == []
    desk.say(topic.CMD, device.kid, second)
    assert [item.payload for item in due(desk)] == [second]
    desk.book.configurations.device_online(device.kid)
    assert [(item.payload, item.retain) for item in due(desk)] == [(first, False)]


def test_versions_rise_for_each_kind(city: City, desk: Desk, device: Device) -> None:
    desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 7, interval=1))
    assert desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 6)) is None
    assert refusal(desk, device.kid, configured(OPERATOR, "bin/1", 7, interval=2)) == "equivocation"
    assert desk.say(topic.CMD, device.kid, released(RELEASER, "bin/1", (1, 2, 0), FILES))
    assert desk.say(topic.CMD, device.kid, released(RELEASER, "bin/1", (1, 1, 9), FILES)) is None
    desk.reopen()
    assert desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 6)) is None
    assert desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 8))


def test_nothing_forged_is_relayed(city: City, desk: Desk, device: Device) -> None:
    city.enrol(STRANGER, "operator/2", "operator")
    desk.trust_all()
    other = city.device()
    desk.trust_all()
    good = configured(OPERATOR, "bin/1", 1)
    for kid, message, why in (
        (device.kid, good[:-1] + bytes([good[-1] ^ 1]), "bad-signature"),
        (device.kid, configured(OPERATOR, "bin/1", 1, "other.example"), "wrong-realm"),
        (device.kid, configured(RELEASER, "bin/1", 1), "wrong-role"),
        (device.kid, released(OPERATOR, "bin/1", (1, 0, 0), FILES), "wrong-role"),
        (device.kid, configured(device.key, "bin/1", 1), "wrong-role"),
        (device.kid, configured(STRANGER, "bin/1", 1), "untrusted"),  # signs as operator/1
        (other.kid, good, "wrong-topic"),
        (city.backend.kid, good, "wrong-role"),
        (device.kid, device.record(0), "wrong-kind"),
        (device.kid, b"", "truncated"),
        (device.kid, bytes(configurations.MAX_COMMAND_BYTES + 1), "too-large"),
    ):
        assert refusal(desk, kid, message) == why
    assert due(desk) == []


def test_what_comes_before_its_signer_or_its_device_waits_and_is_bounded(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configurations, "MAX_EARLY", 3)
    devices = [city.device() for _ in range(4)]
    messages = [configured(OPERATOR, f"bin/{number}", 1) for number in range(1, 5)]
    desk = Desk(city)
    found = [refusal(desk, one.kid, message) for one, message in zip(devices, messages, strict=True)]
    assert found == [None, None, None, "unknown-key-id"]
    for one in devices[:2]:
        desk.say(topic.ENROLMENT, one.kid, city.registrations[one.kid])
    assert due(desk) == []
    desk.say(topic.ENROLMENT, OPERATOR.kid, city.registrations[OPERATOR.kid])
    assert [item.payload for item in due(desk)] == messages[:2]
    desk.say(topic.ENROLMENT, devices[2].kid, city.registrations[devices[2].kid])
    assert [item.payload for item in due(desk)] == messages[2:3]
    desk.reopen()
    assert len(due(desk)) == 3


def test_a_device_that_moved_is_not_told_what_was_for_the_place_it_left(city: City, desk: Desk, device: Device) -> None:
    desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 9))
    due(desk)
    desk.say(topic.ENROLMENT, device.kid, city.enrol(device.key, "bin/50", "device"))
    desk.book.configurations.tell_all()
    assert due(desk) == []
    assert desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/50", 1)), "another place counts by itself"


def test_a_release_for_a_model_goes_to_any_device_and_never_back(city: City, desk: Desk, device: Device) -> None:
    newer, older = (released(RELEASER, f"release/esp32-{v}", (1, v, 0), FILES) for v in (2, 1))
    assert desk.say(topic.CMD, device.kid, newer)
    assert [item.payload for item in due(desk)] == [newer]
    assert desk.say(topic.CMD, device.kid, older) is None
    assert desk.say(topic.CMD, device.kid, released(RELEASER, "bin/1", (1, 1, 5), FILES)) is None
    assert refusal(desk, device.kid, configured(OPERATOR, "release/esp32-2", 1)) == "wrong-topic"


def test_all_commands_together_are_bounded(
    city: City, desk: Desk, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = configured(OPERATOR, "bin/1", 1)
    monkeypatch.setattr(configurations, "MAX_TOTAL_BYTES", len(message) + 5)
    assert desk.say(topic.CMD, device.kid, message)
    assert refusal(desk, device.kid, configured(OPERATOR, "bin/1", 2)) == "out-of-range"


def test_ten_thousand_devices_are_told_in_portions(city: City, desk: Desk) -> None:
    for _ in range(100):
        one = city.device()
        desk.say(topic.ENROLMENT, one.kid, city.registrations[one.kid])
        desk.say(topic.CMD, one.kid, configured(OPERATOR, desk.book.registry.signer(one.kid, "device").subject, 1))
    gateway = city.gateway.kid
    portions = [len(list(desk.book.configurations.due(32, gateway))) for _ in range(5)]
    assert portions == [32, 32, 32, 4, 0]


def test_a_damaged_store_harms_only_what_it_damaged(
    city: City, desk: Desk, device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 1))
    desk.say(topic.CMD, device.kid, released(RELEASER, "bin/1", (1, 0, 0), FILES))
    desk.stored["configuration"][device.kid] = b"\xff"
    desk.reopen()
    assert len(due(desk)) == 1
    assert "stored command is damaged" in caplog.text


def test_what_an_operator_said_holds_after_the_operator_has_left(city: City, desk: Desk, device: Device) -> None:
    desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 1, REALM))
    del desk.stored["enrolment"][OPERATOR.kid]
    desk.reopen()
    assert len(due(desk)) == 1
