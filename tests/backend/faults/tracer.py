"""Running the worker under strace, with at most one of its storage system calls made to fail.

strace attaches when the worker has imported everything, so what it counts is storage. A fault is (call, n, errno): the
n-th of those calls since then returns the error without being done.
"""

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

# What a store on disk may use. A kernel or library may prefer one of a family; the clean trace shows which occur.
CALLS = (
    "openat", "read", "pread64", "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range",
    "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate",
    "fallocate", "flock",
)  # fmt: skip
WAIT_SECONDS = 60.0
_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


class Fault(NamedTuple):
    """The `nth` call named `call` since the start fails with `errno`."""

    call: str
    nth: int
    errno: str


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
        strace = self._attach(pid, fault)
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
        self._read_log(found)
        return found

    def _attach(self, pid: str, fault: Fault | None) -> "subprocess.Popen[str]":
        command = ["strace", "-y", "-p", pid, "-o", str(self._log), "-f", "-e", "trace=" + ",".join(CALLS)]
        if fault is not None:
            command += ["-e", f"inject={fault.call}:error={fault.errno}:when={fault.nth}"]
        strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert strace.stderr is not None
        said = strace.stderr.readline()
        assert "attached" in said, f"strace cannot trace: {said}"
        return strace

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

    def _read_log(self, found: Run) -> None:
        counted: Counter[str] = Counter()
        for line in self._log.read_text().splitlines():
            found.injected += "(INJECTED)" in line
            if (match := _CALL.match(line)) is not None:
                counted[match[1]] += 1
                found.calls.append((match[1], counted[match[1]], match[2]))
