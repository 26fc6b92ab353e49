"""The gateway's registry: enrolments and revocations as verified, cached for ever, and never undone."""

import itertools
from collections.abc import Callable

import pytest
from civicroot_gateway.registry import registry as registries
from civicroot_gateway.registry import withdrawals
from civicroot_wire import cbor, registration, topic
from civicroot_wire.errors import WireError
from civicroot_wire.registration import Registration
from civicroot_wire.sodium import Signer

from .city import City, signer
from .trust import Desk, configured, revoke, rotate


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def desk(city: City) -> Desk:
    made = Desk(city)
    made.trust_all()
    return made


def reason(call: Callable[[], object]) -> str | None:
    """Why it is refused; None if it is not."""
    try:
        call()
    except WireError as error:
        return error.reason
    return None


def standing(desk: Desk, kid: bytes, seq: int | None = None, role: str = "device") -> str | None:
    """Why the key may not sign now, or under number `seq`."""
    registry = desk.book.registry
    return reason(lambda: registry.signer(kid, role) if seq is None else registry.accepts(kid, role, seq))


def refusal(desk: Desk, leaf: str, kid: bytes | None, message: bytes) -> str | None:
    return reason(lambda: desk.say(leaf, kid, message))


def again(city: City, message: bytes) -> bytes:
    """The same registration under the newest checkpoint."""
    return registration.encode(Registration(city.log.logged(registration.decode(message).entry.index), city.log.note()))


# Enrolments


def test_keys_of_every_role_that_a_gateway_needs_are_registered(city: City, desk: Desk) -> None:
    for number, role in enumerate(("device", "operator", "release"), 700):
        key = signer(number)
        news = desk.say(topic.ENROLMENT, key.kid, city.enrol(key, f"{role}/1", role))
        assert news is not None
        assert news.devices == ([key.kid] if role == "device" else [])
        assert desk.book.registry.signer(key.kid, role).public == key.public
    assert standing(desk, city.backend.kid, role="backend") is None
    assert standing(desk, city.gateway.kid, role="device") == "wrong-role"
    assert standing(desk, bytes(8)) == "unknown-key-id"


def test_the_same_enrolment_under_a_newer_checkpoint_is_no_news_and_costs_no_signature(city: City) -> None:
    device = city.device()
    asked: list[bytes] = []
    desk = Desk(city)
    registry = registries.Registry(city.policy, lambda public, _message, _signature: asked.append(public))
    desk.book.registry = registry
    first = city.registrations[device.kid]
    desk.say(topic.ENROLMENT, device.kid, first)
    assert asked
    asked.clear()
    for _ in range(3):
        city.device()
        assert again(city, first) != first
        assert desk.say(topic.ENROLMENT, device.kid, again(city, first)) is None
    registry.load({device.kid: first}, {})  # nor after a start
    assert desk.say(topic.ENROLMENT, device.kid, again(city, first)) is None
    assert asked == []


def test_stored_registrations_are_verified_when_they_are_first_used(city: City) -> None:
    devices = [city.device() for _ in range(20)]
    asked: list[bytes] = []
    registry = registries.Registry(city.policy, lambda public, _message, _signature: asked.append(public))
    registry.load(city.registrations, {})
    assert len(registry) == 22
    assert asked == []
    assert registry.signer(devices[7].kid, "device").public == devices[7].key.public
    assert devices[7].key.public in asked
    assert devices[8].key.public not in asked


