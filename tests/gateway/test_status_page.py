"""Status page, status.json, healthz, metrics and the control socket, over real sockets."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from civicroot_gateway.errors import GatewayError
from civicroot_gateway.operate import control, exchange, listener, page, site
from civicroot_gateway.operate.standing import Heard, Key
from prometheus_client.parser import text_string_to_metric_families

from .live import eventually
from .supervised import BRIDGE, BRIDGE_DOWN, NOW, STANDING, WELL, Supervised, standing


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Supervised]:
    with Supervised(tmp_path) as found:
        yield found


def test_page_says_that_all_is_well(gateway: Supervised) -> None:
    status, body, headers = gateway.get("/")
    text = body.decode()
    assert status == 200 and "Nothing needs anybody" in text
    assert "mqtts://mqtt.city.example:8883" in text and "room for 90 d" in text and "bad-signature 3" in text
    assert text.index("tree/1") < text.index("bin/1")  # silent longer
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"


class _Sources(HTMLParser):
    """What a page loads, and code in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"<{tag}>"] if tag in ("script", "style", "iframe", "form", "object") else []
        self.found += [
            f"{name}={value}" for name, value in attrs if name in ("href", "src", "style") or name[:2] == "on"
        ]


def test_page_has_no_code_and_loads_nothing_from_elsewhere(gateway: Supervised) -> None:
    parser = _Sources()
    parser.feed(gateway.get("/")[1].decode())
    assert set(parser.found) == {"href=/style.css", "href=/status.json", "href=/healthz", "href=/metrics"}
    status, style, headers = gateway.get("/style.css")
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert b"url(" not in style and b"@import" not in style


def test_page_shows_alarms_first_and_what_others_wrote_as_text(gateway: Supervised) -> None:
    gateway.snapshot = standing(
        alarms=["spool-full"],
        keys=[*STANDING.keys, Key(b"\x03" * 8, "device", "<script>alert(1)</script>")],
        devices=[Heard(b"\x03" * 8, None, None, None)],
    )
    text = gateway.get("/")[1].decode()
    assert text.index("spool-full") < text.index("Connections")
    assert "<script>" not in text and "&lt;script&gt;" in text and "never heard" in text


def test_page_of_ten_thousand_devices_shows_those_silent_longest(gateway: Supervised) -> None:
    devices = [Heard(number.to_bytes(8, "big"), NOW - number, True, 0) for number in range(10_000)]
    gateway.snapshot = standing(devices=devices)
    text = gateway.get("/")[1].decode()
    assert (9999).to_bytes(8, "big").hex() in text and (1).to_bytes(8, "big").hex() not in text
    assert f"and {10_000 - page.SHOWN_DEVICES} more" in text
    assert len(json.loads(gateway.get("/status.json")[1])["devices"]) == 10_000


@pytest.mark.parametrize("alarm", ["spool-full", "spool-damaged"])
def test_healthz_fails_with_the_reason_when_records_cannot_be_kept(gateway: Supervised, alarm: str) -> None:
    assert gateway.get("/healthz")[0] == 200
    gateway.snapshot = standing(alarms=[alarm])
    expected = (503, False) if alarm == "spool-full" else (200, True)
    eventually(lambda: json.loads(gateway.get("/healthz")[1])["alarms"] == [alarm], "a newer snapshot")
    status, body, _ = gateway.get("/healthz")
    found = json.loads(body)
    assert (status, found["ok"]) == expected
    assert bool(found["reasons"]) is (alarm == "spool-full")


def test_loop_that_hangs_is_unhealthy_and_the_page_says_so(
    gateway: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.2)
    gateway.block()
    status, body, _ = gateway.get("/healthz")
    assert (status, json.loads(body)["reasons"]) == (503, ["the gateway's loop does not turn"])
    assert gateway.get("/")[0] == 503
    with pytest.raises(GatewayError, match="the gateway runs and says: the gateway's loop does not turn"):
        control.ask(gateway.folder)
    gateway.resume()
    assert gateway.get("/healthz")[0] == 200


