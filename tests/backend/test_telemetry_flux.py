"""InfluxDB 2 over HTTP: what is sent, and how its annotated CSV and its refusals are read.

No InfluxDB 2 can be installed here (Debian has 1.6, without Flux), so this file checks requests and answers in the
form that its documentation gives; writing is also run against a real server in test_telemetry_store.py.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from civicroot_backend.telemetry.errors import TelemetryAnswerError, TelemetryRefused, TelemetryUnavailable
from civicroot_backend.telemetry.flux import flux_text
from civicroot_backend.telemetry.line_protocol import INFLUX, reading_line
from civicroot_backend.telemetry.open import open_telemetry
from civicroot_backend.telemetry.store import EMPTY, Appended, Bucket, Course, Reading, Sample, number_of

START = 1_760_000_000  # 2025-10-09T08:53:20Z
KID = bytes(range(8))
BASE = Reading(KID, "bin:1", 7, START, START, "temp", "Cel", Decimal("1.5"), 0)
HEAD = "result,table,_time,_value,_field,kid,name,subject,unit"
CURSOR = "\r\n".join(
    [
        "#datatype,string,long,dateTime:RFC3339,long",
        "#group,false,false,false,false",
        "#default,_result,,,",
        ",result,table,_time,_value",
        ",,0,2025-10-09T08:53:20Z,{}",
        "",
        "",
    ]
)


@dataclass
class Exchange:
    """What the store asked, and what it is answered next: (status, body), by the path's last part."""

    asked: list[tuple[str, dict[str, list[str]], bytes, str]] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def bodies(self, path: str) -> list[bytes]:
        return [body for asked, _, body, _ in self.asked if asked == path]


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def url(exchange: Exchange) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            exchange.asked.append((parts.path, parse_qs(parts.query), body, self.headers["Authorization"]))
            waiting = exchange.answers.get(parts.path.rpartition("/")[2], [])
            status, text = waiting.pop(0) if waiting else (204 if "write" in self.path else 200, "")
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass  # the default writes to stderr

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"influx+http://se%2Fcret@127.0.0.1:{server.server_port}/my%20city/telemetry"
        server.shutdown()
        thread.join()


def csv(kind: str, *rows: str, result: str = "_result") -> str:
    """A table of annotated CSV with the columns of HEAD; `kind` is the type of _value."""
    columns = HEAD.count(",") + 1
    types = f"#datatype,string,long,dateTime:RFC3339,{kind}" + ",string" * (columns - 4)
    head = [types, "#group" + ",false" * columns, f"#default,{result}" + "," * (columns - 1), f",{HEAD}"]
    return "\r\n".join([*head, *(f",{row}" for row in rows), "", ""])


def test_group_is_written_with_token_bucket_and_precision_and_then_the_cursor(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url, clock=lambda: START + 0.5)
    group = [replace(BASE, seq=n, position=n) for n in range(501)]
    assert store.append([*group, replace(BASE, name="fault", value="soil", position=501)], 501) == Appended(502, 0, 0)
    writes = [each for each in exchange.asked if each[0] == "/api/v2/write"]
    assert all(query == {"org": ["my city"], "bucket": ["telemetry"], "precision": ["ns"]} for _, query, _, _ in writes)
    assert {authorization for *_, authorization in exchange.asked} == {"Token se/cret"}
    bodies = [body.decode().splitlines() for _, _, body, _ in writes]
    assert [len(body) for body in bodies] == [500, 2, 1]
    assert bodies[0] == [reading_line(each, INFLUX) for each in group[:500]]
    assert bodies[2] == ["civicroot_cursor position=501i 1760000000500000000"]
    store.close()


