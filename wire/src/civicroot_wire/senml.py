"""SenML packs in CBOR (RFC 8428 §6) as records carry them (SPEC.md §3.1), and resolution of any pack (§4.6)."""

from . import shape
from .cbor import DecimalFraction, decode, encode
from .errors import MalformedError
from .names import measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BASE_VERSION, BASE_NAME, BASE_TIME, BASE_UNIT, BASE_VALUE, BASE_SUM = -1, -2, -3, -4, -5, -6
NAME, UNIT, VALUE, STRING, BOOLEAN, SUM, TIME, UPDATE_TIME, DATA = 0, 1, 2, 3, 4, 5, 6, 7, 8
ABSOLUTE_TIME = 1 << 28  # smaller times are relative to now (RFC 8428 §4.5.3)
MAX_MEASUREMENTS = 16  # more do not fit a record
MAX_PACK_BYTES = 512  # the record's limit
MAX_TEXT = 64  # unit or string value
_VALUES = (VALUE, STRING, BOOLEAN, DATA)
_LABELS = (UNIT, VALUE, STRING, BOOLEAN, DATA, TIME, UPDATE_TIME)
_BASES = (BASE_VERSION, BASE_NAME, BASE_TIME, BASE_UNIT, BASE_VALUE, BASE_SUM)


class Measurement:
    """One SenML record: `value` is int, DecimalFraction, str, bool or bytes; times in seconds or None."""

    __slots__ = ("name", "time", "unit", "update_time", "value")

    def __init__(
        self,
        name: str,
        value: "int | DecimalFraction | str | bool | bytes",
        unit: "str | None" = None,
        time: "int | None" = None,
        update_time: "int | None" = None,
    ) -> None:
        self.name = name
        self.value = value
        self.unit = unit
        self.time = time
        self.update_time = update_time


class Pack:
    """`measurements`, and `base_time` in Unix seconds or None while the device's clock is not set."""

    __slots__ = ("base_time", "measurements")

    def __init__(self, measurements: "list[Measurement]", base_time: "int | None" = None) -> None:
        self.measurements = measurements
        self.base_time = base_time


def encode_pack(pack: Pack) -> bytes:
    """Return the pack's CBOR."""
    maps = [_to_map(item) for item in pack.measurements]
    if pack.base_time is not None:
        maps[0][BASE_TIME] = pack.base_time
    return encode(maps)


def _value_label(value: object) -> int:
    if value is True or value is False:
        return BOOLEAN
    if isinstance(value, str):
        return STRING
    return DATA if isinstance(value, bytes) else VALUE


def _to_map(item: Measurement) -> "dict[int, object]":
    fields: "dict[int, object]" = {NAME: item.name, _value_label(item.value): item.value}
    if item.unit is not None:
        fields[UNIT] = item.unit
    if item.time is not None:
        fields[TIME] = item.time
    if item.update_time is not None:
        fields[UPDATE_TIME] = item.update_time
    return fields


def decode_pack(data: bytes) -> Pack:
    """Read a pack strictly: only the labels, types and ranges of SPEC.md §3.1."""
    items = shape.array(decode(data, MAX_PACK_BYTES), "SenML pack", 1, MAX_MEASUREMENTS)
    first = shape.mapping(items[0], "SenML record", (NAME,), _LABELS + (BASE_TIME,))
    base_time = None
    if BASE_TIME in first:
        base_time = shape.integer(first.pop(BASE_TIME), "base time", ABSOLUTE_TIME)
    return Pack([_from_map(item) for item in items], base_time)


def _from_map(value: object) -> Measurement:
    fields = shape.mapping(value, "SenML record", (NAME,), _LABELS)
    found = Measurement(measurement(shape.text(fields[NAME], "name")), _value(fields))
    if UNIT in fields:
        found.unit = shape.text(fields[UNIT], "unit", 1, MAX_TEXT)
    if TIME in fields:
        found.time = shape.integer(fields[TIME], "time", -ABSOLUTE_TIME, ABSOLUTE_TIME)
    if UPDATE_TIME in fields:
        found.update_time = shape.integer(fields[UPDATE_TIME], "update time", 0, ABSOLUTE_TIME)
    return found


def _value(fields: "dict[int | str, object]") -> "int | DecimalFraction | str | bool | bytes":
    present = [label for label in _VALUES if label in fields]
    if len(present) != 1:
        raise MalformedError("missing-key" if not present else "unknown-key", "a SenML record has one value")
    value = fields[present[0]]
    if present[0] == VALUE:
        return shape.number(value, "value")
    if present[0] == STRING:
        return shape.text(value, "string value", 0, MAX_TEXT)
    if present[0] == DATA:
        return shape.octets(value, "data value", 0, MAX_TEXT)
    if value is not True and value is not False:
        raise MalformedError("wrong-type", "boolean value is not a boolean")
    return value is True


def resolve(records: "list[dict[int, Any]]", now: "float | None" = None) -> "list[dict[int, Any]]":
    """Resolve any pack of label-keyed maps as RFC 8428 §4.6: no base fields left, absolute times.

    `now` turns relative times into absolute ones; without it they stay relative.
    """
    base: "dict[int, Any]" = {}
    resolved = []
    for fields in records:
        for label in _BASES:
            if label in fields:
                base[label] = fields[label]
        if any(label in fields for label in _VALUES + (SUM,)) or BASE_VALUE in base or BASE_SUM in base:
            resolved.append(_resolve_one(fields, base, now))
    return resolved


def _add(base: "Any", value: "Any") -> "Any":
    return value if base is None else base if value is None else base + value


def _resolve_one(fields: "dict[int, Any]", base: "dict[int, Any]", now: "float | None") -> "dict[int, Any]":
    out = {label: value for label, value in fields.items() if label not in _BASES}
    out[NAME] = str(base.get(BASE_NAME) or "") + str(fields.get(NAME) or "")
    if UNIT not in out and BASE_UNIT in base:
        out[UNIT] = base[BASE_UNIT]
    if not any(label in out for label in (STRING, BOOLEAN, DATA)):
        if VALUE in out or BASE_VALUE in base:
            out[VALUE] = _add(base.get(BASE_VALUE), out.get(VALUE))
        if SUM in out or BASE_SUM in base:
            out[SUM] = _add(base.get(BASE_SUM), out.get(SUM))
    time = _add(base.get(BASE_TIME), out.get(TIME))
    if time is None:
        time = 0
    if now is not None and time < ABSOLUTE_TIME:
        time = now + time
    out.pop(TIME, None)
    if time != 0:
        out[TIME] = time
    if base.get(BASE_VERSION) not in (None, 10):
        out[BASE_VERSION] = base[BASE_VERSION]
    return out
