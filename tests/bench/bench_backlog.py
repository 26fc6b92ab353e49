"""A backlog, drained and acknowledged end to end, with everything on this machine.

    python -m tests.bench.bench_backlog [devices] [records of each]      (the full size: 10000 144)

Broker (nats-server, one for both sides), gateway and backend (log, store, telemetry) are processes of their own; the
devices are one more (street.py), with up to 32 records in a message. Before the clock starts the devices are enrolled
through the backend, the gateway has heard of all of them, and their records are signed. The clock stops when the
backend has committed all, the gateway's spool is empty and every device has its acknowledgement. Then it is counted
that the backend's database holds every number of every key once. Telemetry may lag: its own end is told, too.
In a small run the age at which the last batch closes, ten seconds, is most of the time.
"""

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from civicroot_backend import realm
from civicroot_gateway import home
from civicroot_gateway.install.broker import MAX_IN_FLIGHT
from civicroot_wire import batch, record

from tests.backend.city import REALM, City
from tests.backend.processes import BackendProcess, wait_until
from tests.bench import street
from tests.bench.bench_gateway_live import cpu_us
from tests.bench.street import Street
from tests.support.brokers import NatsBroker, free_port

DEVICES, RECORDS = 200, 144  # the small size
PER_MESSAGE = 32
WINDOW = 256  # devices that talk at the same time
DEADLINE = 3600.0  # seconds; only so that a mistake ends
_GATEWAY = "import sys; from civicroot_cli.main import main; sys.exit(main())"


def main(devices: int = DEVICES, records: int = RECORDS) -> dict[str, Any]:
    """Run it; returns what it prints."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))  # a disk: /tmp may be memory
        town = _Town(stack, folder, devices)
        prepared = time.monotonic()
        for key in town.keys:
            said = street.messages(key, REALM, range(records), PER_MESSAGE)
            town.street.add(key.kid, said, 0, PER_MESSAGE, records)
        signed = time.monotonic() - prepared
        before, begun = town.cpu(), time.monotonic()
        acknowledged = town.deliver()
        committed = town.wait(lambda: town.committed() == devices * records, begun)
        emptied = town.wait(lambda: town.spooled() == 0, begun)
        spent = {name: round((town.cpu()[name] - before[name]) / devices / records, 1) for name in before}
        projected = town.wait(lambda: town.lag() == 0, begun)
        town.check_each_once(devices, records)
    seconds = max(acknowledged, committed, emptied)
    return {
        "devices": devices,
        "records": devices * records,
        "signing_before_seconds": round(signed, 1),
        "acknowledged_seconds": round(acknowledged, 1),
        "seconds": round(seconds, 1),
        "records_per_second": round(devices * records / seconds),
        "telemetry_seconds": round(projected, 1),
        "cpu_us_per_record": spent,
        "messages_sent_again": town.street.resent,
    }


class _Town:
    """All processes, started, and every device known to the gateway."""

    def __init__(self, stack: ExitStack, folder: Path, devices: int) -> None:
        broker = stack.enter_context(NatsBroker(folder, mqtt_extra=f"max_ack_pending: {MAX_IN_FLIGHT}"))
        addresses = realm.Addresses(f"mqtt://{broker.host}:{broker.port}", "127.0.0.1", free_port())
        self.city = City(folder / "city", addresses)
        self.keys = [street.key(number) for number in range(devices)]
        gateway = self.city.key()
        with self.city.backend() as backend:
            backend.submit(self.city.enrolment(gateway, "gateway/1", batch.ROLE))
            for number, key in enumerate(self.keys):
                backend.submit(self.city.enrolment(key, f"bin/{number}", record.ROLE))
        self.street = Street(broker.host, broker.port, gateway.kid, WINDOW)
        stack.callback(self.street.close)
        self._backend = stack.enter_context(
            BackendProcess(self.city.config_file, addresses.http_port, folder / "backend.log")
        )
        self._gateway_config = self._configure(folder, broker, gateway)
        self._gateway = self._start_gateway(stack, folder)
        self._pids = {"gateway": self._gateway.pid, "backend": self._backend.pid, "broker": broker.pid}
        self.wait(lambda: len(self._status()["keys"]) > devices, time.monotonic())

    def _configure(self, folder: Path, broker: NatsBroker, gateway: Any) -> Path:
        home.create(folder / "gateway", REALM, gateway)
        path = folder / "gateway.toml"
        url = f"mqtt://{broker.host}:{broker.port}"
        values = {"realm": REALM, "data": "gateway", "policy": str(self.city.folder / "policy.json")}
        values |= {"broker_url": url, "uplink_url": url}
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in values.items()) + '[page]\nlisten = ""\n')
        return path

    def _start_gateway(self, stack: ExitStack, folder: Path) -> subprocess.Popen[bytes]:
        with (folder / "gateway.log").open("wb") as log:
            found = subprocess.Popen(self._gateway_command("run"), stdin=subprocess.DEVNULL, stderr=log)
        stack.callback(found.wait)
        stack.callback(found.terminate)
        return found

    def _gateway_command(self, *arguments: str) -> list[str]:
        name, *rest = arguments
        return [sys.executable, "-c", _GATEWAY, "gateway", name, "--config", str(self._gateway_config), *rest]

    def cpu(self) -> dict[str, float]:
        """CPU µs of each process so far."""
        return {name: cpu_us(pid) for name, pid in self._pids.items()}

    def deliver(self) -> float:
        """Let the devices talk until all is acknowledged; seconds."""
        begun = told = time.monotonic()
        while not self.street.done:
            self.street.turn()
            if time.monotonic() > told + 10:
                told = time.monotonic()
                progress = f"{self.street.left} devices to go, {self.committed()} records committed"
                print(f"{told - begun:.0f} s: {progress}, {self.lag()} to be projected", file=sys.stderr)
        return time.monotonic() - begun

    def wait(self, condition: Callable[[], bool], begun: float) -> float:
        """Seconds since `begun` when the condition holds."""
        wait_until(lambda: condition() or bool(time.sleep(0.2)), "the end", DEADLINE)
        return time.monotonic() - begun

    def committed(self) -> int:
        """Records that the backend has."""
        return self._ask("SELECT count(*) FROM records")

    def lag(self) -> int:
        """Records that the telemetry store does not have yet."""
        found = re.search(r"projection_lag_records (\d+)", self._backend.get("/metrics").decode())
        assert found is not None
        return int(found[1])

    def spooled(self) -> int:
        """Records in the gateway's spool."""
        return int(self._status()["records_spooled"])

    def _status(self) -> dict[str, Any]:
        said = subprocess.run(self._gateway_command("status", "--json"), stdout=subprocess.PIPE, check=False).stdout
        found: dict[str, Any] = json.loads(said or b'{"keys": []}')  # nothing: it is about to start
        return found

    def check_each_once(self, devices: int, records: int) -> None:
        """Every number of every key once, and none refused."""
        sql = "SELECT count(DISTINCT kid || '/' || seq), count(*), max(seq), count(DISTINCT kid) FROM records"
        with self._database() as database:
            found = database.execute(sql).fetchone()
        wanted = (devices * records, devices * records, records - 1, devices)
        if found != wanted:
            raise SystemExit(f"audit: found {found}, wanted {wanted}")

    def _ask(self, sql: str) -> int:
        with self._database() as database:
            return int(database.execute(sql).fetchone()[0] or 0)

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.city.folder / 'data/civicroot.db'}?mode=ro", uri=True, timeout=60)


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:3]))))
