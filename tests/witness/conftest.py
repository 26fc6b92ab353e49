"""A witness that knows a log, and its running process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_witness import config
from civicroot_witness.store import Store
from civicroot_witness.trusted import parse_log_key

from tests.witness.independent_client import Log
from tests.witness.processes import NAME, WitnessProcess

ORIGIN = "city.example/log"
LEAVES = [b"entry %d" % number for number in range(40)]


@dataclass(frozen=True)
class Made:
    """A witness's folder and key, and the log that it was told of."""

    folder: Path
    vkey: str
    log: Log

    def fork(self, after: int) -> Log:
        """Another history by the same key, which has the first `after` entries in common."""
        return Log(ORIGIN, [*LEAVES[:after], *(b"other %d" % number for number in range(after, len(LEAVES)))])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A new witness."""
    log = Log(ORIGIN, LEAVES)
    vkey = config.create(tmp_path / "w", NAME)
    with Store(tmp_path / "w") as store:
        store.add_keys([parse_log_key(log.vkey)], replace=False)
    return Made(tmp_path / "w", str(vkey), log)


@pytest.fixture
def running(made: Made) -> Iterator[WitnessProcess]:
    """Its process."""
    with WitnessProcess(made.folder) as process:
        yield process
