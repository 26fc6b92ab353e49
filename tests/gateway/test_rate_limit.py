"""How much a device may send: in a burst, over time, and that nobody pays for another or for made-up kids."""

from civicroot_gateway.admission.limits import MAX_UP_BYTES
from civicroot_gateway.admission.rate_limit import LEAST_BYTES, RateLimit
from civicroot_gateway.config.model import Admission as Limits
from civicroot_gateway.registry.registry import Registry

from .city import City, verify

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
