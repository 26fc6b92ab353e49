"""Audits over HTTP of a city that the real server serves: log, policy, batches, and what the API shows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_audit.auditor import Options, audit
from civicroot_audit.report import EXIT_ALARMS, EXIT_OK, HELD, Report
from civicroot_audit.source import HttpSource, open_source
from civicroot_backend.database.tables import enrolments, records
from civicroot_wire import policy as policies
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from sqlalchemy import delete, insert, select, update

from tests.audit.copies import SUBJECTS
from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW, signed_record


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A served city of three devices with eight readings each."""
    city = OpenCity(tmp_path / "city")
    try:
        for place, subject in enumerate(SUBJECTS, 1):
            city.enrol_device(subject, status=(place, city.city.status_uri))
        for seq in range(8):
            city.commit([signed_record(city.devices[subject], seq, 40 + seq) for subject in SUBJECTS])
        many = [
            Measurement("lid", True),
            Measurement("fault", "tilt <b>temp"),
            Measurement("led", b"\x01\x02"),
            Measurement("temp", DecimalFraction(-1, -215), "Cel"),
            Measurement("weight", 12, "kg"),
        ]
        city.commit([city.report(city.devices["bin/1"], 8, many, None)])
        city.publish()
        with serve(city) as found:
            yield found
    finally:
        city.close()


class Asked(HttpSource):
    """Notes what is read."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.names: list[str] = []

    def get(self, name: str, limit: int) -> bytes:
        self.names.append(name)
        return super().get(name, limit)


def audit_it(served: Served, state: Path, api: str = "all", source: HttpSource | None = None) -> Report:
    policy = policies.from_file(served.city.backend.policy_json)
    found = source or open_source(served.url)
    try:
        return audit(found, policy, state, options=Options(api=api), clock=lambda: NOW)
    finally:
        found.close()


def test_a_sound_city_is_sound(served: Served, tmp_path: Path) -> None:
    for api in ("all", "sample", "none"):
        report = audit_it(served, tmp_path / "state", api)
        assert report.findings == []
        assert report.exit_code == EXIT_OK
    assert report.size == 1 + 1 + 1 + 3 + 9
    assert {item.account.counts["received"] for item in report.accounts} == {8, 9}


def test_all_readings_are_compared_with_the_api(served: Served, tmp_path: Path) -> None:
    report = audit_it(served, tmp_path / "state")
    (check,) = [check for check in report.checks if check.name == "api"]
    assert check.status == HELD
    assert check.says.startswith("25 readings of 3 devices")


def test_an_audit_reads_only_what_is_new(served: Served, tmp_path: Path) -> None:
    first = Asked(served.url)
    audit_it(served, tmp_path / "state", "none", first)
    city = served.city
    city.commit([signed_record(city.devices["bin/2"], 8)])
    city.publish()
    second = Asked(served.url)
    report = audit_it(served, tmp_path / "state", "none", second)
    assert report.entries == {"batch": 1}
    assert report.records == {"accepted": 1}
    batches = [name for name in first.names if name.startswith("log/batch/")]
    assert len(batches) == 9
    new = [name for name in second.names if name.startswith("log/batch/") and name not in batches]
    assert len(new) == 1
    third = Asked(served.url)
    policy = policies.from_file(served.city.backend.policy_json)
    audit(third, policy, tmp_path / "state", options=Options(api="none", recheck=0), clock=lambda: NOW)
    assert not [name for name in third.names if "batch/" in name or "entries" in name], "nothing new, nothing read"


def tampered(served: Served, what: str) -> None:
    """What the operator of the database does to the dashboard; the log and the batches stay."""
    key = served.city.devices["bin/1"]
    mine = (records.c.kid == key.kid) & (records.c.seq == 3)
    database = served.city.backend.database
    with database.write() as connection:
        if what == "another value":
            forged = signed_record(key, 3, 99)
            connection.execute(update(records).where(mine).values(encoded=forged))
        elif what == "another time":
            connection.execute(update(records).where(mine).values(time=NOW - 9999))
        elif what == "a hidden reading":
            connection.execute(delete(records).where(mine))
        elif what == "an invented reading":
            row = connection.execute(select(records).where(mine)).one()._asdict()
            row |= {"seq": 20, "position": 1000}
            connection.execute(insert(records).values(row))
        elif what == "a hidden simulation":
            connection.execute(update(enrolments).where(enrolments.c.kid == key.kid).values(simulated=True))
        else:
            raise AssertionError(what)


@pytest.mark.parametrize(
    "what", ["another value", "another time", "a hidden reading", "an invented reading", "a hidden simulation"]
)
def test_a_dashboard_that_lies_is_found(served: Served, tmp_path: Path, what: str) -> None:
    assert audit_it(served, tmp_path / "state").exit_code == EXIT_OK
    tampered(served, what)
    report = audit_it(served, tmp_path / "state")
    assert {item.name for item in report.alarms} == {"api-disagrees"}
    assert report.exit_code == EXIT_ALARMS


def test_an_api_that_talks_rubbish_is_no_crash(served: Served, tmp_path: Path) -> None:
    class Rubbish(HttpSource):
        def get(self, name: str, limit: int) -> bytes:
            if "/readings" in name:
                return json.dumps({"readings": [{"seq": "x" * 99}], "next": 5}).encode()
            return b"[" * 100_000 if name.startswith("api/v1/devices") else super().get(name, limit)

    report = audit_it(served, tmp_path / "state", source=Rubbish(served.url))
    assert {item.name for item in report.alarms} == {"api-disagrees"}
    assert report.not_done is None
