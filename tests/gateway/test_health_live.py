"""A real gateway whose spool fills up while its uplink is cut: who asks is told, and it heals by itself."""

import json
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import NatsBroker

from .city import City
from .live import GatewayProcess, LiveBackend, LiveDevice, eventually

LIMIT = 262_144  # bytes, the least that can be configured
RECORDS = 2_000  # a quarter more than fits


def _health(port: int) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_cut_uplink_is_healthy_a_full_spool_is_not_and_both_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIVICROOT_GATEWAY_PAGE_LISTEN", "127.0.0.1:0")
    monkeypatch.setenv("CIVICROOT_GATEWAY_SPOOL_MAX_BYTES", str(LIMIT))
    city = City()
    device = city.device()
    with ExitStack() as stack:
        broker = stack.enter_context(NatsBroker(tmp_path))
        backend = stack.enter_context(LiveBackend(city, broker))
        live = stack.enter_context(LiveDevice(city, broker, device, chunk=30))
        gateway = stack.enter_context(GatewayProcess(city, tmp_path, broker, max_records=1024))
        eventually(lambda: len(gateway.status()["keys"]) == len(city.registrations), "enrolments")
        port = next(event["port"] for event in gateway.events() if event["event"] == "status page")
        backend.answering = False
        assert _health(port)[0] == 200
        live.add(*[device.record(number) for number in range(RECORDS)], first=0)
        eventually(lambda: live.pump() or _health(port)[0] == 503, "a full spool")
        found = gateway.status()
        assert found["alarms"][0]["name"] == "spool-full"  # room-short may be another
        assert found["bytes_spooled"] >= LIMIT and found["refusals"]["message"]["spool-full"] > 0
        assert len(live.acknowledged) < RECORDS
        backend.answering = True
        eventually(lambda: live.pump() or not live.waiting, "every record acknowledged")
        eventually(lambda: len(backend.committed) == RECORDS, "every record delivered once")
        eventually(lambda: _health(port)[0] == 200, "room again")
        assert sorted(live.acknowledged) == list(range(RECORDS))