def test_a_stored_registration_that_the_policy_no_longer_trusts_is_as_if_it_was_not_there(
    city: City, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    device = city.device()
    desk.say(topic.ENROLMENT, device.kid, city.registrations[device.kid])
    city.registrar = signer(77)
    city.policy = city._policy(0)
    desk.reopen()
    assert standing(desk, device.kid) == "unknown-key-id"
    assert "registration no longer trusted" in caplog.text


def test_a_superseding_enrolment_counts_and_an_older_one_does_not(city: City, desk: Desk) -> None:
    device = city.device()
    first = city.registrations[device.kid]
    moved = city.enrol(device.key, "bin/99", "device")
    assert desk.say(topic.ENROLMENT, device.kid, moved)
    assert desk.say(topic.ENROLMENT, device.kid, again(city, first)) is None
    assert desk.book.registry.signer(device.kid, "device").subject == "bin/99"
    desk.reopen()
    assert desk.book.registry.signer(device.kid, "device").subject == "bin/99"


def test_a_flood_of_enrolments_ends_at_the_limit_and_keeps_out_no_backend(
    city: City, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "MAX_KEYS", 5)
    devices = [city.device() for _ in range(4)]
    found = [refusal(desk, topic.ENROLMENT, one.kid, city.registrations[one.kid]) for one in devices]
    assert found == [None, None, None, "out-of-range"]
    moved = city.enrol(devices[0].key, "bin/50", "device")
    assert refusal(desk, topic.ENROLMENT, devices[0].kid, moved) is None, "a known key may move"
    backend = signer(701)
    assert refusal(desk, topic.ENROLMENT, backend.kid, city.enrol(backend, "backend/2", "backend")) is None


# Revocations


def test_a_withdrawn_key_signs_no_more_whatever_comes_after_and_after_any_restart(city: City, desk: Desk) -> None:
    device = city.device()
    desk.trust_all()
    assert standing(desk, device.kid) is None
    news = desk.say(topic.REVOCATION, device.kid, revoke(city, device.key))
    assert news is not None
    assert news.subject == "revocation"
    for _ in range(2):
        assert standing(desk, device.kid) == "revoked"
        assert standing(desk, device.kid, seq=0) == "revoked"
        later = city.enrol(device.key, "bin/1", "device")
        assert refusal(desk, topic.ENROLMENT, device.kid, later) == "revoked"
        assert refusal(desk, topic.ENROLMENT, device.kid, city.registrations[device.kid]) == "revoked"
        desk.reopen()


def test_a_rotated_key_still_delivers_what_it_had_signed(city: City, desk: Desk) -> None:
    device, successor = city.device(), city.device()
    desk.trust_all()
    desk.say(topic.REVOCATION, device.kid, rotate(city, device.key, 41, successor.key))
    assert standing(desk, device.kid, seq=41) is None
    assert standing(desk, device.kid, seq=42) == "revoked"
    assert standing(desk, device.kid) == "revoked", "a statement has no number that could be old"
    assert standing(desk, successor.kid, seq=0) is None


def test_of_several_revocations_the_first_in_the_log_counts_whichever_comes_first(city: City) -> None:
    device, successor = city.device(), city.device()
    first = rotate(city, device.key, 10, successor.key)
    second = rotate(city, device.key, 1000, successor.key)
    for order in itertools.permutations((first, second)):
        desk = Desk(city)
        desk.trust_all()
        for message in order:
            desk.say(topic.REVOCATION, device.kid, message)
        desk.reopen()
        assert standing(desk, device.kid, seq=10) is None
        assert standing(desk, device.kid, seq=11) == "revoked"


def test_a_revocation_that_comes_before_its_enrolment_is_kept(city: City, desk: Desk) -> None:
    device = city.device()
    desk.say(topic.REVOCATION, device.kid, revoke(city, device.key))
    desk.reopen()
    assert desk.say(topic.ENROLMENT, device.kid, city.registrations[device.kid])
    assert standing(desk, device.kid) == "revoked"


def test_an_enrolment_logged_after_the_revocation_does_not_outlive_it(city: City, desk: Desk) -> None:
    device = city.device()
    withdrawn = revoke(city, device.key)
    desk.say(topic.ENROLMENT, device.kid, city.enrol(device.key, "bin/1", "device"))  # all that it has heard of so far
    desk.say(topic.REVOCATION, device.kid, withdrawn)
    assert standing(desk, device.kid) == "revoked"


def test_forged_foreign_and_misplaced_revocations_withdraw_nothing(city: City, desk: Desk) -> None:
    device, other = city.device(), city.device()
    desk.trust_all()
    elsewhere = City()
    elsewhere.log.key = signer(55)
    good = revoke(city, device.key)
    unlogged = cbor.decode(good, 1 << 20)
    assert isinstance(unlogged, list)
    unlogged[0][2] = [bytes(32), *unlogged[0][2][1:]]
    for kid, message, why in (
        (device.kid, revoke(city, device.key, registrar=signer(66)), "untrusted"),
        (device.kid, revoke(city, device.key, realm="other.example"), "wrong-realm"),
        (device.kid, revoke(elsewhere, device.key), "untrusted"),
        (other.kid, good, "wrong-topic"),
        (device.kid, cbor.encode(unlogged), "bad-path"),
        (device.kid, good[:-1], "truncated"),
    ):
        assert refusal(desk, topic.REVOCATION, kid, message) == why
        assert standing(desk, kid) is None


def test_the_same_revocation_again_is_no_news(city: City, desk: Desk) -> None:
    device = city.device()
    message = revoke(city, device.key)
    assert desk.say(topic.REVOCATION, device.kid, message)
    assert desk.say(topic.REVOCATION, device.kid, message) is None
    desk.reopen()
    assert desk.say(topic.REVOCATION, device.kid, message) is None


def test_withdrawals_are_bounded(city: City, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdrawals, "MAX_WITHDRAWALS", 2)
    devices = [city.device() for _ in range(3)]
    found = [refusal(desk, topic.REVOCATION, one.kid, revoke(city, one.key)) for one in devices]
    assert found == [None, None, "out-of-range"]


# What follows for the gateway


def test_a_gateway_whose_own_key_was_withdrawn_takes_nothing_in_and_says_so(city: City, desk: Desk) -> None:
    assert (desk.book.closed, desk.book.alarms, desk.book.may_seal(0)) == (None, [], True)
    desk.say(topic.REVOCATION, city.gateway.kid, revoke(city, city.gateway))
    for _ in range(2):
        assert (desk.book.closed, desk.book.alarms, desk.book.may_seal(0)) == ("revoked", ["revoked"], False)
        desk.reopen()


def test_a_rotated_gateway_seals_up_to_its_last_number(city: City, desk: Desk) -> None:
    desk.say(topic.REVOCATION, city.gateway.kid, rotate(city, city.gateway, 9, signer(702)))
    assert desk.book.closed == "revoked"
    assert desk.book.may_seal(9)
    assert not desk.book.may_seal(10)


def test_a_withdrawn_backend_is_reported_as_critical(city: City, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.say(topic.REVOCATION, city.backend.kid, revoke(city, city.backend))
    assert standing(desk, city.backend.kid, role="backend") == "revoked"
    assert [record.levelname for record in caplog.records if record.message == "key withdrawn"] == ["CRITICAL"]


def test_weeks_without_the_backend_change_nothing(city: City, desk: Desk) -> None:
    device, withdrawn = city.device(), city.device()
    desk.trust_all()
    desk.say(topic.REVOCATION, withdrawn.kid, revoke(city, withdrawn.key))
    desk.say(topic.CHECKPOINT, None, city.log.note().encode())
    beacon = desk.book.newest.beacon
    for _week in range(52):  # nothing here asks for the time, or for anything newer than it has
        desk.reopen()
        assert standing(desk, device.kid, seq=5) is None
        assert standing(desk, withdrawn.kid, seq=5) == "revoked"
        assert desk.book.newest.beacon == beacon


# What a refused message is compared with


def test_a_refused_message_is_kept_beside_what_it_contradicts(city: City, desk: Desk) -> None:
    device = city.device()
    desk.trust_all()
    withdrawn = revoke(city, device.key)
    desk.say(topic.REVOCATION, device.kid, withdrawn)
    entry = registration.decode(city.registrations[device.kid]).entry.entry
    assert desk.book.known(topic.ENROLMENT, device.kid) == entry
    assert desk.book.known(topic.REVOCATION, device.kid) == city.log.entries[-1]
    assert desk.book.known(topic.CMD, device.kid) is None
    assert desk.book.known(topic.ENROLMENT, bytes(8)) is None
    note = city.log.note().encode()
    desk.say(topic.CHECKPOINT, None, note)
    assert desk.book.known(topic.CHECKPOINT, None) == note


def test_a_command_by_an_operator_who_was_withdrawn_is_refused(city: City, desk: Desk) -> None:
    device, operator = city.device(), Signer(bytes([9]) * 32)
    city.enrol(operator, "operator/1", "operator")
    desk.trust_all()
    desk.say(topic.REVOCATION, operator.kid, revoke(city, operator))
    assert refusal(desk, topic.CMD, device.kid, configured(operator, "bin/1", 1)) == "revoked"
