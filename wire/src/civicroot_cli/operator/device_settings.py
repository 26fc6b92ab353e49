"""The settings that devices follow, and their ranges (docs/devices.md, "Remote configuration"): looked at first.

A device passes over a name that it does not know, and refuses a whole configuration for one value that makes no sense;
it says so at its gateway, long after somebody signed. The tables are those of the firmware (reporting/kinds.py,
reporting/tuning.py), and a test holds them against it. Names of other families than these are not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from civicroot_wire.cbor import DecimalFraction

from ..main import CommandError
from .setting import Setting

INTERVAL, SAMPLE = "report.interval_s", "report.sample_s"
FAMILIES = ("report.", "delta.", "alarm.")
_MS = 3  # decimals of seconds


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of device follows.

    seconds      by name, the least and the most of them
    quantities   decimals of its resolution; what its sensor can say, in units of that
    alarms       the quantity that an alarm is about; where it begins and ends by itself, in the same units
    """

    seconds: Mapping[str, tuple[int, int]]
    quantities: Mapping[str, tuple[int, int, int]]
    alarms: Mapping[str, tuple[str, int, int]]

    @property
    def deltas(self) -> dict[str, str]:
        """The quantity of each setting of a delta."""
        return {f"delta.{quantity}": quantity for quantity in self.quantities}

    @property
    def limits(self) -> dict[str, str]:
        """The alarm of each setting of a limit."""
        return {f"alarm.{alarm}.{limit}": alarm for alarm in self.alarms for limit in ("begin", "end")}

    @property
    def names(self) -> tuple[str, ...]:
        """Of all settings."""
        return (*self.seconds, *self.deltas, *self.limits)


BIN = Kind(
    seconds={INTERVAL: (1, 86_400), SAMPLE: (1, 3_600)},
    quantities={
        "fill": (2, 0, 100),
        "temp": (1, -400, 1250),
        "weight": (2, -500, 50_000),
        "tilt": (3, 0, 3142),
        "battery": (0, 0, 100),
    },
    alarms={
        "full": ("fill", 90, 85),
        "fire": ("temp", 600, 500),
        "tilt": ("tilt", 500, 400),
        "battery": ("battery", 10, 20),
    },
)
TREE = Kind(
    seconds={INTERVAL: (60, 86_400), SAMPLE: (60, 86_400)},
    quantities={
        "soil": (3, 0, 1000),
        "soiltemp": (1, -400, 850),
        "temp": (1, -400, 1250),
        "humidity": (1, 0, 1000),
        "tilt": (3, 0, 3142),
        "girth": (6, -100_000, 100_000),
        "battery": (0, 0, 100),
    },
    alarms={
        "fire": ("temp", 600, 500),
        "tilt": ("tilt", 300, 250),
        "battery": ("battery", 10, 20),
    },
)
KINDS = {"bin": BIN, "tree": TREE}  # by the class of the subject


def kind_of(subject: str) -> Kind:
    """What the device of a subject follows; that of a class of its own what a bin does."""
    return KINDS.get(subject.partition("/")[0], BIN)


def check(settings: Mapping[str, Setting], kind: Kind = BIN) -> None:
    """Raises CommandError naming the first setting that such a device would pass over, or refuse."""
    for name, value in settings.items():
        if name in kind.seconds:
            least, most = kind.seconds[name]
            _bounded(name, value, _MS, least * 10**_MS, most * 10**_MS)
        elif name in kind.deltas:
            digits, low, high = kind.quantities[kind.deltas[name]]
            _bounded(name, value, digits, 1, high - low)
        elif name in kind.limits:
            _bounded(name, value, *kind.quantities[kind.alarms[kind.limits[name]][0]])
        elif name.startswith(FAMILIES):
            raise CommandError(f"{name} is unknown; there are {', '.join(kind.names)}")
    if {INTERVAL, SAMPLE} <= set(settings) and _units(settings[SAMPLE], _MS) > _units(settings[INTERVAL], _MS):
        raise CommandError(f"{SAMPLE} is longer than the interval")
    for alarm in kind.alarms:
        _sides(alarm, settings, kind)


def _sides(alarm: str, settings: Mapping[str, Setting], kind: Kind) -> None:
    """Equal limits have no hysteresis; the other way round an alarm of too much would be one of too little."""
    quantity, own_begin, own_end = kind.alarms[alarm]
    digits = kind.quantities[quantity][0]
    names = (f"alarm.{alarm}.begin", f"alarm.{alarm}.end")
    begin, end = (
        _units(settings[name], digits) if name in settings else own
        for name, own in zip(names, (own_begin, own_end), strict=True)
    )
    if begin == end or (begin > end) != (own_begin > own_end):
        written = [_text(value, digits) for value in (begin, end)]
        raise CommandError(
            f"alarm.{alarm} begins {'above' if own_begin > own_end else 'below'} where it ends, "
            f"and this is from {written[0]} to {written[1]}: say both, {names[0]} and {names[1]}"
        )


def _bounded(name: str, value: Setting, digits: int, low: int, high: int) -> None:
    if isinstance(value, bool | str):
        raise CommandError(f"{name} is no number")
    try:
        good = low <= _units(value, digits) <= high
    except ValueError as error:
        raise CommandError(f"{name} is finer than its resolution, {_text(1, digits)}") from error
    if not good:
        raise CommandError(f"{name} is from {_text(low, digits)} to {_text(high, digits)}")


def _units(value: Setting, digits: int) -> int:
    """A number in units of its resolution, exactly. ValueError if it is finer."""
    exponent, mantissa = (value.exponent, value.mantissa) if isinstance(value, DecimalFraction) else (0, int(value))
    places = digits + exponent
    scale: int = 10 ** abs(places)
    if places >= 0:
        return mantissa * scale
    if mantissa % scale:
        raise ValueError("finer than its resolution")
    return mantissa // scale


def _text(units: int, digits: int) -> str:
    return str(units // 10**digits) if units % 10**digits == 0 else str(DecimalFraction(-digits, units))
