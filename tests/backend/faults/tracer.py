"""Running the worker under strace, with at most one of its storage system calls made to fail.

strace attaches when the worker has imported everything, so what it counts is storage.
"""

import json
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import system_calls
from tests.support.system_calls import Fault

WAIT_SECONDS = 60.0


@dataclass
class Run:
    """What a worker said, and what strace saw."""

    logged: dict[int, bytes] = field(default_factory=dict)
    notes: list[bytes] = field(default_factory=list)
    failure: str | None = None
    status: int | None = None
    calls: list[tuple[str, int, str]] = field(default_factory=list)  # (call, which of its kind, the rest of the line)
    injected: int = 0


class Tracer:
    """A worker that can be run again and again; a context manager that leaves no process behind."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "strace.log"

    def __enter__(self) -> Self:
        mine, theirs = socket.socketpair()
        mine.settimeout(WAIT_SECONDS)
        command = [sys.executable, "-m", "tests.backend.faults.worker", str(theirs.fileno())]
        self._worker = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        self._link, self._lines = mine, mine.makefile("r")
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._link.close()
        self._worker.kill()
        self._worker.wait()

    def run(self, folder: Path, entries: list[bytes], fault: Fault | None = None) -> Run:
        """Append `entries` in `folder`, with the fault if one is given."""
        found = Run()
        self._say(" ".join([str(folder), *(entry.decode() for entry in entries)]))
        ready, pid = self._lines.readline().split()
        assert ready == "ready"
        strace = system_calls.attach(pid, self._log, fault)
        try:
            self._say("go")
            while self._hear(found):
                pass
            assert strace.wait(WAIT_SECONDS) == 0
        finally:
            strace.kill()
            strace.wait()
            if strace.stderr is not None:
                strace.stderr.close()
        found.calls = [(call.name, call.nth, call.rest) for call in system_calls.calls(self._log)]
        found.injected = system_calls.injected(self._log)
        return found

    def _say(self, line: str) -> None:
        self._link.sendall(line.encode() + b"\n")

    def _hear(self, found: Run) -> bool:
        """Take up a line; False after the last."""
        word, _, rest = self._lines.readline().rstrip("\n").partition(" ")
        if word == "logged":
            index, _, entry = rest.partition(" ")
            found.logged[int(index)] = entry.encode()
        elif word == "published":
            found.notes.append(json.loads(rest).encode())
        elif word == "failed":
            found.failure = rest
        elif word == "ended":
            found.status = int(rest)
        else:
            assert word == "done", f"the worker said {word!r}"
        return word != "ended"
