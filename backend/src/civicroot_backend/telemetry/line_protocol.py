"""InfluxDB line protocol for readings and the cursor, and readings back from tags and fields.

    civicroot_reading,kid=<hex>,name=fill,subject=bin:17,unit=/ number=0.25,seq=7i,received=…i,position=…i <ns>
    civicroot_cursor,run=<run of the server> position=41i <ns>

One field key per type (number, boolean, text, data): a field that changes its type makes InfluxDB refuse the whole
body, and one odd device must not stop the others.

A point is identified by its tags and time, so two readings of one second need different times; the sequence number
supplies the part below the second. (As a tag it would make every reading a series of its own.) InfluxDB keeps
nanoseconds: seq mod 10⁹, in order. VictoriaMetrics keeps milliseconds: seq mod 1000; two readings of one name,
claimed for the same second and exactly a multiple of 1,000 numbers apart, would be one there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from civicroot_backend.telemetry.store import Reading, Value, decimal_of, number_of

READING = "civicroot_reading"
CURSOR = "civicroot_cursor"
CURSOR_FIELD = "position"
SECOND = 1_000_000_000  # nanoseconds

_UNFIT = dict.fromkeys((*range(32), 127, ord("\\")), "\N{REPLACEMENT CHARACTER}")
_TAG = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_TEXT = str.maketrans({'"': r"\"", "\\": r"\\"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server takes readings. offset: nanoseconds after the second at which a seq is placed."""

    keeps_text: bool
    offset: Callable[[int], int]


INFLUX = Dialect(keeps_text=True, offset=lambda seq: seq % SECOND)
# VictoriaMetrics stores doubles only; a text field would become the number 0.
VICTORIA = Dialect(keeps_text=False, offset=lambda seq: seq % 1000 * 1_000_000)


def reading_line(reading: Reading, dialect: Dialect) -> str | None:
    """The reading's line without line end, or None if this server cannot hold its value."""
    value = _value_field(reading.value, dialect)
    if value is None:
        return None
    tags = {"kid": reading.kid.hex(), "name": reading.name, "subject": reading.subject, "unit": reading.unit}
    # An empty tag value is a syntax error; an absent tag is an empty one.
    series = ",".join(f"{key}={_tag(text)}" for key, text in tags.items() if text)
    fields = f"{value},seq={reading.seq}i,received={reading.received}i,position={reading.position}i"
    if reading.time != reading.placed:
        fields += f",claimed={reading.time}i"  # not "time", which InfluxDB reserves
    return f"{READING},{series} {fields} {reading.placed * SECOND + dialect.offset(reading.seq)}"


def cursor_line(position: int, nanoseconds: int, run: str) -> str:
    """The point that says: everything up to this position is stored, in this run of the server (`Queries.run`)."""
    series = f"{CURSOR},run={_tag(run)}" if run else CURSOR
    return f"{series} {CURSOR_FIELD}={position}i {nanoseconds}"


def tag_text(text: str) -> str:
    """The text as it is kept in a tag.

    Line ends would let a device write lines of its own, and servers disagree about backslashes: both, and other control
    characters, become U+FFFD. Names have none of them (wire specification §3.1); units of unknown names may.
    """
    return text.translate(_UNFIT)


def reading_of(tags: Mapping[str, str], fields: Mapping[str, object], placed: int) -> Reading | None:
    """The reading of a point, or None if fields are missing: its group is not stored yet, and will be written again."""
    value = _value(fields)
    if value is None or not {"seq", "received", "position"} <= fields.keys():
        return None
    return Reading(
        kid=bytes.fromhex(tags["kid"]),
        subject=tags.get("subject", ""),
        seq=_whole(fields["seq"]),
        time=_whole(fields.get("claimed", placed)),
        received=_whole(fields["received"]),
        name=tags["name"],
        unit=tags.get("unit", ""),
        value=value,
        position=_whole(fields["position"]),
    )


def _tag(text: str) -> str:
    return tag_text(text).translate(_TAG)


def _value_field(value: Value, dialect: Dialect) -> str | None:
    if isinstance(value, str | bytes):
        if not dialect.keeps_text:
            return None
        return f'data="{value.hex()}"' if isinstance(value, bytes) else f'text="{value.translate(_TEXT)}"'
    if isinstance(value, bool):
        return f"boolean={str(value).lower()}"
    number = number_of(value)
    return None if number is None else f"number={number!r}"


def _value(fields: Mapping[str, object]) -> Value | None:
    match fields:
        case {"number": int() | float() as number}:
            return decimal_of(number)
        case {"boolean": int() | float() as boolean}:
            return bool(boolean)
        case {"text": str() as text}:
            return text
        case {"data": str() as data}:
            return bytes.fromhex(data)
    return None


def _whole(number: object) -> int:
    if not isinstance(number, int | float):
        raise TypeError(f"a field that was written as an integer came back as {number!r}")
    return int(number)
