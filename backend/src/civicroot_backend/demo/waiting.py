"""Waiting until a server that was started answers."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from .processes import Child
from .settings import DemoError

START_SECONDS = 60.0  # for one server to answer; each takes a second or two on an idle machine
POLL_SECONDS = 0.1
LOCALHOST = "127.0.0.1"


def wait(child: Child, ready: Callable[[], bool]) -> None:
    """Until `ready` says so. Raises DemoError, with the end of its log, if it ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if not child.running or time.monotonic() > deadline:
            raise DemoError(f"the {child.name} did not start; its log is {child.log}:\n{_tail(child.log)}")
        time.sleep(POLL_SECONDS)


def accepts(port: int) -> bool:
    """Whether somebody listens at a TCP port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOCALHOST, port)) == 0


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
