"""The wire tests' MicroPython: one process that also finds `runtime` (tests/wire/runtime)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.micropython import MicroPython

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def _device_process() -> Iterator[list[MicroPython]]:
    processes = [MicroPython([HERE])]
    yield processes
    for process in processes:
        process.close()


@pytest.fixture
def device(_device_process: list[MicroPython]) -> MicroPython:
    """MicroPython with `runtime` importable; one that a test killed is replaced for the next."""
    if not _device_process[-1].alive:
        _device_process.append(MicroPython([HERE]))
    return _device_process[-1]
