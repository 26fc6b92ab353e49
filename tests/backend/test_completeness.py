"""Completeness: every number of a key has one fate, and a withheld reading is a hole."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_audit import auditor
from civicroot_audit.completeness import Account, Facts
from civicroot_audit.completeness import account as make_account
from civicroot_audit.ranges import Ranges
from civicroot_audit.source import HttpSource
from civicroot_backend import completeness
from civicroot_backend.api import completeness as api
from civicroot_backend.database.tables import records
from civicroot_wire import revocation
from sqlalchemy import event, insert

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW, batch_message, commit, signed_record
from tests.backend.conftest import Scene

FATES = ("received", "skipped", "thinned", "rejected", "pruned", "lost")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    city = OpenCity(tmp_path)
    with serve(city) as running:
        yield running
    city.close()


def account(served: Served, subject: str, kind: str = "devices") -> dict[str, object]:
    """What the city says of a device or gateway, checked: every number has exactly one fate."""
    key = served.city.devices.get(subject, served.city.gateway)
    answer = served.client.get(f"/api/v1/{kind}/{key.kid.hex()}/completeness")
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, object] = answer.json()
    assert (found["kid"], found["subject"]) == (key.kid.hex(), subject)
    seen: list[int] = []
    for fate in FATES:
        numbers = [number for first, last in found[fate] for number in range(first, last + 1)]  # type: ignore[attr-defined]
        assert found["counts"][fate] == len(numbers)  # type: ignore[index]
        seen += numbers
    highest = found["highest"]
    assert sorted(seen) == ([] if highest is None else list(range(highest + 1)))  # type: ignore[operator]
    return found


def test_withheld_reading_is_a_hole(served: Served) -> None:
    key = served.city.enrol_device("bin/12")
    readings = [served.city.fill(key, seq, 10 + seq) for seq in range(20)]
    del readings[7]  # the gateway drops one
    served.city.commit(readings[::-1])
    found = account(served, "bin/12")
    assert (found["received"], found["lost"], found["highest"]) == ([[0, 6], [8, 19]], [[7, 7]], 19)
    served.city.commit([served.city.fill(key, 7, 17)])
    assert account(served, "bin/12")["lost"] == [], "it may still come"


def test_new_device_has_used_no_number(served: Served) -> None:
    served.city.enrol_device("bin/1")
    found = account(served, "bin/1")
    assert (found["highest"], found["last_seen"], found["silent_since"]) == (None, None, None)


def test_every_fate_is_told_apart(served: Served) -> None:
    city = served.city
    key, stranger = city.enrol_device("bin/12"), city.city.key()
    city.commit(
        [
            signed_record(key, 10, skip=3),  # 7–9 never used, 0–6 not there
            signed_record(key, 20, thinned=[(11, 13), (15, 15)]),
            signed_record(key, 21, thinned=[(11, 13)]),  # said again
            signed_record(key, 8),  # it had skipped that
            signed_record(key, 10, fill=1),  # two contents
            signed_record(stranger, 3),
            signed_record(key, 4, realm_name="other.city"),  # a forgery explains nothing
            signed_record(key, 20, thinned=[(11, 13), (15, 15)]),  # a duplicate
        ]
    )
    city.backend.submit(city.city.revocation(key, "bin/12", revocation.ROTATED, last_seq=20, successor=bytes(32)))
    city.commit([signed_record(key, 17), signed_record(key, 30)])
    found = account(served, "bin/12")
    assert {fate: found[fate] for fate in FATES} == {
        "received": [[10, 10], [17, 17], [20, 21]],
        "skipped": [[7, 7], [9, 9]],
        "thinned": [[11, 13], [15, 15]],
        "rejected": [[8, 8], [30, 30]],
        "pruned": [],
        "lost": [[0, 6], [14, 14], [16, 16], [18, 19], [22, 29]],
    }
    assert (found["conflicts"], found["equivocated"]) == ([[8, 8]], [[10, 10]])
    assert found["withdrawn"] == {"log_index": 5, "reason": "rotated"}


def test_gateway_that_drops_a_batch_has_a_hole(served: Served) -> None:
    city = served.city
    key = city.enrol_device("bin/12")
    for seq, skip in ((0, 0), (2, 0), (9, 4)):
        commit(city.backend, city.gateway, batch_message(city.gateway, seq, [signed_record(key, seq)], skip))
    found = account(served, "gateway/1", "gateways")
    assert (found["received"], found["skipped"]) == ([[0, 0], [2, 2], [9, 9]], [[5, 8]])
    assert found["lost"] == [[1, 1], [3, 4]]
    assert (found["last_seen"], found["silent_since"]) == ("2023-11-14T22:13:20Z", None)


def test_keys_of_the_other_role_and_of_nobody_are_not_found(served: Served) -> None:
    device = served.city.enrol_device("bin/1").kid.hex()
    for path in (f"gateways/{device}", f"devices/{served.city.gateway.kid.hex()}", f"devices/{'0' * 16}"):
        answer = served.client.get(f"/api/v1/{path}/completeness")
        assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")


def test_device_is_silent_when_it_is_overdue_against_its_own_promise(served: Served) -> None:
    city = served.city
    key = city.enrol_device("bin/12")
    city.commit([signed_record(key, 0, promised=600, base_time=NOW - 60)])
    city.city.now = NOW + 540
    assert account(served, "bin/12")["silent_since"] is None
    city.city.now = NOW + 541
    found = account(served, "bin/12")
    assert (found["silent_since"], found["silence_clock"]) == ("2023-11-14T22:22:20Z", "device")
    assert found["last_seen"] == "2023-11-14T22:13:20Z"
    city.commit([signed_record(key, 1, promised=600, base_time=city.city.now)])
    assert account(served, "bin/12")["silent_since"] is None


@pytest.mark.parametrize("base_time", [None, NOW + 301, (1 << 63) - 1, (1 << 64) - 1])
def test_device_without_a_clock_that_can_be_believed_is_judged_by_the_backends(
    served: Served, base_time: int | None
) -> None:
    key = served.city.enrol_device("bin/12")
    served.city.commit([signed_record(key, 0, promised=600, base_time=base_time)])
    served.city.city.now = NOW + 601
    found = account(served, "bin/12")
    assert (found["silent_since"], found["silence_clock"]) == ("2023-11-14T22:23:20Z", "backend")


def test_device_that_promised_nothing_or_was_withdrawn_is_not_silent(served: Served) -> None:
    city = served.city
    city.commit([signed_record(city.enrol_device("bin/1"), 0)])
    retired = city.enrol_device("bin/2")
    city.commit([signed_record(retired, 0, promised=60)])
    city.city.now = NOW + 10_000
    assert account(served, "bin/2")["silent_since"] is not None
    city.backend.submit(city.city.revocation(retired, "bin/2", revocation.RETIRED))
    assert [account(served, subject)["silent_since"] for subject in ("bin/1", "bin/2")] == [None, None]


def test_answer_is_bounded_and_says_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_RANGES", 3)
    key = served.city.enrol_device("bin/12")
    served.city.commit([signed_record(key, 2 * seq) for seq in range(10)])
    found = served.client.get(f"/api/v1/devices/{key.kid.hex()}/completeness").json()
    assert found["truncated"] is True
    assert found["received"] == [[14, 14], [16, 16], [18, 18]]
    assert (found["counts"]["received"], found["counts"]["lost"]) == (10, 9)


def test_auditor_knows_that_long_lists_are_cut(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_RANGES", 3)
    city = served.city
    key = city.enrol_device("bin/12")
    city.commit([signed_record(key, 2 * seq) for seq in range(10)])
    city.publish()

    def found() -> set[str]:
        options = auditor.Options(jobs=0, api="all")
        state = tmp_path / f"state-{next(numbers)}"
        policy, clock = city.backend.policy, lambda: city.city.now
        report = auditor.audit(HttpSource(served.url), policy, state, options=options, clock=clock)
        assert report.not_done is None
        return {item.name for item in report.findings}

    numbers = itertools.count()
    assert found() == {"record-lost"}
    with monkeypatch.context() as lying:
        lying.setattr(api.completeness, "of_device", lambda *_: account_of({(0, 18)}))
        assert found() == {"record-lost", "api-disagrees"}
        lying.setattr(api.completeness, "of_device", lambda *_: account_of({(2 * at, 2 * at) for at in range(5, 10)}))
        assert found() == {"record-lost", "api-disagrees"}, "the newest ranges are right, their number is not"


def account_of(received: set[tuple[int, int]]) -> Account:
    """The account of a key whose numbers were all received."""
    return make_account(Facts(received=Ranges(sorted(received))))


@pytest.mark.parametrize("seed", range(5))
def test_islands_of_the_database_are_the_numbers(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    numbers = chance.sample(range(300), chance.randrange(1, 300))
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 5000)]))
    rows = [
        {"kid": b"other-id", "seq": seq, "content_digest": bytes(32), "log_index": 4, "batch_index": 0, "encoded": b""}
        for seq in numbers
    ]
    with scene.backend.database.write() as connection:
        connection.execute(insert(records), rows)
        found = completeness.of_device(connection, b"other-id")
    assert [number for first, last in found.received for number in range(first, last + 1)] == sorted(numbers)
    assert found.lost.count == max(numbers) + 1 - len(numbers)


def test_account_of_a_device_reads_no_records_one_by_one(scene: Scene) -> None:
    """The ranges are found by the database, in an index that has only what they are made of."""
    asked: list[tuple[str, object]] = []
    engine = scene.backend.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with scene.backend.database.read() as connection:
        completeness.of_device(connection, scene.device.kid)
        plans = [
            row[3]
            for statement, parameters in list(asked)
            if "FROM records" in statement
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        ]
    touched = [step for step in plans if "records" in step]
    assert touched
    assert all("COVERING INDEX" in step for step in touched), plans
