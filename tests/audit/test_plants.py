"""`civicroot audit` against copies of a real city's data: it finds each manipulation and names it, and nothing else."""

from pathlib import Path

import pytest
from civicroot_audit.findings import CATALOGUE

from tests.audit.copies import Copy
from tests.audit.plants import PLANTS, Plant, prune
from tests.audit.running import run_audit

NOTICES = {"stale"}  # the city's clock stood still in 2023


def test_a_sound_city_has_no_findings(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for state in ("first", "first", "again"):
        found = run_audit(copy, tmp_path / state, capsys)
        assert found.code == 0
        assert found.names("alarm") == set()
        assert found.names("notice") == NOTICES


def test_laying_the_log_out_anew_is_no_manipulation(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_audit(copy, tmp_path / "state", capsys)
    copy.sign_again(copy.entries)
    assert run_audit(copy, tmp_path / "state", capsys).code == 0
    copy.let_witnesses_in(3, 2)
    assert run_audit(copy, tmp_path / "other", capsys).code == 0


def test_an_honest_pruning_is_no_manipulation(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_audit(copy, tmp_path / "saw it", capsys)
    prune(copy)
    for state in ("saw it", "came later"):
        found = run_audit(copy, tmp_path / state, capsys)
        assert found.code == 0, found.report["findings"]
        assert found.names("notice") == NOTICES
    (bin_1,) = [key for key in found.report["keys"] if key["subject"] == "bin/1"]
    assert bin_1["counts"]["pruned"] == bin_1["highest"] + 1
    assert bin_1["counts"]["received"] == 0


@pytest.mark.parametrize("planted", PLANTS, ids=str)
def test_each_manipulation_is_found_and_named(
    planted: Plant, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    if planted.before is not None:
        planted.before(copy)
        assert run_audit(copy, tmp_path / "before", capsys).code == 0, "it was sound"
    if planted.seen:
        assert run_audit(copy, state, capsys).code == 0
    planted.do(copy)
    found = run_audit(copy, state, capsys)
    assert found.names("alarm") == planted.finds, found.report["findings"]
    assert found.code == 1
    # It is said again until somebody acknowledges it.
    again = run_audit(copy, state, capsys)
    assert planted.finds <= again.names("alarm")
    for item in again.report["findings"]:
        for name in item["evidence"]:
            assert (state / "evidence" / name).is_file()
    seen = [argument for item in again.report["findings"] for argument in ("--acknowledge", item["fingerprint"])]
    assert run_audit(copy, state, capsys, *seen).names("alarm") == set()


def test_there_is_a_plant_for_every_alarm() -> None:
    """Those that need more than a folder are planted elsewhere."""
    elsewhere = {
        "anchor-ahead": "test_contract: needs a chain",
        "anchor-fork": "test_contract: needs a chain",
        "anchor-missing": "test_anchorings: needs a list of anchors",
        "api-disagrees": "test_served",
        "kid-taken": "test_judges: two keys under one kid are 2⁶⁴ work",
        "more": "test_judges",
        "record-too-early": "test_judges: needs a fork between two audits",
    }
    planted = set().union(*(item.finds for item in PLANTS))
    alarms = {name for name, kind in CATALOGUE.items() if kind.severity == "alarm"}
    assert alarms - planted == set(elsewhere)
    assert len(PLANTS) >= 20
