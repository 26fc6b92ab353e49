"""A server of somebody else's for tests: one process on a free port, stopped by its own handle."""

import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from tests.support.brokers import free_port

START_DEADLINE = 20.0  # seconds; those that are used start in 0.1 on an idle machine
STOP_DEADLINE = 10.0  # seconds for a clean end, which writes what is to be kept
START_ATTEMPTS = 3  # another process may take the free port between its choice and the server's bind
LOG_TAIL = 4000  # characters of the server's log shown when it fails


class ServerFailed(Exception):
    """The server ended, or did not answer before its deadline; the message holds the end of its log."""


class PortServer(ABC):
    """A context manager; starts on entry. Its store and its log `<name>.log` are in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._use(free_port())

    def __enter__(self) -> Self:
        for attempt in range(START_ATTEMPTS):
            try:
                self.start()
                return self
            except ServerFailed:
                self.kill()
                if attempt == START_ATTEMPTS - 1:
                    raise
                self._use(free_port())
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start on the same port and store, and return when it answers. Raises ServerFailed."""
        command = self._command()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder
            )
        until = time.monotonic() + START_DEADLINE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise ServerFailed(self._log.read_text(errors="replace")[-LOG_TAIL:])
            time.sleep(0.01)  # between two polls

    def stop(self) -> None:
        """End it cleanly, or after a deadline by SIGKILL."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @abstractmethod
    def _command(self) -> list[str]:
        """The program and its arguments. Raises if it is not installed: nothing is skipped."""

    @abstractmethod
    def _use(self, port: int) -> None:
        """Take another port."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it serves."""