def test_refused_body_leaves_the_cursor_unwritten(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    exchange.answers["write"] = [(401, '{"code":"unauthorized","message":"unauthorized access"}')]
    with pytest.raises(TelemetryRefused, match=r"401.*unauthorized access"):
        store.append([BASE], 0)
    exchange.answers["write"] = [(503, "busy")]
    with pytest.raises(TelemetryUnavailable, match=r"503.*busy"):
        store.append([BASE], 0)
    assert not any(b"civicroot_cursor" in body for body in exchange.bodies("/api/v2/write"))
    store.close()


def test_points_older_than_the_retention_are_counted_and_do_not_stop_the_projection(
    url: str, exchange: Exchange
) -> None:
    store = open_telemetry(url)
    message = "failure writing points to database: partial write: points beyond retention policy dropped=2"
    exchange.answers["write"] = [(422, json.dumps({"code": "unprocessable entity", "message": message}))]
    assert store.append([replace(BASE, seq=n) for n in range(3)], 0) == Appended(1, 0, 2)
    assert exchange.bodies("/api/v2/write")[-1].startswith(b"civicroot_cursor position=0i")
    store.close()


def test_other_partial_writes_are_refusals(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    exchange.answers["write"] = [(422, '{"message":"partial write: field type conflict dropped=1"}')]
    with pytest.raises(TelemetryRefused, match="field type conflict"):
        store.append([BASE], 0)
    store.close()


def test_cursor_is_read_back(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    assert store.cursor() == EMPTY
    exchange.answers["query"] = [(200, CURSOR.format(41)), (200, CURSOR.format(41))]
    assert store.cursor() == 41
    assert store.append([replace(BASE, position=41)], 41) == Appended(0, 1, 0)
    assert exchange.bodies("/api/v2/write") == []
    script = json.loads(exchange.bodies("/api/v2/query")[-1])["query"]
    assert script == (
        'from(bucket: "telemetry") |> range(start: 1970-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)'
        ' |> filter(fn: (r) => r._measurement == "civicroot_cursor" and r._field == "position") |> last()'
    )
    store.close()


def test_history_merges_the_series_of_a_name(url: str, exchange: Exchange) -> None:
    """Two series: Cel with a sum of 6 over 3, K with 290 over 1, in one bucket; the second bucket has K alone."""
    store = open_telemetry(url)
    first, second = "2025-10-09T08:53:20Z", "2025-10-09T08:54:20Z"
    rows = {
        "sum": [(first, 6.0, "Cel"), (first, 290.0, "K"), (second, 280.0, "K")],
        "count": [(first, 3.0, "Cel"), (first, 1.0, "K"), (second, 1.0, "K")],
        "min": [(first, 1.0, "Cel"), (first, 290.0, "K"), (second, 280.0, "K")],
        "max": [(first, 3.0, "Cel"), (first, 290.0, "K"), (second, 280.0, "K")],
    }
    tables = [
        csv(
            "double",
            *(f",0,{time},{value},number,{tags(replace(BASE, unit=unit))}" for time, value, unit in each),
            result=result,
        )
        for result, each in rows.items()
    ]
    exchange.answers["query"] = [(200, "".join(tables))]
    assert store.history(KID, 'te"mp', START, START + 120, 2) == [
        Bucket(START, 74.0, 1.0, 290.0, 4),
        Bucket(START + 60, 280.0, 280.0, 280.0, 1),
    ]
    script = json.loads(exchange.bodies("/api/v2/query")[-1])["query"]
    assert "range(start: 2025-10-09T08:53:20Z, stop: 2025-10-09T08:55:20Z)" in script
    assert f'r.kid == "{KID.hex()}" and r.name == "te\\"mp" and r._field == key' in script
    assert f"every: 60s, offset: {START % 60}s, fn: sum, createEmpty: false" in script
    store.close()


def test_course_is_of_the_points_of_every_series(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    head = "result,table,_time,number,boolean,seq"
    types = "#datatype,string,long,dateTime:RFC3339,double,boolean,long"
    rows = [
        ",,0,2025-10-09T08:53:20.000000007Z,21.5,,7",
        ",,0,2025-10-09T08:53:21Z,,true,8",
        ",,0,2025-10-09T08:53:22Z,3,,",
    ]
    answer = "\r\n".join([types, "#group" + ",false" * 6, "#default,_result,,,,,", f",{head}", *rows, "", ""])
    exchange.answers["query"] = [(200, answer)]
    assert store.course(KID, 'te"mp', START, START + 60, 8) == Course(
        [Sample(START, 7, 21.5), Sample(START + 1, 8, 1.0)], 2
    )
    script = json.loads(exchange.bodies("/api/v2/query")[-1])["query"]
    assert "range(start: 2025-10-09T08:53:20Z, stop: 2025-10-09T08:54:20Z)" in script
    assert f'r.kid == "{KID.hex()}" and r.name == "te\\"mp"' in script
    assert '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()' in script
    store.close()


def test_latest_joins_the_fields_of_a_point_and_takes_the_newest_series(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    old = replace(BASE, unit="K", seq=6, time=START - 1, received=START - 1)
    lid = replace(BASE, name="lid", unit="", value=True)
    led = replace(BASE, name="led", unit="", value=b"\x00\xff")
    fault = replace(BASE, name="fault", unit="", value="soil")
    numbers = [f"{row(each)},{number_of(each.value)},number,{tags(each)}" for each in (BASE, old)]
    wholes = [
        f"{row(each)},{value},{key},{tags(each)}"
        for each in (BASE, old, lid, led, fault)
        for key, value in {"seq": each.seq, "received": each.received, "position": each.position}.items()
    ]
    tables = [
        csv("double", *numbers),
        csv("boolean", f"{row(lid)},true,boolean,{tags(lid)}"),
        csv("string", f"{row(led)},00ff,data,{tags(led)}", f"{row(fault)},soil,text,{tags(fault)}"),
        csv("long", *wholes),
    ]
    exchange.answers["query"] = [(200, "".join(tables))]
    assert store.latest(KID) == [fault, led, lid, BASE]
    store.close()


def test_reset_deletes_readings_and_cursor_and_nothing_else(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    store.reset()
    deletes = [json.loads(body) for body in exchange.bodies("/api/v2/delete")]
    assert [each["predicate"] for each in deletes] == [
        '_measurement="civicroot_reading"',
        '_measurement="civicroot_cursor"',
    ]
    store.close()


def test_unreadable_answers_and_refused_queries_are_named_errors(url: str, exchange: Exchange) -> None:
    store = open_telemetry(url)
    exchange.answers["query"] = [(200, CURSOR.format("many"))]
    with pytest.raises(TelemetryAnswerError, match="reading the cursor"):
        store.cursor()
    exchange.answers["query"] = [(404, '{"code":"not found","message":"could not find bucket"}')]
    with pytest.raises(TelemetryRefused, match="could not find bucket"):
        store.latest(KID)
    store.close()


def test_text_cannot_leave_its_flux_string() -> None:
    assert flux_text('a" |> drop() "\\ ${1+1}\n') == 'a\\" |> drop() \\"\\\\ \\${1+1}\\n'


def row(reading: Reading) -> str:
    moment = "2025-10-09T08:53:20" if reading.placed == START else "2025-10-09T08:53:19"
    return f",0,{moment}.{reading.seq:09}Z"


def tags(reading: Reading) -> str:
    return f"{reading.kid.hex()},{reading.name},{reading.subject},{reading.unit}"
