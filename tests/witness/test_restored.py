"""An old copy of the database, which must never be restored: noticed as soon as anybody shows what was signed since."""

import shutil
from pathlib import Path

import pytest

from tests.witness.conftest import Made
from tests.witness.independent_client import Log, cosignature, post, request
from tests.witness.processes import WitnessProcess


@pytest.fixture
def since(made: Made, tmp_path: Path) -> str:
    """A cosigned checkpoint of 20 entries, and a database from when there were 10."""
    with WitnessProcess(made.folder) as process:
        post(process.url, made.log.request(0, 10))
        assert process.stop() == 0
        shutil.copy(made.folder / "witness.sqlite", tmp_path / "old.sqlite")
        process.start()
        answer = post(process.url, made.log.request(10, 20))
        cosignature(answer, made.log.checkpoint(20), made.vkey)
        assert process.stop() == 0
    shutil.copy(tmp_path / "old.sqlite", made.folder / "witness.sqlite")
    return made.log.checkpoint(20) + answer.body.decode()


def test_a_restored_witness_stops_for_ever(made: Made, since: str) -> None:
    with WitnessProcess(made.folder) as process:
        answer = post(process.url, request(10, made.log.proof(10, 20), since))
        assert answer.status == 503 and b"new key" in answer.body
        assert process.metric("memory_ok") == 0
        assert process.metric('requests_total{reason="forgotten",status="503"}') == 1
        assert "new key" in process.get("/")
        process.kill()
        process.start()
        # Not for this checkpoint, not for an honest one, not for any log.
        assert post(process.url, made.log.request(10, 20)).status == 503
        assert post(process.url, made.fork(10).request(10, 20)).status == 503


def test_its_own_cosignatures_that_it_knows_are_taken(made: Made, running: WitnessProcess) -> None:
    answer = post(running.url, made.log.request(0, 10))
    known = made.log.checkpoint(10) + answer.body.decode()
    cosignature(post(running.url, request(10, [], known)), made.log.checkpoint(10), made.vkey)
    assert running.metric("memory_ok") == 1


def test_nobody_else_can_stop_it(made: Made, running: WitnessProcess) -> None:
    """A line in its name that it did not sign is nothing."""
    answer = post(running.url, made.log.request(0, 10))
    other = Log(made.log.origin, [b"x"] * 20)
    for checkpoint in (made.log.checkpoint(20), other.checkpoint(20)):
        post(running.url, request(10, made.log.proof(10, 20), checkpoint + answer.body.decode()))
    assert running.metric("memory_ok") == 1
