"""System calls of a process, seen and made to fail by strace.

A fault is (call, n, errno): the n-th of those calls returns the error without being done. strace counts for each thread
by itself, and with `paths` only calls on these files. That a call failed is strace's word, `(INJECTED)` in its log, not
ours.
"""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# What a store on disk may use. A kernel or library may prefer one of a family; the clean trace shows which occur.
CALLS = (
    "openat", "read", "pread64", "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range",
    "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate",
    "fallocate", "flock",
)  # fmt: skip
# Those that need space, or may: a full disk refuses them.
FULL_DISK = ("openat", "write", "pwrite64", "fsync", "fdatasync", "link", "rename", "mkdir", "ftruncate", "fallocate")
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")
_INJECTED = "(INJECTED)"
_LOG_DEADLINE = 20.0  # seconds for strace to write its last lines after the process is gone


class Fault(NamedTuple):
    """The `nth` call named `call` since the start fails with `errno`."""

    call: str
    nth: int
    errno: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the log: `nth` of its name in its thread, counted from 1; `rest` is the line after the bracket."""

    thread: int
    name: str
    nth: int
    rest: str


def options(log: Path, fault: Fault | None = None, paths: Iterable[Path] = ()) -> list[str]:
    """strace's command line, to be followed by a command or `-p PID`."""
    found = ["strace", "-f", "-y", "-q", "-o", str(log), "-e", "trace=" + ",".join(CALLS)]
    found += [word for path in paths for word in ("-P", str(path))]
    if fault is not None:
        found += ["-e", f"inject={fault.call}:error={fault.errno}:when={fault.nth}"]
    return found


def attach(pid: int | str, log: Path, fault: Fault | None = None) -> "subprocess.Popen[str]":
    """strace on a running process, from now on; the caller ends it and closes its stderr."""
    words = [word for word in options(log, fault) if word != "-q"]  # it is to say that it is attached
    strace = subprocess.Popen([*words, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    said = strace.stderr.readline()
    assert "attached" in said, f"strace cannot trace: {said}"
    return strace


def calls(log: Path) -> list[Call]:
    """Every call in a log, in order."""
    counted: Counter[tuple[str, str]] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if (match := _CALL.match(line)) is not None:
            thread, name, rest = match.groups()
            counted[thread, name] += 1
            found.append(Call(int(thread), name, counted[thread, name], rest))
    return found


def injected(log: Path) -> int:
    """How many calls strace says it made to fail."""
    return log.read_text(errors="replace").count(_INJECTED) if log.exists() else 0


def last_lines(log: Path, pid: int) -> None:
    """Return when strace has written that process `pid` is gone, so that its log is whole."""
    until = time.monotonic() + _LOG_DEADLINE
    while not re.search(rf"^{pid} +\+\+\+ ", log.read_text(errors="replace"), re.MULTILINE):
        assert time.monotonic() < until, f"strace wrote no end of {pid} into {log}"
        time.sleep(0.01)  # between two looks


def beside(log: Path, fault: Fault | None = None, paths: Iterable[Path] = ()) -> list[str]:
    """Words before a command that is to be traced by a grandchild, so that the command's process is the caller's."""
    return [*options(log, fault, paths), "-D", "--seccomp-bpf"]
