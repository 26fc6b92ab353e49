"""A log that forks is refused, and both signed heads are kept and shown."""

import html
import json
from pathlib import Path

import pytest

from tests.conformance import independent_merkle as merkle
from tests.conformance import independent_note as note
from tests.witness.conftest import ORIGIN, Made
from tests.witness.independent_client import Log, cosignature, post, request
from tests.witness.processes import WitnessProcess, status


def notes(folder: Path, number: int) -> list[note.Note]:
    """The two signed heads in evidence files."""
    kept = folder / "evidence" / f"{number:04d}"
    return [note.parse((kept / name).read_bytes()) for name in ("cosigned.note", "refused.note")]


def test_a_fork_at_one_size_is_proved(made: Made, running: WitnessProcess) -> None:
    fork = made.fork(10)
    post(running.url, made.log.request(0, 20))
    assert post(running.url, fork.request(20, 20)).status == 409
    # Shown by status, by the metric, on the page, and in files: two heads, one size, both signed by the log's key.
    (shown,) = status(made.folder)["evidence"]
    assert (shown["kind"], shown["cosigned_size"], shown["refused_size"]) == ("fork", 20, 20)
    assert shown["cosigned"] == made.log.checkpoint(20) and shown["refused"] == fork.checkpoint(20)
    assert running.metric(f'evidence{{kind="fork",origin="{ORIGIN}"}}') == 1
    page = html.unescape(running.get("/"))
    assert made.log.checkpoint(20) in page and fork.checkpoint(20) in page
    key = note.verifier_key(made.log.vkey)
    heads = [note.verify_by_log(found, key) for found in notes(made.folder, 1)]
    assert heads[0].size == heads[1].size == 20 and heads[0].root != heads[1].root
    assert any("two trees of one size" in line for line in _said(running))


def _said(process: WitnessProcess) -> list[str]:
    assert process.stop() == 0
    return process.said


def test_a_fork_at_a_size_that_was_passed_is_proved(made: Made, running: WitnessProcess) -> None:
    """The forked log starts from what it knows, which is older than what the witness cosigned since."""
    fork = made.fork(10)
    for old, size in ((0, 20), (20, 30)):
        post(running.url, made.log.request(old, size))
    assert post(running.url, fork.request(0, 20)).size == 30
    (shown,) = status(made.folder)["evidence"]
    assert (shown["kind"], shown["refused"]) == ("fork", fork.checkpoint(20))
    assert shown["cosigned"] == made.log.checkpoint(20)


def test_a_history_that_does_not_go_together_is_kept_with_its_proof(made: Made, running: WitnessProcess) -> None:
    """The forked log is ahead: both heads and the proof show that the second did not grow from the first."""
    fork = made.fork(10)
    post(running.url, made.log.request(0, 13))
    assert post(running.url, fork.request(13, 30)).status == 422
    (shown,) = status(made.folder)["evidence"]
    assert shown["kind"] == "unproved"
    assert running.metric(f'evidence{{kind="unproved",origin="{ORIGIN}"}}') == 1
    about = json.loads((made.folder / "evidence/0001/about.json").read_text())
    proof = [note.unbase64(line) for line in about["proof"]]
    # The proof is true of another tree of 13 entries: the log signed 30 entries that begin otherwise.
    merkle.verify_consistency(13, 30, proof, fork.root(13), fork.root(30))
    key = note.verifier_key(made.log.vkey)
    assert [note.verify_by_log(found, key).size for found in notes(made.folder, 1)] == [13, 30]


def test_a_wrong_proof_of_an_honest_checkpoint_is_forgiven(made: Made, running: WitnessProcess) -> None:
    """Anybody can send one: what was unproved is dropped when it is proved."""
    post(running.url, made.log.request(0, 13))
    assert post(running.url, request(13, [], made.log.checkpoint(30))).status == 422
    assert [item["kind"] for item in status(made.folder)["evidence"]] == ["unproved"]
    cosignature(post(running.url, made.log.request(13, 30)), made.log.checkpoint(30), made.vkey)
    assert status(made.folder)["evidence"] == []


@pytest.mark.parametrize("kind", ["stranger", "rollback", "old size"])
def test_what_proves_nothing_is_not_kept(made: Made, running: WitnessProcess, kind: str) -> None:
    post(running.url, made.log.request(0, 20))
    asked = {
        "stranger": Log(ORIGIN, [b"x"] * 30, bytes([1]) * 32).request(20, 20),
        "rollback": made.log.request(0, 10),
        "old size": made.log.request(0, 20),
    }[kind]
    assert post(running.url, asked).status in (403, 409)
    assert status(made.folder)["evidence"] == []


def test_evidence_is_bounded_and_kept_once(made: Made) -> None:
    log = made.log
    with WitnessProcess(made.folder) as process:
        post(process.url, log.request(0, 2))
        for number in range(40):
            fork = Log(ORIGIN, [b"%d" % number] * 3)
            for client in (2 * number, 2 * number + 1):
                assert (
                    post(process.url, request(2, [], fork.checkpoint(3)), source=f"127.0.2.{client + 1}").status == 422
                )
    kept = status(made.folder)["evidence"]
    assert len(kept) == 32
    assert len({item["refused"] for item in kept}) == 32


def test_lost_evidence_files_are_written_again(made: Made) -> None:
    with WitnessProcess(made.folder) as process:
        post(process.url, made.log.request(0, 20))
        post(process.url, made.fork(10).request(20, 20))
    for path in (made.folder / "evidence/0001").iterdir():
        path.unlink()
    (made.folder / "evidence/0001").rmdir()
    with WitnessProcess(made.folder):
        assert len(notes(made.folder, 1)) == 2
