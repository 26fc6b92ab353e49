"""Debian's real VictoriaMetrics for tests, one process with its store in a folder.

    with Victoria(tmp_path) as server:
        open_telemetry(server.url)      # victoria+http://127.0.0.1:PORT
        server.kill()                   # SIGKILL
        server.start()                  # same port, same store

A missing binary fails the tests (VictoriaMissing); nothing is skipped.
"""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import httpx

from tests.support.brokers import HOST
from tests.support.port_server import START_DEADLINE, PortServer

DEDUPLICATION = "-dedup.minScrapeInterval=1ms"


class VictoriaMissing(Exception):
    """victoria-metrics is not installed. Tests fail on this; they never skip."""


class Victoria(PortServer):
    """A VictoriaMetrics process. Attributes: address, url (telemetry URL)."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._arguments = arguments or (DEDUPLICATION,)
        self._started = 0  # Unix second of the last start
        super().__init__(folder, "victoria")

    def _command(self) -> list[str]:
        self._wait_for_the_next_second()
        binary = shutil.which("victoria-metrics")
        if binary is None:
            raise VictoriaMissing("victoria-metrics is not installed; on Debian: apt-get install victoria-metrics")
        return [
            binary,
            f"-httpListenAddr={HOST}:{self._port}",
            f"-storageDataPath={self._folder / 'store'}",
            "-retentionPeriod=100y",  # tests use fixed times
            "-memory.allowedBytes=128MB",  # it would take 60 % of the machine
            *self._arguments,
        ]

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
