"""Crews over HTTP: where they are needed, what they write, in whichever order and however often it arrives."""

import dataclasses
import hashlib
import io
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from civicroot_backend.api import worklist as api_worklist
from civicroot_backend.map.trouble import Trouble
from civicroot_backend.people.roles import Role
from civicroot_backend.times import iso
from civicroot_backend.visits import photos, worklist
from civicroot_backend.visits.care import FORMAT, Care
from civicroot_wire import cbor, statement
from civicroot_wire.senml import Measurement
from PIL import Image

from tests.backend.api_city import Served
from tests.backend.city import NOW
from tests.backend.crew_town import ISSUER, crew_town
from tests.backend.people.office import Browser, Office, reason

NEAR = "0,0"


def name() -> str:
    """As a phone makes them."""
    return secrets.token_hex(16)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Who works in the town of crew_town.py."""
    with crew_town(tmp_path_factory.mktemp("city")) as opened:
        yield opened


@pytest.fixture(scope="module")
def crew(office: Office) -> Browser:
    """Of the north."""
    return office.at(office.person(Role.CREW, district="north"))


@pytest.fixture(scope="module")
def colleague(office: Office) -> Browser:
    """Another one of the north."""
    return office.at(office.person(Role.CREW, district="north"))


def work(browser: Browser, district: str = "north", query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get(f"districts/{district}/work?near={NEAR}{query}")["work"]
    return found


def sheet(browser: Browser, subject: str = "bin/2", district: str = "north") -> dict[str, Any]:
    return browser.get(f"districts/{district}/subjects/{subject}")


def body(base: int, **fields: object) -> dict[str, object]:
    said = {"entry": name(), "base": base, "subject": "bin/2", "outcome": "done", "note": "Plug dried."}
    return said | {"made": iso(NOW)} | fields


def put(browser: Browser, visit: str, said: dict[str, object], district: str = "north") -> Any:
    return browser.ask("PUT", f"districts/{district}/visits/{visit}", said)


def refreshed(office: Office) -> None:
    """The states are looked at now."""
    office.served.app.state.map.refresh()


def reported(served: Served, subject: str, text: str = "The lid is off.") -> str:
    answer = served.client.post(f"/api/v1/subjects/{subject}/reports", json={"category": "damaged", "text": text})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def test_where_somebody_is_needed_nearest_first_with_what_is_wrong(office: Office, crew: Browser) -> None:
    refreshed(office)
    found = work(crew)
    assert [(each["subject"], each["distance_m"]) for each in found] == [("bin/2", 222), ("bin/3", 334), ("bin/4", 445)]
    assert found[0]["faults"] == [
        {"sensor": "temp", "flag": "no-answer"},
        {"sensor": "fill", "flag": "bad-crc"},
        {"sensor": "scan", "flag": "no-answer"},
    ]
    assert found[0]["label"] == "Market square"
    assert found[1]["silent_since"] is not None
    assert found[2]["alarms"] == ["tilt", "knock"]
    assert [each["subject"] for each in work(crew, query="&need=alarm&need=silent")] == ["bin/3", "bin/4"]


def test_pages_go_on_where_the_one_before_ended(office: Office, crew: Browser) -> None:
    refreshed(office)
    subjects, cursor = [], ""
    while True:
        page = crew.get(f"districts/north/work?near={NEAR}&limit=1{cursor}")
        subjects += [each["subject"] for each in page["work"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert subjects == [each["subject"] for each in work(crew)]


def test_a_district_sees_its_own_and_the_city_everything(office: Office, crew: Browser) -> None:
    refreshed(office)
    whole = office.at(office.person(Role.CREW))
    assert "bin/5" not in {each["subject"] for each in work(crew)}
    assert "bin/5" in {each["subject"] for each in work(whole, "city")}
    assert crew.ask("GET", "districts/north/subjects/bin/5").status_code == 404
    assert reason(crew.ask("GET", "districts/south/subjects/bin/5")) == (403, "not-allowed")
    assert put(crew, name(), body(0, subject="bin/5")).status_code == 404
    assert sheet(whole, "bin/5", "city")["district"] == "south"


def test_what_citizens_reported_is_work_until_the_visit_that_mends_it(office: Office, crew: Browser) -> None:
    first, second = reported(office.served, "bin/1"), reported(office.served, "bin/1")
    assert next(each for each in work(crew) if each["subject"] == "bin/1")["reports"] == 2
    found = sheet(crew, "bin/1")
    assert [each["id"] for each in found["reports"]] == [second, first]
    visit = name()
    again = put(crew, visit, body(found["revision"], subject="bin/1", outcome="again", reports=[first])).json()
    assert (again["reports"], len(sheet(crew, "bin/1")["reports"])) == ([], 2), (
        "somebody comes again: nothing is closed"
    )
    done = put(crew, visit, body(again["revision"], subject="bin/1", reports=[first, name()])).json()
    assert done["reports"] == [first]
    assert [each["id"] for each in sheet(crew, "bin/1")["reports"]] == [second]
    listed = crew.get("districts/north/reports")["reports"]
    assert {each["id"]: each["mended"] is not None for each in listed if each["subject"] == "bin/1"} == {
        first: True,
        second: False,
    }
    events = [(each["what"], each["name"]) for each in sheet(crew, "bin/1")["events"] if "report" in each["what"]]
    assert sorted(events) == [("report", "damaged"), ("report", "damaged"), ("report-mended", "damaged")]
    put(crew, visit, body(done["revision"], subject="bin/1", reports=[second]))
    assert [each["id"] for each in sheet(crew, "bin/1")["reports"]] == [first], "it was the other one"


def test_an_old_open_report_is_on_the_sheet_however_many_newer_ones_are_mended(
    office: Office, crew: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_worklist, "SHOWN_REPORTS", 3)
    names = [reported(office.served, "bin/3", f"{number}") for number in range(5)]
    put(crew, name(), body(sheet(crew, "bin/3")["revision"], subject="bin/3", reports=names[1:4]))
    found = sheet(crew, "bin/3")
    assert [each["id"] for each in found["reports"]] == [names[4], names[0]]
    kinds = [each["what"] for each in found["events"] if "report" in each["what"]]
    assert kinds == ["report", "report", "report-mended", "report"], "in the order of time"
    put(crew, name(), body(found["revision"], subject="bin/3", reports=[names[0], names[4]]))
    assert sheet(crew, "bin/3")["reports"] == []


def test_a_visit_is_kept_once_however_often_it_is_sent(office: Office, crew: Browser) -> None:
    visit, said = name(), body(sheet(crew)["revision"], note="넘어져 있었음\nSecond line.")
    answers = [put(crew, visit, said) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 200, 200]
    assert len({each.text for each in answers}) == 1
    found = sheet(crew)["visits"][0]
    assert (found["id"], found["note"], found["versions"], found["mine"]) == (visit, said["note"], 1, True)
    rows = [row for row in office.trail() if row.action == "visit-recorded" and visit in row.detail]
    assert [(row.target, row.district) for row in rows] == [("bin/2", "north")]
    assert str(said["note"]) not in rows[0].detail


def test_what_a_colleague_wrote_meanwhile_is_shown_and_nothing_is_taken(crew: Browser, colleague: Browser) -> None:
    seen = sheet(crew)["revision"]
    theirs = put(colleague, name(), body(seen, note="Changed the cable.")).json()
    mine, visit = body(seen, note="Dried the plug."), name()
    refused = put(crew, visit, mine)
    assert reason(refused) == (409, "visited-meanwhile")
    said = refused.json()
    assert [(each["id"], each["note"], each["mine"]) for each in said["visits"]] == [
        (theirs["id"], "Changed the cable.", False)
    ]
    assert crew.ask("GET", f"districts/north/visits/{visit}").status_code == 404
    kept = put(crew, visit, mine | {"base": said["revision"]})
    assert kept.status_code == 201
    assert [each["note"] for each in sheet(crew)["visits"]][:2] == ["Dried the plug.", "Changed the cable."]


def test_a_change_on_another_phone_is_a_conflict_and_what_was_there_is_kept(crew: Browser) -> None:
    visit = name()
    seen = put(crew, visit, body(sheet(crew)["revision"], note="first")).json()["revision"]
    assert put(crew, visit, body(seen, note="on the tablet")).status_code == 200
    late = body(seen, note="on the phone")
    refused = put(crew, visit, late)
    assert [each["note"] for each in refused.json()["visits"]] == ["on the tablet"]
    assert put(crew, visit, late | {"base": refused.json()["revision"]}).status_code == 200
    found = crew.get(f"districts/north/visits/{visit}")
    assert (found["note"], [each["note"] for each in found["earlier"]]) == ("on the phone", ["on the tablet", "first"])


def test_an_entry_sent_again_after_another_change_is_still_known(crew: Browser) -> None:
    visit, first = name(), body(sheet(crew)["revision"], note="first")
    seen = put(crew, visit, first).json()["revision"]
    put(crew, visit, body(seen, note="second"))
    again = put(crew, visit, first)
    assert again.status_code == 200, "no conflict with oneself"
    assert (again.json()["note"], again.json()["revision"]) == ("first", seen), "answered as before"
    assert sheet(crew)["visits"][0]["note"] == "second", "and nothing undone"


def test_what_follows_a_lost_answer_is_a_conflict_with_what_was_written_meanwhile(
    office: Office, crew: Browser
) -> None:
    visit, first = name(), body(sheet(crew)["revision"], note="first")
    lost = put(crew, visit, first).json()
    operator = office.at(office.person(Role.OPERATOR, district="north"))
    put(operator, visit, body(lost["revision"], note="By the operator."))
    again = put(crew, visit, first).json()
    assert (again["entry"], again["revision"]) == (first["entry"], lost["revision"])
    refused = put(crew, visit, body(again["revision"], note="next"))
    assert reason(refused) == (409, "visited-meanwhile")
    assert [each["note"] for each in refused.json()["visits"]] == ["By the operator."]


def test_only_its_author_or_an_operator_there_changes_a_visit(
    office: Office, crew: Browser, colleague: Browser
) -> None:
    visit = name()
    seen = put(crew, visit, body(sheet(crew)["revision"])).json()["revision"]
    assert reason(put(colleague, visit, body(seen, note="x"))) == (403, "not-allowed")
    elsewhere = office.at(office.person(Role.OPERATOR, district="south"))
    assert put(elsewhere, visit, body(seen, note="x"), "south").status_code == 404
    operator = office.at(office.person(Role.OPERATOR, district="north"))
    assert put(operator, visit, body(seen, note="By the operator.")).status_code == 200
    assert sheet(crew)["visits"][0]["author"] != crew.get("session")["login"]
    auditor = office.at(office.person(Role.AUDITOR, district="north"))
    assert sheet(auditor)["visits"][0]["note"] == "By the operator."
    assert reason(put(auditor, name(), body(seen))) == (403, "not-allowed")


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"subject": "bin/99"}, 404, "not-found"),
        ({"outcome": "perhaps"}, 422, "bad-parameter"),
        ({"made": "2026-03-01T09:30:00"}, 422, "bad-parameter"),
        ({"made": "0001-01-01T00:00:00Z"}, 201, ""),
        ({"note": "x" * 2001}, 422, "bad-parameter"),
        ({"note": "a\x00b"}, 422, "bad-parameter"),
        ({"care": ["watered"]}, 409, "conflict"),
        ({"who": "me"}, 422, "bad-parameter"),
    ],
)
def test_what_is_no_visit_is_refused(crew: Browser, fields: dict[str, object], status: int, why: str) -> None:
    answer = put(crew, name(), body(sheet(crew)["revision"], **fields))
    assert answer.status_code == status, answer.text
    assert why == "" or answer.json()["reason"] == why


def test_names_are_not_used_for_something_else(crew: Browser, colleague: Browser) -> None:
    visit, said = name(), body(sheet(crew)["revision"])
    put(crew, visit, said)
    assert reason(put(colleague, name(), said)) == (409, "conflict")
    assert reason(put(crew, name(), said)) == (409, "conflict")
    moved = body(sheet(crew, "bin/3")["revision"], subject="bin/3")
    assert reason(put(crew, visit, moved)) == (409, "conflict")


def test_what_one_wrote_is_not_sent_as_another(crew: Browser, colleague: Browser) -> None:
    said = body(sheet(crew)["revision"]) | {"account": crew.get("session")["account"]}
    assert reason(put(colleague, name(), said)) == (409, "other-account")
    assert put(crew, name(), said).status_code == 201


def jpeg(**options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1760, 1320), "red").save(out, "JPEG", **options)
    return out.getvalue()


def send_photo(browser: Browser, path: str, content: bytes, media_type: str = "image/jpeg") -> Any:
    headers = {"x-civicroot-request": "1", "origin": browser.origin, "content-type": media_type}
    headers["cookie"] = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    return browser.client.put(f"/api/v1/{path}", content=content, headers=headers)


def test_photos_follow_once_each_without_metadata_and_can_be_deleted(
    office: Office, crew: Browser, colleague: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "37.5665N"
    visit, photo = name(), name()
    put(crew, visit, body(sheet(crew)["revision"]))
    path = f"districts/north/visits/{visit}/photos/{photo}"
    assert [send_photo(crew, path, jpeg(exif=exif, quality=100)).status_code for _ in range(2)] == [204, 204]
    assert crew.get(f"districts/north/visits/{visit}")["photos"] == [photo]
    kept = colleague.ask("GET", path)
    assert (kept.headers["content-type"], kept.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert b"37.5665N" not in kept.content
    assert send_photo(colleague, path, jpeg()).status_code == 403
    assert send_photo(crew, path[:-32] + name(), b"no picture").status_code == 400
    assert send_photo(crew, path[:-32] + name(), b"", "image/gif").status_code == 415
    assert send_photo(crew, path[:-32] + name(), bytes(6 * 1024 * 1024)).status_code == 413
    monkeypatch.setattr(photos, "OF_A_VISIT", 1)
    assert reason(send_photo(crew, path[:-32] + name(), jpeg())) == (409, "conflict")
    assert colleague.ask("DELETE", path).status_code == 403
    assert crew.ask("DELETE", path).status_code == 204
    assert crew.ask("GET", path).status_code == 404
    assert office.trail()[-1].action == "visit-photo-deleted"


def test_history_says_what_the_device_said_when_it_began_and_ended(office: Office, crew: Browser) -> None:
    city, key = office.served.city, office.served.city.devices["bin/4"]
    later = [
        [Measurement("alarm", "tilt"), Measurement("fault", "temp:no-answer")],
        [Measurement("alarm", ""), Measurement("lid", False)],
    ]
    city.commit([city.report(key, seq + 1, items, NOW + seq + 1) for seq, items in enumerate(later)])
    events = [(each["what"], each["name"]) for each in sheet(crew, "bin/4")["events"]]
    assert events[-1] == ("device", key.kid.hex())
    assert sorted(events[:-1]) == sorted(
        [
            ("alarm", "knock"),
            ("alarm", "tilt"),
            ("alarm-over", "knock"),
            ("alarm-over", "tilt"),
            ("fault", "temp:no-answer"),
            ("fault-over", "temp:no-answer"),
        ]
    )
    refreshed(office)
    assert "bin/4" not in {each["subject"] for each in work(crew)}, "all is well again"
    city.publish()
    for event in sheet(crew, "bin/4")["events"]:
        assert office.served.client.get(event["proof"]).status_code == 200


def test_what_was_done_for_a_tree_is_public_and_its_hash_is_in_the_log(office: Office, crew: Browser) -> None:
    city, client = office.served.city, office.served.client
    visit = name()
    said = body(0, subject="tree/9", care=["watered", "pruned"], care_note="60 l", note="The gate's code is 1234.")
    kept = put(crew, visit, said)
    assert kept.status_code == 201, kept.text
    page = client.get("/api/v1/subjects/tree/9/care").json()
    (line,) = page["lines"]
    assert (line["care"], line["note"], line["entry"], page["format"]) == (["watered", "pruned"], "60 l", None, FORMAT)
    assert "1234" not in str(page)
    assert crew.get("session")["login"] not in str(page)
    assert (city.backend.state_care(), city.backend.state_care()) == (1, 0)
    city.publish()
    (line,) = client.get("/api/v1/subjects/tree/9/care").json()["lines"]
    logged = statement.decode(client.get(f"/entries/{line['entry']}").content)
    times = [NOW, city.city.now]
    preimage = [FORMAT, city.city.realm, "tree/9", *times, line["care"], line["note"], bytes.fromhex(line["salt"])]
    assert logged.payload == hashlib.sha256(cbor.encode(preimage)).digest()
    assert (logged.claims.issuer, logged.claims.subject, logged.detached) == (ISSUER, "tree/9", True)
    put(crew, visit, said | {"entry": name(), "base": kept.json()["revision"], "care_note": "80 l"})
    (changed,) = client.get("/api/v1/subjects/tree/9/care").json()["lines"]
    assert (changed["note"], changed["changed"], changed["entry"]) == ("80 l", True, None)
    assert city.backend.state_care() == 1


def test_the_hash_of_a_line_is_the_one_that_pages_compute() -> None:
    line = Care("tree/7", 1772357400, 1772357460, ("watered", "pruned"), "60 litres.", bytes(range(16)))
    # backend/web/test/care.test.ts
    assert line.digest("demo.example").hex() == "eca567913fd62de673e482b75eeed962f606d0c94c76ef0a03122ebc05fdac7c"


def test_a_line_that_was_logged_and_not_noted_gets_the_same_place(office: Office, crew: Browser) -> None:
    city = office.served.city
    put(crew, name(), body(sheet(crew, "tree/9")["revision"], subject="tree/9", care=["inspected"]))
    city.backend.state_care()
    with city.backend.database.write() as connection:
        row = connection.exec_driver_sql("SELECT max(revision), max(log_index) FROM visit_versions").one()
        connection.exec_driver_sql(f"UPDATE visit_versions SET log_index = NULL WHERE revision = {row[0]}")
    assert city.backend._care is not None
    assert dataclasses.replace(city.backend._care).step() == 1, "after the next start"
    with city.backend.database.read() as connection:
        assert connection.exec_driver_sql("SELECT max(log_index) FROM visit_versions").scalar_one() == row[1]


def test_what_nobody_knows_where_it_is_comes_last(office: Office, crew: Browser) -> None:
    reported(office.served, "bin/6")
    found = work(crew)
    assert (found[-1]["subject"], found[-1]["distance_m"]) == ("bin/6", None)
    assert crew.get(f"districts/north/work?near={NEAR}&limit=1&cursor=7fffffffffffff")["next"] is None


def test_ranks_order_by_distance_and_then_by_name() -> None:
    rows = [
        worklist.Work(f"bin/{number}", None, None, "", Trouble(), 1, metres)
        for number, metres in ((1, 5.0), (2, 5.0), (3, 0.0), (4, None), (5, 20_015_000.0))
    ]
    ordered = sorted(rows, key=lambda row: row.rank)
    assert [row.metres for row in ordered] == [0.0, 5.0, 5.0, 20_015_000.0, None]
    assert len({row.rank for row in rows}) == 5
    assert max(row.rank for row in rows) < 1 << 60