def test_metrics_are_what_prometheus_reads(gateway: Supervised) -> None:
    snapshot = replace(standing(alarms=["spool-damaged"]), clock_jumps=2)
    gateway.snapshot = replace(snapshot, bridges=(BRIDGE,), down={"want": {"answered": 7}})
    status, body, headers = gateway.get("/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    samples = {
        (sample.name.removeprefix("civicroot_gateway_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }
    assert samples["events_total", "bad-signature", "record"] == 3
    assert samples["spool_records",] == 420 and samples["spool_room_hours",] == 2160
    assert samples["alarm", "spool-damaged"] == 1 and samples["alarm", "spool-full"] == 0
    assert samples["link_up", "uplink"] == 1 and samples["clock_ok",] == 1 and samples["clock_jumps",] == 2
    assert samples["bridge_events_total", "roof", "heard"] == 1234 and samples["link_up", "bridge-roof"] == 1
    assert samples["down_events_total", "answered", "want"] == 7
    assert samples["devices",] == 2 and samples["devices_offline",] == 1
    assert samples["certificate_days", "uplink"] == 61.5
    assert not any(STANDING.devices[0].kid.hex() in str(key) for key in samples)


def test_many_readers_cost_the_loop_one_snapshot_a_second(gateway: Supervised) -> None:
    begun = time.monotonic()
    for _ in range(40):
        assert gateway.get("/status.json")[0] == 200
    assert gateway.collected <= 2 + (time.monotonic() - begun) / site.PAGE_AGE


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/x", 404), ("GET", "/../etc/passwd", 404), ("POST", "/", 405), ("DELETE", "/status.json", 405)],
)
def test_what_there_is_not_is_refused(gateway: Supervised, method: str, path: str, status: int) -> None:
    assert gateway.get(path, method=method)[0] == status


def test_head_has_no_body(gateway: Supervised) -> None:
    status, body, headers = gateway.get("/healthz", method="HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 10


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8090", True),
        ("[::1]:8090", True),
        ("localhost", True),
        (socket.gethostname(), True),
        (socket.gethostname() + ".local:8090", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_page_answers_only_under_this_machines_names(gateway: Supervised, host: str, own: bool) -> None:
    assert site.is_own(host) is own
    assert gateway.get("/status.json", host=host)[0] == (200 if own else 421)


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET /\r\n\r\n", b"GET x HTTP/1.1\r\n\r\n", b"A" * 9000]
)
def test_what_is_no_request_gets_400(gateway: Supervised, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.page), 10) as client:
        client.sendall(sent)
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert gateway.get("/healthz")[0] == 200


def test_slow_and_idle_connections_are_ended_and_take_nobodys_place_for_long(
    gateway: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.5)
    idle = [socket.create_connection(("127.0.0.1", gateway.page), 10) for _ in range(listener.MAX_CONNECTIONS + 5)]
    assert control.ask(gateway.folder) is not None  # the operator's own way in has places of its own
    for client in idle:
        with client:
            assert client.recv(1) == b""
    eventually(lambda: _served(gateway), "room for the next")


def _served(gateway: Supervised) -> bool:
    try:
        return gateway.get("/healthz")[0] == 200
    except ConnectionError:  # no place is free yet
        return False


def test_request_that_drips_is_ended_at_the_deadline(gateway: Supervised, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.5)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", gateway.page), 10) as client, pytest.raises(OSError):
        for _ in range(2000):  # 100 s
            client.sendall(b"G")
            client.settimeout(0.05)
            try:
                if client.recv(1) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                continue
    assert time.monotonic() - begun < 30


def test_control_socket_answers_from_any_folder_and_only_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    with Supervised(folder):
        found = control.ask(folder)
        assert found is not None and found["running"] and found["kid"] == STANDING.kid.hex()
        assert (folder / control.SOCKET_FILE).stat().st_mode & 0o777 == 0o600
    assert control.ask(folder) is None  # the socket of a process that is gone
    with Supervised(folder):
        assert control.ask(folder) is not None


def test_nobody_is_asked_where_there_is_no_gateway(tmp_path: Path) -> None:
    assert control.ask(tmp_path) is None


def test_page_that_cannot_listen_does_not_stop_the_gateway(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "data").mkdir()
        with Supervised(tmp_path / "data", listen=f"127.0.0.1:{taken.getsockname()[1]}") as gateway:
            assert gateway.page is None
            assert control.ask(gateway.folder) is not None
    assert "no status page" in caplog.text


def test_snapshot_without_uplink_and_clock_is_shown_too(gateway: Supervised) -> None:
    gateway.snapshot = replace(
        standing(log_size=None, oldest=None, limit=None, room_hours=None, counters={}, devices=[]),
        links=(replace(WELL.links[0], up=False, attempts=3, error="refused"),),
        bridges=(BRIDGE_DOWN,),
        now=None,
        clock_alarm="clock-unset",
        clock_jumps=1,
        failing="disk I/O error",
    )
    text = gateway.get("/")[1].decode()
    for part in (
        "DOWN for 10 d",
        "3 attempts",
        "last: refused",
        "roof, DOWN for 1 min 1 s, 1,234 frames heard, last: no such port",
        "NOT TRUSTED",
        "disk I/O error",
    ):
        assert part in text
    assert gateway.get("/metrics")[0] == 200
