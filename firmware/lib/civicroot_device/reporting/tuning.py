"""What an operator's settings make of a device's reporting: intervals, deltas, thresholds (SPEC.md §3.6).

Pure: settings and what the device does by itself in, another kind and other intervals out. A setting whose name means
nothing to this kind of device is passed over; one that makes no sense refuses all of them, by its name.
"""

from civicroot_wire.cbor import DecimalFraction

from civicroot_device.errors import SettingRefused
from civicroot_device.reporting.alarms import Threshold
from civicroot_device.reporting.kinds import Quantity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.reporting.alarms import Rule
    from civicroot_device.reporting.kinds import Kind, Switch

    Settings = dict[str, int | DecimalFraction | bool | str]

INTERVAL, SAMPLE = "report.interval_s", "report.sample_s"
MIN_INTERVAL_MS = 1000  # each heartbeat is a signature and a write of flash: sooner, nothing else would get its turn
MAX_INTERVAL_MS = 86_400_000  # everything is told once a day anyway
MIN_SAMPLE_MS = 1000  # three readings of the slowest sensors take most of a second
MAX_SAMPLE_MS = 3_600_000  # alarms are seen in samples alone: a bin that burns is not news of yesterday
# A tag wakes for each sample: more often than once a minute costs its cells in months, more seldom saves them.
MIN_TAG_MS = 60_000
_MS = 3  # decimal places of a second


class Bounds:
    """Milliseconds: `interval` and `sample` as (least, most)."""

    def __init__(self, interval: "tuple[int, int]", sample: "tuple[int, int]") -> None:
        self.interval = interval
        self.sample = sample


BINS = Bounds((MIN_INTERVAL_MS, MAX_INTERVAL_MS), (MIN_SAMPLE_MS, MAX_SAMPLE_MS))
TAGS = Bounds((MIN_TAG_MS, MAX_INTERVAL_MS), (MIN_TAG_MS, MAX_INTERVAL_MS))


class Tuning:
    """`kind`: quantities with their deltas and thresholds; `interval_ms` to a heartbeat, `sample_ms` to a sample."""

    def __init__(self, kind: "Kind", interval_ms: int, sample_ms: int) -> None:
        self.kind = kind
        self.interval_ms = interval_ms
        self.sample_ms = sample_ms

    @property
    def promise_s(self) -> int:
        """Seconds in which the next report comes at the latest (SenML `ut`)."""
        return (self.interval_ms + self.sample_ms) // 1000 + 1


def tuned(own: Tuning, settings: "Settings", bounds: Bounds = BINS) -> Tuning:
    """What the device does by these settings, and by `own` where they say nothing. Raises SettingRefused.

    Without a setting of its own the sampling stays, but is never rarer than the reports.
    """
    interval = own.interval_ms
    if INTERVAL in settings:
        interval = _bounded(settings, INTERVAL, _MS, *bounds.interval)
    sample = min(own.sample_ms, interval)
    if SAMPLE in settings:
        sample = _bounded(settings, SAMPLE, _MS, *bounds.sample)
        if sample > interval:
            raise SettingRefused(SAMPLE, "is longer than the reports' interval")
    return Tuning(tuple([_quantity(item, settings) for item in own.kind]), interval, sample)


def _quantity(item: "Quantity | Switch", settings: "Settings") -> "Quantity | Switch":
    if not isinstance(item, Quantity):
        return item  # every change of a switch is told
    delta, name = item.delta, "delta." + item.name
    if name in settings:
        # From the resolution, or noise is a report, to all of the range, or it could never be reached.
        delta = _bounded(settings, name, item.digits, 1, item.high - item.low)
    return item.with_limits(delta, tuple([_rule(item, rule, settings) for rule in item.alarms]))


def _rule(item: Quantity, rule: "Rule", settings: "Settings") -> "Rule":
    if not isinstance(rule, Threshold):
        return rule
    begin, end = "alarm.%s.begin" % rule.alarm, "alarm.%s.end" % rule.alarm
    at, release = rule.at, rule.release
    if begin in settings:
        at = _bounded(settings, begin, item.digits, item.low, item.high)
    if end in settings:
        release = _bounded(settings, end, item.digits, item.low, item.high)
    # Equal ones have no hysteresis; the other way round an alarm of too much would be one of too little.
    if at == release or (at > release) != (rule.at > rule.release):
        raise SettingRefused(begin if begin in settings else end, "is on the wrong side of its other limit")
    return Threshold(rule.alarm, at, release)


def _bounded(settings: "Settings", name: str, digits: int, low: int, high: int) -> int:
    """The number in units of 10^-digits, exactly."""
    found = _scaled(settings[name], digits)
    if found is None or not low <= found <= high:
        raise SettingRefused(name, "is no number in its range, or finer than its resolution")
    return found


def _scaled(value: object, digits: int) -> "int | None":
    if isinstance(value, DecimalFraction):
        mantissa, places = value.mantissa, digits + value.exponent
    elif isinstance(value, int) and value is not True and value is not False:
        mantissa, places = value, digits
    else:
        return None
    if places >= 0:
        return mantissa * 10**places
    return None if mantissa % 10**-places else mantissa // 10**-places
