"""A wrong clock: the witness refuses, says so, and never signs a time before one that it signed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_witness.clock import BUILD_TIME

from tests.witness.conftest import Made
from tests.witness.independent_client import Answer, cosignature, post
from tests.witness.processes import WitnessProcess, status


@contextmanager
def at(made: Made, clock: Path, seconds: int) -> Iterator[WitnessProcess]:
    """A witness whose clock says so."""
    clock.write_text(str(seconds))
    with WitnessProcess(made.folder, {"clock": str(clock)}) as process:
        yield process


def _refused(answer: Answer, process: WitnessProcess) -> None:
    assert answer.status == 503 and b"clock" in answer.body
    assert int(answer.headers["retry-after"]) > 0
    assert process.metric("clock_ok") == 0
    assert process.metric('requests_total{reason="clock-wrong",status="503"}') >= 1
    assert "clock" in process.get("/")


def test_a_clock_that_is_not_set(made: Made, tmp_path: Path) -> None:
    """As on a machine without a battery, before it has asked the network."""
    clock = tmp_path / "clock"
    with at(made, clock, 1000) as process:
        _refused(post(process.url, made.log.request(0, 5)), process)
        clock.write_text(str(BUILD_TIME - 1))
        _refused(post(process.url, made.log.request(0, 5)), process)
        clock.write_text(str(BUILD_TIME))
        answer = post(process.url, made.log.request(0, 5))
        assert cosignature(answer, made.log.checkpoint(5), made.vkey) == BUILD_TIME
        assert process.metric("clock_ok") == 1


def test_a_clock_that_goes_back(made: Made, tmp_path: Path) -> None:
    clock, now = tmp_path / "clock", int(time.time())
    with at(made, clock, now) as process:
        assert cosignature(post(process.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey) == now
        clock.write_text(str(now - 1))
        # Neither a larger tree nor the same again, and nothing is remembered of the attempt.
        _refused(post(process.url, made.log.request(5, 9)), process)
        _refused(post(process.url, made.log.request(5, 5)), process)
        assert status(made.folder)["logs"][0]["newest"]["size"] == 5
        clock.write_text(str(now))
        assert cosignature(post(process.url, made.log.request(5, 9)), made.log.checkpoint(9), made.vkey) == now


def test_a_clock_that_went_back_while_it_was_off(made: Made, tmp_path: Path) -> None:
    """The newest time is remembered over a restart, for all logs together."""
    clock, now = tmp_path / "clock", int(time.time())
    with at(made, clock, now) as process:
        post(process.url, made.log.request(0, 5))
    with at(made, clock, now - 3600) as process:
        _refused(post(process.url, made.log.request(5, 9)), process)


def test_what_is_refused_otherwise_says_so_first(made: Made, tmp_path: Path) -> None:
    """A wrong clock hides no fork."""
    clock, now = tmp_path / "clock", int(time.time())
    with at(made, clock, now) as process:
        post(process.url, made.log.request(0, 20))
        clock.write_text("1000")
        assert post(process.url, made.fork(5).request(20, 20)).status == 409
    assert status(made.folder)["evidence"][0]["kind"] == "fork"
