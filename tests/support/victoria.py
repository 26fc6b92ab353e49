"""Debian's real VictoriaMetrics for tests, one process with its store in a folder.

    with Victoria(tmp_path) as server:
        open_telemetry(server.url)      # victoria+http://127.0.0.1:PORT
        server.kill()                   # SIGKILL
        server.start()                  # same port, same store

A missing binary fails the tests (VictoriaMissing); nothing is skipped.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import httpx

from tests.support.brokers import HOST, free_port

START_DEADLINE = 20.0  # seconds; it starts in 0.1 on an idle machine
STOP_DEADLINE = 10.0  # seconds for a clean end, which flushes its store
START_ATTEMPTS = 3  # another process may take the free port between its choice and the server's bind
LOG_TAIL = 4000  # characters of the server's log shown when it fails
DEDUPLICATION = "-dedup.minScrapeInterval=1ms"


class VictoriaMissing(Exception):
    """victoria-metrics is not installed. Tests fail on this; they never skip."""


class VictoriaFailed(Exception):
    """The server ended or did not answer before its deadline; the message holds the end of its log."""


class Victoria:
    """A VictoriaMetrics process. A context manager; starts on entry. Attributes: address, url (telemetry URL)."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._log = folder / "victoria.log"
        self._arguments = arguments or (DEDUPLICATION,)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0  # Unix second of the last start
        self._use(free_port())

    def __enter__(self) -> Self:
        for attempt in range(START_ATTEMPTS):
            try:
                self.start()
                return self
            except VictoriaFailed:
                self.kill()
                if attempt == START_ATTEMPTS - 1:
                    raise
                self._use(free_port())
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start on the same port and store, and return when it answers. Raises VictoriaMissing or VictoriaFailed."""
        self._wait_for_the_next_second()
        binary = shutil.which("victoria-metrics")
        if binary is None:
            raise VictoriaMissing("victoria-metrics is not installed; on Debian: apt-get install victoria-metrics")
        command = [
            binary,
            f"-httpListenAddr={HOST}:{self._port}",
            f"-storageDataPath={self._folder / 'store'}",
            "-retentionPeriod=100y",  # tests use fixed times
            "-memory.allowedBytes=128MB",  # it would take 60 % of the machine
            *self._arguments,
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + START_DEADLINE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise VictoriaFailed(self._log.read_text(errors="replace")[-LOG_TAIL:])
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

    def samples(self, metric: str) -> list[dict[str, Any]]:
        """Every stored series of a metric, by the server's export interface (no code of the store)."""
        httpx.post(f"{self.address}/internal/force_flush").raise_for_status()
        answer = httpx.post(f"{self.address}/api/v1/export", data={"match[]": metric}).raise_for_status()
        return [json.loads(line) for line in answer.text.splitlines()]

    def _wait_for_the_next_second(self) -> None:
        """A run is told from the one before by the second of its start."""
        until = time.monotonic() + START_DEADLINE
        while int(time.time()) == self._started and time.monotonic() < until:
            time.sleep(0.01)  # between two looks at the clock
        self._started = int(time.time())

    def write(self, lines: str) -> None:
        """Write line protocol as any other client would, and make it readable."""
        httpx.post(f"{self.address}/api/v2/write?precision=ns", content=lines).raise_for_status()
        httpx.post(f"{self.address}/internal/force_flush").raise_for_status()

    def _use(self, port: int) -> None:
        self._port = port
        self.address = f"http://{HOST}:{port}"
        self.url = f"victoria+{self.address}"

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health", timeout=1.0).status_code == 200
        except httpx.TransportError:
            return False  # not yet; the caller polls until its deadline
