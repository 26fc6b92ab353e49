"""Real witness processes: made, run and ended through the command line, or by a worker with a chosen clock or crash."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECONDS = 60.0  # for anything that should happen at once, on a busy machine
NAME = "university.example/w1"
_LISTENING = "listening on "
# The command line without its dispatcher's entry points: these tests need nothing installed but the sources.
MAIN = (
    "import sys; from civicroot_cli import main; from civicroot_witness.cli import add_commands;"
    "main.installed = lambda: [add_commands]; sys.exit(main.main(sys.argv[1:]))"
)


def witness(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run `civicroot witness` to its end."""
    command = [sys.executable, "-c", MAIN, "witness", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def init(folder: Path, name: str = NAME) -> str:
    """Make a witness; its verifier key."""
    made = witness("init", "--dir", folder, "--name", name)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("\n") == 1
    return made.stdout.removesuffix("\n")


def add_log(folder: Path, *vkeys: str) -> None:
    """Tell it of a log."""
    told = witness("add-log", "--dir", folder, *vkeys)
    assert told.returncode == 0, told.stderr


def status(folder: Path) -> dict[str, Any]:
    """What it says about itself."""
    said = witness("status", "--dir", folder, "--json")
    found: dict[str, Any] = json.loads(said.stdout)
    forked = any(item["kind"] == "fork" for item in found["evidence"])
    assert said.returncode == forked, said.stderr
    return found


class WitnessProcess:
    """A running witness; a context manager that leaves no process behind.

    With `settings` it is the worker's (tests/witness/worker.py), which takes another clock, other deadlines, or a place
    to be killed at.
    """

    def __init__(self, folder: Path, settings: dict[str, Any] | None = None, listen: str = "127.0.0.1:0") -> None:
        self._folder = folder
        self._settings = settings
        self._listen = listen
        self.url = ""
        self.said: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it says where it listens."""
        if self._settings is None:
            command = [sys.executable, "-c", MAIN, "witness", "run", "--dir", str(self._folder)]
            command += ["--listen", self._listen]
        else:
            command = [sys.executable, "-m", "tests.witness.worker", str(self._folder), json.dumps(self._settings)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            if line.startswith(_LISTENING):
                self.url = line.removeprefix(_LISTENING).strip()
                return
        raise AssertionError(f"the witness did not start: {''.join(self.said)}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.terminate()
        return self.wait()

    def wait(self) -> int:
        """The exit status, once it ends."""
        assert self._process is not None and self._process.stderr is not None
        status_code = self._process.wait(SECONDS)
        self.said += self._process.stderr.readlines()
        self._process.stderr.close()
        self._process = None
        return status_code

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def get(self, path: str) -> str:
        """A page of it."""
        with urllib.request.urlopen(self.url + path, timeout=SECONDS) as answer:
            found: bytes = answer.read()
        return found.decode()

    def metric(self, line: str) -> float:
        """The value of a metric with its labels; 0.0 if it is not there yet."""
        for row in self.get("/metrics").splitlines():
            name, _, value = row.rpartition(" ")
            if name == f"civicroot_witness_{line}":
                return float(value)
        return 0.0
