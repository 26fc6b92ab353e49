"""Child processes that never outlive the demo: started in order, stopped in reverse, each with its own log file."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_SECONDS = 10.0  # how long a process may take to finish what it has begun before it is killed
# coreutils: a process hears SIGINT, by which it is stopped, though its parent was started with it ignored; util-linux:
# the kernel kills it when the demo itself dies, so that nothing is left behind (prctl(2)).
_BOUND = ("env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", "--")


@dataclass(kw_only=True)
class Child:
    """One supervised process and how to start it again."""

    name: str
    arguments: list[str]
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    restarts: int = 0

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone: for fault tests."""
        self.process.kill()
        self.process.wait()


class Processes:
    """Context manager that owns child processes."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """Start a process whose output goes to `<logs>/<name>.log`."""
        child = Child(
            name=name,
            arguments=list(arguments),
            log=self._logs / f"{name}.log",
            environment={**os.environ, **(environment or {})},
            process=self._spawn(list(arguments), self._logs / f"{name}.log", {**os.environ, **(environment or {})}),
        )
        self.children.append(child)
        return child

    def restart(self, child: Child) -> None:
        """Start a process that has ended once more, as it was."""
        child.process = self._spawn(child.arguments, child.log, child.environment)
        child.restarts += 1

    def ended(self) -> list[Child]:
        """The children that are no longer running."""
        return [child for child in self.children if not child.running]

    def stop(self) -> None:
        """Stop all, last started first; those that do not stop in time are killed."""
        for wave in _waves(self.children):
            for child in wave:
                if child.running:
                    child.process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + STOP_SECONDS
            for child in wave:
                _wait_or_kill(child, deadline)
        self.children.clear()

    @staticmethod
    def _spawn(arguments: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*_BOUND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal reaches the demo alone, which stops all in order
            )


def _waves(children: list[Child]) -> list[list[Child]]:
    """Children in the order of stopping; neighbours of one kind (device-01, device-02 …) stop together."""
    waves: list[list[Child]] = []
    for child in reversed(children):
        kind = child.name.partition("-")[0]
        if waves and waves[-1][0].name.partition("-")[0] == kind:
            waves[-1].append(child)
        else:
            waves.append([child])
    return waves


def _wait_or_kill(child: Child, deadline: float) -> None:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        child.kill()
