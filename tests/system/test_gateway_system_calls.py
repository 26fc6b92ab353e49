"""Every system call on the gateway's files may fail, one at a time; nothing is lost or there twice.

The calls are those of a clean trace of a life that begins with a spool that holds something, takes in more, delivers
all and ends cleanly. Each run starts from that spool again and lets one call fail, which strace's own log proves. Then
the gateway goes on by itself, or is killed at once and started again; if it ended by itself it is started again, as
systemd would. Every tenth call in `make test`, all in `make soak`.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.support.brokers import MosquittoBroker
from tests.support.system_calls import FULL_DISK, Call, Fault
from tests.system.gateway_faults.stage import Stage, alone
from tests.system.gateway_faults.world import SOAK, World

pytestmark = [pytest.mark.system, pytest.mark.timeout(14400 if SOAK else 300)]

EVERY = 1 if SOAK else 10
TRIES = 3  # of a run whose call did not come
INTERRUPTIBLE = (
    "openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "flock",
)  # fmt: skip
# What the spool cannot do without: if one of these is not in the clean trace, the trace is not of the spool.
EXPECTED = {"openat", "pread64", "pwrite64", "fdatasync"}


def test_any_system_call_may_fail_and_nothing_is_lost(tmp_path: Path) -> None:
    with (
        MosquittoBroker(tmp_path) as broker,
        World(tmp_path / "gateway", broker, devices=2, chunk=1, window=1, max_records=2, max_age=0.1) as world,
    ):
        stage = Stage(world, broker, tmp_path)
        paths = stage.paths(stage.run(None, []).calls)
        clean = stage.run(None, paths)
        assert (clean.injected, clean.ended_by_itself) == (0, False)
        faults = _faults(alone(clean.calls), clean.calls[: clean.before_end])
        assert {fault.call for fault, _ in faults} >= EXPECTED
        tried, ended = faults[::EVERY], Counter[str]()
        for number, (fault, at_end) in enumerate(tried):
            ended[fault.errno] += _run(stage, paths, fault, at_end, kill=number % 2 == 1)
    print(f"{len(tried)} of {len(faults)} calls on {len(paths)} paths failed; {dict(ended)} of them ended the process")


def _faults(calls: list[Call], before_end: list[Call]) -> list[tuple[Fault, bool]]:
    """One for each call and error that it may have, and whether it belongs to the end; spread over the kinds."""
    counted = Counter(call.name for call in before_end)
    found = []
    for errno, names in (("EIO", None), ("ENOSPC", FULL_DISK), ("EINTR", INTERRUPTIBLE)):
        chosen = [call for call in calls if names is None or call.name in names]
        found += [(Fault(call.name, call.nth, errno), call.nth > counted[call.name]) for call in chosen]
    return sorted(found)


def _run(stage: Stage, paths: list[Path], fault: Fault, at_end: bool, kill: bool, tries: int = TRIES) -> bool:
    """Whether the gateway ended by itself; fails unless exactly this one call failed."""
    for _ in range(tries):
        try:
            run = stage.run(fault, paths, at_end, kill and not at_end)
        except AssertionError as error:
            raise AssertionError(f"{fault} (at the end: {at_end}, killed: {kill}): {error}") from error
        if run.injected:
            break
    assert run.injected == 1, (fault, run.injected)
    return run.ended_by_itself


def test_a_fault_that_was_not_injected_is_noticed(tmp_path: Path) -> None:
    """The proof that a call failed is strace's, not ours: a fault beyond the last call leaves no trace."""
    with (
        MosquittoBroker(tmp_path) as broker,
        World(tmp_path / "gateway", broker, devices=1, max_age=0.1) as world,
    ):
        stage = Stage(world, broker, tmp_path)
        with pytest.raises(AssertionError, match="9999"):
            _run(stage, [], Fault("rename", 9999, "EIO"), at_end=True, kill=False, tries=1)
