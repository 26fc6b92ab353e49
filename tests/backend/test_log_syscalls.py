"""Every storage system call of a process that appends and publishes may fail, one at a time; nothing is lost.

The calls are those of a clean trace. A run in which one of them fails shows just that failure in strace's own log; then
a new process goes on, and the whole log is checked from outside. Every tenth call, or all with CIVICROOT_SOAK=1.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.backend.engines import DirectoryEngine
from tests.backend.faults.tracer import Run, Tracer
from tests.backend.log_machine import running
from tests.support.system_calls import FULL_DISK, Fault

EVERY = 1 if os.environ.get("CIVICROOT_SOAK") else 10
BEFORE = [b"before-%d" % index for index in range(254)]  # so that the first group fills a tile
ENTRIES = [b"entry-%d" % index for index in range(9)]
# What the storage cannot do without: if one of these is not in the clean trace, the trace is not of the storage.
EXPECTED = {"openat", "write", "pwrite64", "pread64", "fsync", "fdatasync", "link", "rename", "unlink", "mkdir"}


def test_any_storage_call_may_fail_and_nothing_is_lost(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    with running(origin, DirectoryEngine(origin / "public")) as machine:
        machine.commit(*BEFORE)
        machine.log().advance()
    with Tracer(tmp_path) as tracer:
        clean = tracer.run(_copy(origin, tmp_path / "clean"), ENTRIES)
        _check(tmp_path / "clean", clean, None)
        assert (clean.status, clean.injected, clean.failure) == (0, 0, None)
        assert len(clean.logged) == len(ENTRIES)
        faults = _faults(clean, tmp_path / "clean")
        assert {fault.call for fault in faults} >= EXPECTED
        tried, failed = faults[::EVERY], 0
        for number, fault in enumerate(tried):
            folder = _copy(origin, tmp_path / f"run-{number}")
            run = tracer.run(folder, ENTRIES, fault)
            _check(folder, run, fault)
            failed += run.failure is not None
            shutil.rmtree(folder)
    print(f"{len(tried)} of {len(faults)} calls failed, {failed} of them ended the process")
    assert failed > len(tried) // 2


def _faults(clean: Run, folder: Path) -> list[Fault]:
    """One for every call on the log's files, and a second for those that need space; spread over the kinds."""
    mine = [(call, nth) for call, nth, line in clean.calls if str(folder) in line]
    found = [Fault(call, nth, "EIO") for call, nth in mine]
    found += [Fault(call, nth, "ENOSPC") for call, nth in mine if call in FULL_DISK]
    return sorted(found)


def _check(folder: Path, run: Run, fault: Fault | None) -> None:
    """The run ended as it should; a new process finds every entry that was acknowledged, once, in order."""
    assert run.injected == (fault is not None), fault
    assert run.status == (0 if run.failure is None else 1), (fault, run)
    with running(folder, DirectoryEngine(folder / "public")) as machine:
        for entry in ENTRIES:  # whoever had no answer asks again
            machine.commit(entry)
        log = machine.log()
        while log.advance() is not None:
            pass
        assert machine.check() == BEFORE + ENTRIES, fault
        assert machine.outside().check(run.notes) == BEFORE + ENTRIES, fault
        for index, entry in run.logged.items():
            assert (BEFORE + ENTRIES)[index] == entry, fault


def _copy(origin: Path, folder: Path) -> Path:
    shutil.copytree(origin, folder)
    return folder


def test_a_fault_that_was_not_injected_is_noticed(tmp_path: Path) -> None:
    """The proof that a call failed is strace's, not ours: a fault beyond the last call leaves no trace."""
    never = Fault("rename", 9999, "EIO")
    with Tracer(tmp_path) as tracer:
        (tmp_path / "city").mkdir()
        run = tracer.run(tmp_path / "city", ENTRIES, never)
    assert run.failure is None
    assert run.injected == 0
    with pytest.raises(AssertionError, match="rename"):
        _check(tmp_path / "city", run, never)
