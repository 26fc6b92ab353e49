"""A device as it runs in the field: the real firmware in a real MicroPython process, with a folder for its flash."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tests.support.micropython import ROOT, micropython_binary

MAIN = ROOT / "firmware" / "main.py"
REALM = "test.example"
GATEWAY_KID = "0011223344556677"
DEADLINE = 20.0


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process that is started within begins with SIGINT blocked, so that it waits until the device looks for it.

    `env --block-signal=INT` does the same some milliseconds after the process has begun.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class DeviceProcess:
    """One device. `start` and `kill` may be called again and again: the flash stays. A context manager.

    Defaults: a bin that samples every 20 ms, has a heartbeat every 50 ms and is soon back at its broker on `port`. Its
    street begins when it is made, so that it is the same at every hour. `main` is the program; compiled firmware has
    another (tests/bench/compiled.py).
    """

    main = MAIN

    def __init__(self, folder: Path, port: int, **configuration: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "device.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._path = folder / "config.json"
        self.configuration: dict[str, Any] = {
            "realm": REALM,
            "gateway": GATEWAY_KID,
            "broker": {"host": "127.0.0.1", "port": port},
            "data": str(folder / "flash"),
            "kind": "bin",
            "interval_s": 0.05,
            "sample_s": 0.02,
            "answer_s": 0.5,
            "reconnect_s": 0.1,
            "seed": 7,
            "speed": 3600,
            "epoch": int(time.time()),
            **configuration,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Of the running device."""
        assert self._process is not None
        return self._process.pid

    def command(self, *arguments: str) -> dict[str, Any]:
        """What a command of the stopped device prints. Raises CalledProcessError."""
        done = subprocess.run(self._arguments(*arguments), capture_output=True, timeout=DEADLINE, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def start(self, *arguments: str) -> None:
        """Start it; what it prints is appended to `log`."""
        with self.log.open("ab") as log, _interrupts_blocked():
            self._process = subprocess.Popen(
                self._arguments(*arguments), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def interrupt(self) -> int:
        """SIGINT; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._end()

    def close_input(self) -> int:
        """Close its standard input; the exit status."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        return self._end()

    def wait(self) -> int:
        """The exit status of a process that ends by itself."""
        return self._end()

    def _end(self) -> int:
        assert self._process is not None and self._process.stdin is not None
        status = self._process.wait(DEADLINE)
        self._process.stdin.close()
        self._process = None
        return status

    def _arguments(self, *arguments: str) -> list[str | Path]:
        self._path.write_text(json.dumps(self.configuration))
        return [micropython_binary(), self.main, self._path, *arguments]
