"""Line protocol: each line is parsed by a reader written from InfluxDB's syntax page, not by the code under test."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from civicroot_backend.telemetry.line_protocol import INFLUX, VICTORIA, cursor_line, reading_line, reading_of
from civicroot_backend.telemetry.store import Reading, Value
from hypothesis import given
from hypothesis import strategies as st

START = 1_760_000_000
BASE = Reading(bytes(range(8)), "bin:17", 7, START, START + 5, "fill", "/", Decimal("0.25"), 41)


def test_a_number_is_a_double_and_the_rest_integers() -> None:
    assert reading_line(BASE, INFLUX) == (
        "civicroot_reading,kid=0001020304050607,name=fill,subject=bin:17,unit=/ "
        "number=0.25,seq=7i,received=1760000005i,position=41i 1760000000000000007"
    )


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Decimal("-3"), "number=-3.0"),
        (Decimal("1E+30"), "number=1e+30"),
        (True, "boolean=true"),
        (False, "boolean=false"),
        ('a "b" \\ c,=\n', 'text="a \\"b\\" \\\\ c,=\n"'),
        ("", 'text=""'),
        (b"\x00\xff", 'data="00ff"'),
    ],
)
def test_each_type_has_its_own_field_key(value: Value, field: str) -> None:
    line = reading_line(replace(BASE, value=value), INFLUX)
    assert line is not None
    assert f"unit=/ {field},seq=7i" in line


def test_victoria_takes_milliseconds_and_no_text() -> None:
    line = reading_line(replace(BASE, seq=12_345), VICTORIA)
    assert line is not None
    assert line.endswith(" 1760000000345000000")
    assert reading_line(replace(BASE, value="text"), VICTORIA) is None
    assert reading_line(replace(BASE, value=b"data"), VICTORIA) is None


@pytest.mark.parametrize("value", ["1E+400", "-1E+400"])
def test_what_no_double_holds_has_no_line(value: str) -> None:
    assert reading_line(replace(BASE, value=Decimal(value)), INFLUX) is None


def test_claim_after_the_receipt_is_a_field_and_the_point_is_at_the_receipt() -> None:
    line = reading_line(replace(BASE, time=START + 99), INFLUX)
    assert line is not None
    assert line.endswith(f",claimed={START + 99}i {START + 5}000000007")


def test_cursor_is_an_integer() -> None:
    assert cursor_line(2**40, 5, "") == "civicroot_cursor position=1099511627776i 5"
    assert cursor_line(3, 5, "1760000000") == "civicroot_cursor,run=1760000000 position=3i 5"


def test_point_with_missing_fields_is_no_reading() -> None:
    tags = {"kid": "0001020304050607", "name": "fill"}
    assert reading_of(tags, {"number": 1.0, "seq": 1}, START) is None
    assert reading_of(tags, {"seq": 1, "received": 2, "position": 3}, START) is None


_WIRE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES = st.one_of(
    st.booleans(),
    _WIRE_TEXT,
    st.binary(max_size=20),
    st.floats(allow_nan=False, allow_infinity=False).map(repr).map(Decimal),
)


@given(unit=_WIRE_TEXT, subject=_WIRE_TEXT, value=_VALUES, seq=st.integers(0, 2**32 - 1))
def test_every_reading_is_one_well_formed_line_and_comes_back(unit: str, subject: str, value: Value, seq: int) -> None:
    reading = replace(BASE, unit=unit, subject=subject, value=value, seq=seq)
    line = reading_line(reading, INFLUX)
    assert line is not None
    tags, fields, time = parsed(line)
    safe = re.compile(r"[\x00-\x1f\x7f\\]")
    assert reading_of(tags, fields, time // 10**9) == replace(
        reading, unit=safe.sub("\ufffd", unit), subject=safe.sub("\ufffd", subject)
    )


def parsed(line: str) -> tuple[dict[str, str], dict[str, object], int]:
    """Tags, fields and nanoseconds of one line (InfluxDB's "Line protocol": escapes, quoting, types)."""
    escaped = r"(?:\\[,= ]|[^,= \\\n])+"
    field = rf'{escaped}=(?:"(?:\\["\\]|[^"\\])*"|[^", ]+)'
    whole = re.fullmatch(
        rf"(?P<series>{escaped}(?:,{escaped}={escaped})*) (?P<fields>{field}(?:,{field})*) (?P<time>-?\d+)",
        line,
        re.DOTALL,
    )
    assert whole is not None, f"not a line: {line!r}"
    series = re.findall(rf",({escaped})=({escaped})", whole["series"])
    tags = {key: re.sub(r"\\([,= ])", r"\1", text) for key, text in series}
    pairs = re.findall(rf'(?:^|,)({escaped})=("(?:\\["\\]|[^"\\])*"|[^", ]+)', whole["fields"], re.DOTALL)
    return tags, {key: typed(text) for key, text in pairs}, int(whole["time"])


def typed(text: str) -> object:
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    return int(text[:-1]) if text.endswith("i") else float(text)
