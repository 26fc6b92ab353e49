"""How much a device may send: in a burst, over time, and that nobody pays for another or for made-up kids."""

from collections.abc import Iterator
from pathlib import Path

import nacl.signing
import pytest
from civicroot_gateway.admission.limits import MAX_UP_BYTES
from civicroot_gateway.admission.rate_limit import LEAST_BYTES, RateLimit
from civicroot_gateway.config.model import Admission as Limits
from civicroot_gateway.registry.registry import Registry
from civicroot_wire import topic
from civicroot_wire.sodium import Signer

from .city import City, Device, verify
from .rig import Rig

_CITY = City()
_LOUD = _CITY.device()
_QUIET = _CITY.device()


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _limited(clock: _Clock, rate: int = 1024, burst: int = 2 * MAX_UP_BYTES) -> RateLimit:
    registry = Registry(_CITY.policy, verify)
    for kid, message in _CITY.registrations.items():
        key = registry.judge(kid, message)
        assert key is not None
        registry.add(key)
    return RateLimit(Limits(rate, burst), registry, clock)


def _taken(limit: RateLimit, kid: bytes, octets: int, most: int = 1000) -> int:
    """How many messages are within the limit before one is not."""
    return next(count for count in range(most) if limit.exceeded(kid, octets))


def test_a_burst_and_then_what_the_rate_gives_back() -> None:
    clock = _Clock()
    limit = _limited(clock)
    assert _taken(limit, _LOUD.kid, 1024) == 16
    clock.now += 3
    assert _taken(limit, _LOUD.kid, 1024) == 3
    clock.now += 3600
    assert _taken(limit, _LOUD.kid, 1024) == 16


def test_one_device_takes_nothing_of_another() -> None:
    limit = _limited(_Clock())
    _taken(limit, _LOUD.kid, 8192)
    assert limit.exceeded(_LOUD.kid, 8192)
    assert _taken(limit, _QUIET.kid, 1024) == 16


def test_kids_that_are_not_enrolled_as_devices_share_one_bucket() -> None:
    limit = _limited(_Clock())
    made_up = [number.to_bytes(8, "big") for number in range(20)]
    assert [limit.exceeded(kid, 1024) for kid in made_up] == [False] * 16 + [True] * 4
    assert limit.exceeded(_CITY.gateway.kid, 1024)  # enrolled, but not as a device
    assert not limit.exceeded(_QUIET.kid, 1024)


def test_a_message_counts_for_no_less_than_its_handling_and_no_more_than_the_longest() -> None:
    limit = _limited(_Clock())
    assert _taken(limit, _LOUD.kid, 0) == 2 * MAX_UP_BYTES // LEAST_BYTES
    assert _taken(limit, _QUIET.kid, 100 * MAX_UP_BYTES) == 2  # it is admission's to refuse them as too large


def test_default_lets_four_full_outboxes_through() -> None:
    registry_limits = Limits()
    assert registry_limits.device_burst == 4 * 256 * 1024
    limit = _limited(_Clock(), registry_limits.device_rate, registry_limits.device_burst)
    assert _taken(limit, _LOUD.kid, MAX_UP_BYTES) == 128


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    opened = Rig(_CITY, tmp_path)
    opened.trust_all()
    yield opened
    opened.close()


def test_what_is_over_the_limit_is_not_acknowledged_but_counted_and_taken_in_later(rig: Rig) -> None:
    for _ in range(128):
        rig.say(_LOUD.kid, topic.UP, b"\xff" * MAX_UP_BYTES)
    good = _LOUD.record(0)
    rig.up(_LOUD, good)
    assert rig.acknowledged(_LOUD, range(1)) == []
    assert rig.refused(_LOUD) == {}
    assert rig.counted("message") == {"rate-limited": 1}
    rig.up(_QUIET, _QUIET.record(0))
    assert rig.acknowledged(_QUIET, range(1)) == [0]
    rig.uptime += 1
    rig.up(_LOUD, good)
    assert rig.acknowledged(_LOUD, range(1)) == [0]


def test_made_up_kids_are_told_nothing_and_cost_no_signature_check(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bytes] = []
    monkeypatch.setattr(nacl.signing.VerifyKey, "verify", lambda *_: checked.append(b""))
    stranger = Device(Signer(bytes(32)))
    record = stranger.record(0)
    for number in range(200):
        made_up = number.to_bytes(8, "big")
        message = (record * 8).replace(stranger.kid, made_up).ljust(MAX_UP_BYTES, b"\xff")
        rig.say(made_up, topic.UP, message)
    rig.flush()
    assert checked == []
    assert rig.counted("message") == {"rate-limited": 72}
    assert rig.counted("record")["unknown-key-id"] == 128 * 8
    assert rig.acks == {}
