"""Fixtures for every area, and the count of public vectors at the end of a run (tests/support/shared.py)."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.micropython import MicroPython
from tests.support.shared import REQUIRED_FAMILIES, VectorTally, shared_dir

# Container images set this. Then every process that a test starts compiles thousands of modules anew: a start of the
# backend takes 3.6 s of a core in place of 1.6. What is compiled here lies in the environment, beside no source.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "pycache"))

# An example that takes long on a busy machine is no fault: every test has its own limit by the clock.
settings.register_profile("civicroot", deadline=None)
settings.load_profile("civicroot")

# What takes long begins first: a long file at the end would have one process work and the others wait.
_WEIGHTS = Path(__file__).with_name("weights.txt")

_TALLY = pytest.StashKey[VectorTally]()
_DUE = pytest.StashKey[set[str]]()  # families whose test modules run in full in this session
_PARTIAL = pytest.StashKey[set[str]]()  # families of which tests were deselected (-k, -m, --lf)
_INTERRUPTED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def _micropython_process() -> Iterator[list[MicroPython]]:
    processes = [MicroPython()]
    yield processes
    for process in processes:
        process.close()


@pytest.fixture
def micropython(_micropython_process: list[MicroPython]) -> MicroPython:
    """The session's MicroPython process; one that a test killed (deadline) is replaced for the next test."""
    if not _micropython_process[-1].alive:
        _micropython_process.append(MicroPython())
    return _micropython_process[-1]


@pytest.fixture(scope="session")
def vectors(pytestconfig: pytest.Config) -> VectorTally:
    """The public vectors, and the count of those that ran."""
    return pytestconfig.stash[_TALLY]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLY] = VectorTally(shared_dir())
    config.stash[_DUE] = set()
    config.stash[_PARTIAL] = set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    weights = _weights()
    items.sort(key=lambda item: -weights.get(item.nodeid.partition("::")[0], 0))


def _weights() -> dict[str, int]:
    """Seconds by file."""
    lines = [line.split() for line in _WEIGHTS.read_text().splitlines() if not line.startswith("#")]
    return {file: int(seconds) for seconds, file in lines}


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        item.config.stash[_PARTIAL] |= _families(item)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Families are due when their modules run whole, not where single tests were picked out."""
    config = session.config
    if any("::" in argument for argument in config.args):
        return
    due = {family for item in session.items for family in _families(item)}
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        due |= set(REQUIRED_FAMILIES)
    config.stash[_DUE] = due - config.stash[_PARTIAL]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.option.collectonly or session.shouldstop or session.shouldfail or exitstatus in _INTERRUPTED:
        session.config.stash[_DUE].clear()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # one of several processes that share the tests: the first one adds up
        output["vectors"] = dict(session.config.stash[_TALLY].counts)
        output["due"] = sorted(session.config.stash[_DUE])
    elif exitstatus == pytest.ExitCode.OK and _missing(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: Any, error: object) -> None:
    """A process that shared the tests has ended: add what it ran."""
    output = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config
    config.stash[_TALLY].counts.update(output.get("vectors", {}))
    config.stash[_DUE] |= set(output.get("due", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[_TALLY].lines(config.stash[_DUE]):
        terminalreporter.write_line(line, red=line.startswith("no vector"))


def _missing(config: pytest.Config) -> list[str]:
    return config.stash[_TALLY].missing(config.stash[_DUE])


def _families(item: pytest.Item) -> set[str]:
    return set(getattr(getattr(item, "module", None), "VECTOR_FAMILIES", ()))
