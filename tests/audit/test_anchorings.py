"""What audits say of witnesses, beacons and anchors: to people, in JSON and on the page; and of lists that lie."""

import json
import sqlite3
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.main import main
from civicroot_wire import cosignature, note, sodium

from tests.audit.anchoring import BITCOIN, MINED_AT, Authority, bitcoin
from tests.audit.copies import Copy
from tests.audit.plants import told, two_of_three
from tests.audit.running import Ran, run_audit
from tests.audit.servers import send, server
from tests.backend.city import NOW


def check_of(found: Ran, name: str) -> dict[str, str]:
    (check,) = [check for check in found.report["checks"] if check["name"] == name]
    return {key: check[key] for key in ("status", "says")}


def command(copy: Copy, state: Path, *options: str) -> list[str]:
    return ["audit", str(copy.public), "--policy", str(copy.policy_file), "--state", str(state), *options]


def test_the_reports_say_who_vouches_for_the_city(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamps = Authority(tmp_path / "tsa")
    copy.let_in(anchors=[BITCOIN, stamps.item])
    two_of_three(copy)
    assert run_audit(copy, tmp_path / "state", capsys).code == 0
    known = copy.keep_beacon()
    copy.witnesses = copy.witnesses[:2]
    told(copy, known)
    copy.append(copy.batch([copy.reading(seq=7, beacon=b"\x66" * 8)], seq=8, closed=NOW + 60))
    size = len(copy.entries)
    copy.keep_anchor("bitcoin", 5, bitcoin(copy.tree(5), MINED_AT - 9))
    copy.keep_anchor("bitcoin", size, bitcoin(copy.tree()))
    copy.keep_anchor("stamps", size, stamps.stamp(copy.tree()))
    page = tmp_path / "report.html"
    found = run_audit(copy, tmp_path / "state", capsys, "--html", str(page))
    assert found.code == 0, found.report["findings"]
    said = found.report["witnesses"]
    names = [f"witness{number}.example" for number in range(3)]
    assert said["known"] == names
    assert said["cosigned"] == [{"name": name, "time": NOW + 3600} for name in names[:2]]
    # Seen: the first, what records repeat (the same note), and the newest.
    assert (said["quorum"], said["checkpoints_seen"], said["checkpoints_with_quorum"]) == (2, 2, 2)
    assert found.report["beacons"] == {"records": 2, "unknown": 1, "unknown_beacons": 1}
    assert "1 of them one that nobody knows: no lower bound" in check_of(found, "beacons")["says"]
    unknown = found.finding("beacon-unknown")
    assert (unknown["severity"], unknown["about"]) == ("notice", "beacon " + "66" * 8)
    of = {item["name"]: item for item in found.report["anchors"]}
    assert (of["bitcoin"]["kind"], of["bitcoin"]["count"], of["bitcoin"]["size"], of["bitcoin"]["time"]) == (
        "opentimestamps", 2, size, MINED_AT,
    )  # fmt: skip
    assert (of["stamps"]["kind"], of["stamps"]["count"], of["stamps"]["checked"]) == ("rfc3161", 1, 1)
    assert check_of(found, "anchors") == {"status": "held", "says": "3 listed, 3 hold"}
    html = page.read_text()
    assert "Who vouches for it from outside" in html
    assert "witness2.example" in html
    assert "did not cosign this checkpoint" in html
    assert "opentimestamps anchor" in html
    assert "2 of 2 checkpoints that were ever seen have that quorum" in html
    assert main(command(copy, tmp_path / "state")) == 0
    text = capsys.readouterr().out
    assert "2 of 3 cosigned (witness0.example, witness1.example), 2 are needed; of 2 checkpoints" in text
    assert f"newest of opentimestamps anchor bitcoin: {size} entries, 2023-11-15" in text
    assert "newest of rfc3161 anchor stamps: " in text


def test_an_unknown_beacon_that_is_kept_after_all_is_put_right(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_of_three(copy)
    known = copy.keep_beacon()
    kept = copy.kept_beacon(known).read_bytes()
    copy.kept_beacon(known).unlink()
    told(copy, known)
    assert "beacon-unknown" in run_audit(copy, tmp_path / "state", capsys).names("notice")
    copy.kept_beacon(known).write_bytes(kept)
    found = run_audit(copy, tmp_path / "state", capsys)
    assert "beacon-unknown" not in found.names("notice")
    assert found.report["beacons"] == {"records": 1, "unknown": 0, "unknown_beacons": 0}


def test_without_witnesses_beacons_bound_nothing(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(copy, b"\x66" * 8)
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("notice") == {"stale"}
    assert check_of(found, "beacons")["status"] == "not checked"


def test_a_fork_is_shown_by_two_heads_with_their_witnesses(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_of_three(copy)
    run_audit(copy, tmp_path / "state", capsys)
    copy.sign_again([*copy.entries[:-1], copy.real.city.status_list([4], NOW + 9)])
    found = run_audit(copy, tmp_path / "state", capsys)
    fork = found.finding("fork")
    roots = set()
    for name in fork["evidence"][:2]:
        signed = note.parse((tmp_path / "state/evidence" / name).read_bytes())
        lines = {line.name for line in signed.lines}
        assert lines == {"test.example/log", "witness0.example", "witness1.example", "witness2.example"}
        for key, _ in copy.witnesses:
            (line,) = [line for line in signed.lines if line.is_by(key)]
            cosignature.verify(signed.body, line, key, sodium.verify)
        roots.add(signed.body)
    assert len(roots) == 2
    forked = [item["about"] for item in found.report["findings"] if item["name"] == "witness-forked"]
    assert sorted(forked) == [f"witness witness{number}.example" for number in range(3)]


def test_no_anchor_at_all_is_late(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy.let_in(anchors=[BITCOIN, {**BITCOIN, "name": "retired", "last": 2}])
    found = run_audit(copy, tmp_path / "state", capsys)
    late = found.finding("anchor-late")  # the retired one has nothing more to say
    assert (late["severity"], late["about"]) == ("notice", "anchor bitcoin")
    assert "nothing of this log is anchored there" in late["detail"]
    assert check_of(found, "anchors") == {"status": "not checked", "says": "0 listed, 0 hold"}
    assert run_audit(copy, tmp_path / "state", capsys, "--anchor-after", "0").names("notice") == {"stale"}
    copy.keep_anchor("bitcoin", len(copy.entries), bitcoin(copy.tree()))
    assert run_audit(copy, tmp_path / "state", capsys).names("notice") == {"stale"}, "nothing is there to anchor"


def test_what_holds_is_not_verified_twice_and_what_is_damaged_is_found_once(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.let_in(anchors=[BITCOIN])
    copy.keep_anchor("bitcoin", 5, bitcoin(copy.tree(5)))
    assert run_audit(copy, tmp_path / "state", capsys).code == 0
    copy.keep_anchor("bitcoin", 5, b"gone")
    assert run_audit(copy, tmp_path / "state", capsys).code == 0, "this auditor has seen that it holds"
    assert run_audit(copy, tmp_path / "other", capsys).names("alarm") == {"anchor-wrong"}


# Over HTTP

Api = Callable[[str], bytes | None]


def serving(copy: Copy, api: Api) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        path, _, query = handler.path.lstrip("/").partition("?")
        content = api(query) if path == "api/v1/anchors" else None
        if content is None and copy.path(path).is_file():
            content = copy.path(path).read_bytes()
        send(handler, content or b"", 200 if content is not None else 404)

    return answer


def page(*sizes: int, cursor: object = None, **more: object) -> bytes:
    listed: list[dict[str, Any]] = [{"name": "bitcoin", "size": size, "state": "confirmed", **more} for size in sizes]
    return json.dumps({"anchors": listed, "next": cursor}).encode()


def audit_served(copy: Copy, api: Api, state: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    with server(serving(copy, api)) as url:
        return run_audit(copy, state, capsys, url=url)


def test_every_page_of_the_list_is_read(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy.let_in(anchors=[BITCOIN])
    for size in (4, 5, 6):
        copy.keep_anchor("bitcoin", size, bitcoin(copy.tree(size)))
    pages = {"": page(6, cursor="abc"), "abc": page(5, cursor="def"), "def": page(4)}

    def api(query: str) -> bytes:
        assert query.startswith("name=bitcoin&state=confirmed&limit=200")
        return pages[query.partition("&cursor=")[2]]

    found = audit_served(copy, api, tmp_path / "state", capsys)
    assert check_of(found, "anchors") == {"status": "held", "says": "3 listed, 3 hold"}


def test_an_anchor_that_is_listed_and_not_served_is_an_alarm(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.let_in(anchors=[BITCOIN])
    listed = page(5, len(copy.entries) + 9)  # the second will be looked at when the log has grown
    found = audit_served(copy, lambda _: listed, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-missing"}
    assert check_of(found, "anchors")["status"] == "failed"
    copy.keep_anchor("bitcoin", 5, bitcoin(copy.tree(5)))
    assert audit_served(copy, lambda _: listed, tmp_path / "state", capsys).names("alarm") == set(), "put right"


def test_a_mirror_without_the_api_lists_none(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy.let_in(anchors=[BITCOIN])
    found = audit_served(copy, lambda _: None, tmp_path / "state", capsys)
    assert found.code == 0
    says = check_of(found, "anchors")
    assert says["status"] == "not checked"
    assert "a mirror without the API has none" in says["says"]


@pytest.mark.parametrize(
    "answer",
    [
        b"[",
        b"[]",
        b"[" * 9999,
        b"{}",
        b'{"anchors": 5, "next": null}',
        page(5, cursor="a/../b"),
        page(5, cursor=[1]),
        b'{"anchors": [{"name": "bitcoin", "size": "x", "state": "confirmed"}], "next": null}',
    ],
)
def test_a_list_of_rubbish_is_no_crash(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    copy.let_in(anchors=[BITCOIN])
    found = audit_served(copy, lambda _: answer, tmp_path / "state", capsys)
    assert found.code == 0
    assert check_of(found, "anchors")["status"] == "not checked"


def test_sizes_that_no_tree_has_and_names_of_strangers_are_passed_over(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.let_in(anchors=[BITCOIN])
    listed = json.loads(page(0, -5, 1 << 70))
    listed["anchors"].append({"name": "../../policy", "size": 5, "state": "confirmed"})
    listed["anchors"].append({"name": "bitcoin", "size": 5, "state": "pending"})
    found = audit_served(copy, lambda _: json.dumps(listed).encode(), tmp_path / "state", capsys)
    assert (found.code, found.names("alarm")) == (0, set())


def test_a_memory_of_before_goes_on(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A state folder from before witnesses and anchors has no tables for them: they are added."""
    state = tmp_path / "state"
    assert run_audit(copy, state, capsys).code == 0
    with sqlite3.connect(state / "audit.db") as database:
        for table in ("cosigned_heads", "beacons", "anchors", "contract_events"):
            database.execute(f"DROP TABLE {table}")
    database.close()
    copy.append(copy.batch([copy.reading()]))
    assert run_audit(copy, state, capsys).code == 0
