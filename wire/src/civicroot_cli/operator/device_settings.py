"""The settings that a bin follows, and their ranges (docs/devices.md, "Remote configuration"): looked at first.

A device passes over a name that it does not know, and refuses a whole configuration for one value that makes no sense;
it says so at its gateway, long after somebody signed. The tables are those of the firmware (reporting/kinds.py,
reporting/tuning.py), and a test holds them against it. Names of other families than these are not looked at.
"""

from collections.abc import Mapping

from civicroot_wire.cbor import DecimalFraction

from ..main import CommandError
from .setting import Setting

INTERVAL, SAMPLE = "report.interval_s", "report.sample_s"
SECONDS = {INTERVAL: 86_400, SAMPLE: 3_600}  # at most; at least 1
_MS = 3  # decimals of seconds
# Decimals of a quantity's resolution; what its sensor can say, in units of that.
QUANTITIES = {
    "fill": (2, 0, 100),
    "temp": (1, -400, 1250),
    "weight": (2, -500, 50_000),
    "tilt": (3, 0, 3142),
    "battery": (0, 0, 100),
}
# The quantity that an alarm is about; where it begins and ends by itself, in the same units.
ALARMS = {
    "full": ("fill", 90, 85),
    "fire": ("temp", 600, 500),
    "tilt": ("tilt", 500, 400),
    "battery": ("battery", 10, 20),
}
_DELTAS = {f"delta.{quantity}": quantity for quantity in QUANTITIES}
_LIMITS = {f"alarm.{alarm}.{limit}": alarm for alarm in ALARMS for limit in ("begin", "end")}
NAMES = (*SECONDS, *_DELTAS, *_LIMITS)
FAMILIES = ("report.", "delta.", "alarm.")


def check(settings: Mapping[str, Setting]) -> None:
    """Raises CommandError naming the first setting that a bin would pass over, or refuse."""
    for name, value in settings.items():
        if name in SECONDS:
            _bounded(name, value, _MS, 10**_MS, SECONDS[name] * 10**_MS)
        elif name in _DELTAS:
            digits, low, high = QUANTITIES[_DELTAS[name]]
            _bounded(name, value, digits, 1, high - low)
        elif name in _LIMITS:
            _bounded(name, value, *QUANTITIES[ALARMS[_LIMITS[name]][0]])
        elif name.startswith(FAMILIES):
            raise CommandError(f"{name} is unknown; there are {', '.join(NAMES)}")
    if {INTERVAL, SAMPLE} <= set(settings) and _units(settings[SAMPLE], _MS) > _units(settings[INTERVAL], _MS):
        raise CommandError(f"{SAMPLE} is longer than the interval")
    for alarm in ALARMS:
        _sides(alarm, settings)


def _sides(alarm: str, settings: Mapping[str, Setting]) -> None:
    """Equal limits have no hysteresis; the other way round an alarm of too much would be one of too little."""
    quantity, own_begin, own_end = ALARMS[alarm]
    digits = QUANTITIES[quantity][0]
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
