"""The real gateway process with what a fault needs: a command before it, an environment, a life that may end."""

import contextlib
import io
import json
import os
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from civicroot_cli import main

from tests.gateway.city import City
from tests.gateway.live import GatewayProcess


class Address(Protocol):
    """Where a broker is: the broker itself, or a proxy before it."""

    host: str
    port: int


class Gateway(GatewayProcess):
    """`civicroot gateway run`. `prefix`: words before the command; `environment`: added to it. Both may change."""

    def __init__(
        self, city: City, folder: Path, broker: Address, uplink: Address | None = None, **batch_limits: float
    ) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(city, folder, broker, uplink, **batch_limits)  # type: ignore[arg-type]
        self.data = folder / "data"
        self.prefix: Sequence[str] = ()
        self.environment: Mapping[str, str] = {}
        self.lives = 0

    def start(self) -> None:
        """Start it; it may end by itself."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CIVICROOT_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, *self._command("run")],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env=environment | dict(self.environment),
            )
        self.lives += 1

    @property
    def pid(self) -> int:
        """The process, which runs or ended by itself."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def supervise(self) -> bool:
        """As systemd does: start it again if it has ended by itself; whether it had."""
        if self.running:
            return False
        self.start()
        return True

    def configure(self, section: str, **values: object) -> None:
        """Add a section to its configuration."""
        lines = [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
        self.config.write_text(self.config.read_text() + "\n".join(lines) + "\n")
        tomllib.loads(self.config.read_text())

    def events(self) -> list[dict[str, Any]]:
        """Its log so far; a line that a kill cut in two is left out."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                found.append({"event": line, "level": "text"})
        return found

    def status(self) -> dict[str, Any]:
        """What `civicroot gateway status --json` says; the command without a process of its own."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = main.main(["gateway", "status", "--config", str(self.config), "--json"])
        assert code in (0, 1), said.getvalue()  # 1: there are alarms, or it does not run
        found: dict[str, Any] = json.loads(said.getvalue())
        return found

    def alarms(self) -> set[str]:
        """Names of the alarms in its status."""
        return {alarm["name"] for alarm in self.status().get("alarms", ())}

    def empty(self) -> bool:
        """Whether its spool holds nothing that the backend has not committed."""
        status = self.status()
        return not (status["records_spooled"] or status["batches_waiting"])
