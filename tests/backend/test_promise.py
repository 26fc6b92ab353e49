"""Does the promise hold: a real backend with witnesses, a time-stamp authority and an auditor, good and bad."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import config
from civicroot_backend.api import alarms, promise
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.promise import verdicts
from civicroot_backend.promise.audit_file import AuditUnreadable, parse
from civicroot_wire.state import State

from tests.backend.api_city import OpenCity, serve
from tests.backend.city import REALM, City
from tests.backend.promise_town import Town, promising_town
from tests.backend.witness_server import Reply

DAY = 86_400


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    for module in (alarms, promise):
        monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)
    with promising_town(tmp_path) as made:
        yield made


def verdicts_of(said: dict[str, Any]) -> dict[str, str]:
    lines = {name: said[name] for name in ("checkpoint", "witnesses", "anchors", "audit", "refused")}
    return {name: line["verdict"] for name, line in {**lines, **said["waiting"]}.items()}


def test_everything_that_holds_is_said_to_hold_and_leads_to_its_proof(town: Town, tmp_path: Path) -> None:
    town.backend.publish_pending()
    town.backend.anchor()
    town.audit(tmp_path / "auditor")
    town.says(State(True, "1.0", 0))
    said = town.ask()
    assert said["verdict"] == "holds", verdicts_of(said)
    assert set(verdicts_of(said).values()) == {"holds"}
    assert (said["witnesses"]["cosigned"], said["witnesses"]["needed"]) == (3, 2)
    assert said["audit"]["same_log"] is True
    assert (said["audit"]["size"], said["audit"]["alarms"]) == (said["checkpoint"]["size"], 0)
    (anchor,) = said["anchors"]["anchors"]
    for path in (said["checkpoint"]["proof"], said["witnesses"]["proof"], anchor["proof"]):
        assert town.served.client.get(path).raise_for_status().content
    assert said["waiting"]["gateways"] == {
        "verdict": "holds",
        "gateways": 1,
        "waiting": 0,
        "unsaid": 0,
        "unheard": 0,
        "needing": [],
        "needing_count": 0,
    }


def test_witnesses_down_an_anchor_stuck_a_silent_gateway_and_refused_records_are_said(town: Town) -> None:
    town.clock["works"] = False
    town.backend.publish_pending()
    town.backend.anchor()
    town.says(State(True, "1.0", 17))
    for witness in town.witnesses[1:]:
        witness.lie = lambda _asked: Reply(503)
    town.refuse()
    town.backend.publish_pending()
    said = town.ask()
    assert verdicts_of(said) == {
        "checkpoint": "holds",  # it waits since a moment
        "witnesses": "broken",
        "anchors": "unknown",  # it has begun, and has nothing yet
        "audit": "unknown",  # the auditor has not written yet
        "refused": "broken",
        "devices": "holds",
        "gateways": "holds",
        "backend": "holds",
    }
    assert said["witnesses"]["waiting_size"] == said["checkpoint"]["size"] + 1
    assert said["waiting"]["gateways"]["waiting"] == 17
    (reason,) = said["refused"]["reasons"]
    assert (reason["reason"], reason["total"], reason["recent"]) == ("unknown-key-id", 1, 1)
    town.says(State(False))
    town.city.now += DAY + 1
    said = town.ask()
    assert verdicts_of(said) == {
        "checkpoint": "broken",
        "witnesses": "broken",
        "anchors": "broken",
        "audit": "unknown",
        "refused": "holds",  # it was the day before
        "devices": "unknown",  # overdue, behind a gateway that is down
        "gateways": "broken",
        "backend": "broken",
    }
    assert said["verdict"] == "broken"
    (gateway,) = said["waiting"]["gateways"]["needing"]
    assert (gateway["subject"], gateway["reasons"]) == ("gateway/1", ["offline"])
    assert (said["waiting"]["gateways"]["unsaid"], said["waiting"]["devices"]["behind"]) == (1, 1)
    assert said["waiting"]["backend"]["entries"] == 1
    assert said["anchors"]["anchors"][0]["trouble"]


def test_an_auditor_who_saw_another_log_or_found_something_is_believed(town: Town, tmp_path: Path) -> None:
    town.backend.publish_pending()
    town.audit(tmp_path / "auditor")
    good = json.loads(town.report.read_text())
    assert town.ask()["audit"]["verdict"] == "holds"
    other = {**good, "log": {**good["log"], "root": "00" * 32}}
    town.report.write_text(json.dumps(other) + " ")
    assert (town.ask()["audit"]["verdict"], town.ask()["audit"]["same_log"]) == ("broken", False)
    lost = {"name": "lost", "severity": "alarm", "about": "bin/12", "acknowledged": False}
    town.report.write_text(json.dumps({**good, "findings": [lost]}))
    said = town.ask()["audit"]
    assert (said["verdict"], said["named"]) == ("broken", [{"name": "lost", "about": "bin/12"}])
    town.report.write_text(json.dumps(good))
    town.city.now += verdicts.AUDIT_SECONDS + 60
    assert town.ask()["audit"]["verdict"] == "unknown", "nobody has looked for two days"
    town.report.write_text("{}")
    assert town.ask()["audit"]["trouble"] == "the report is damaged"


def test_a_city_that_nobody_outside_looks_at_says_that_nobody_does(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    with serve(city) as served:
        said = served.client.get("/api/v1/promise").json()
    city.close()
    assert (said["verdict"], said["witnesses"]["needed"], said["anchors"]["anchors"]) == ("unknown", 0, [])
    assert (said["audit"]["configured"], said["checkpoint"]["verdict"]) == (False, "unknown")
    (gateway,) = said["waiting"]["gateways"]["needing"]
    assert (gateway["reasons"], gateway["since"]) == ([], None), "it has said nothing since the start"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"format": 1}', b'{"format": "civicroot-audit-report/1", "realm": "other"}']
)
def test_what_is_no_report_of_this_city_is_refused(content: bytes) -> None:
    with pytest.raises(AuditUnreadable):
        parse(content, REALM)


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [
        (verdicts.of_checkpoint(True, 1000, 1000 + verdicts.LATE_SECONDS), "holds"),
        (verdicts.of_checkpoint(True, 1000, 1001 + verdicts.LATE_SECONDS), "broken"),
        (verdicts.of_witnesses(True, 2, True, True), "unknown"),
        (verdicts.of_anchor(True, 60.0, None), "holds"),
        (verdicts.of_anchor(True, float(DAY), None), "broken"),
        (verdicts.of_devices(3, 1, 0, 0), "unknown"),
        (verdicts.whole(["holds", "unknown"]), "unknown"),
        (verdicts.whole(["holds", "unknown", "broken"]), "broken"),
    ],
)
def test_rules_at_their_limits(verdict: str, wanted: str) -> None:
    assert verdict == wanted


def test_the_report_is_named_in_the_configuration(tmp_path: Path) -> None:
    city = City(tmp_path)
    assert city.config.audit_report_file is None
    found = config.load(city.config_file, {"CIVICROOT_AUDIT_REPORT_FILE": "audit.json"})
    assert found.audit_report_file == tmp_path / "audit.json"
    with pytest.raises(ConfigurationError):
        config.make({"audit_report_file": 1, "realm": REALM}, tmp_path)
