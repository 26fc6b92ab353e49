"""A real process, killed with SIGKILL by the authority that it asks, and started again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.anchor.town import Town
from tests.support.tsa import Answer

_LOOK = """
import sys
from pathlib import Path
from civicroot_backend import config
from civicroot_backend.service import Backend
backend = Backend(config.load(Path(sys.argv[1]), {}))
backend.anchor()
backend.stop()
"""
DEADLINE = 60.0


@pytest.mark.system
def test_killed_while_it_asks_it_asks_the_same_again(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.city.backend() as backend:
        size = town.grow(backend)
    child: list[subprocess.Popen[bytes]] = []

    def kill(_query: bytes) -> Answer:
        child[-1].kill()
        child[-1].wait()
        return Answer(b"")

    honest, town.server.answer = town.server.answer, kill
    command = [sys.executable, "-c", _LOOK, str(town.city.config_file)]
    with town.server:
        for _ in range(2):
            child.append(subprocess.Popen(command))
            assert child[-1].wait(DEADLINE) == -9
        town.server.answer = honest
        child.append(subprocess.Popen(command))
        assert child[-1].wait(DEADLINE) == 0
    assert len(town.server.queries) == 3
    assert len(set(town.server.queries)) == 1
    with town.city.backend() as town.backend:
        assert town.states() == [(size, "confirmed")]
