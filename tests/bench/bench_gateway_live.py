"""The whole gateway process between a real broker, devices and a backend, beside libsodium and beside a plain logger.

    python -m tests.bench.bench_gateway_live [records]

CPU is that of the gateway's process (user and system, from /proc), from its first record to its last acknowledgement:
receiving over MQTT, decoding, verifying, the synced spool, batches and their delivery, verdicts, and answers to the
devices. libsodium is measured in this process right before and after, on the same records. The broker is nats-server.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from civicroot_gateway.install.broker import MAX_IN_FLIGHT
from civicroot_wire import cbor, cose, record, record_grammar, topic
from civicroot_wire.sodium import Signer, verify

from tests.bench import street
from tests.bench.street import Street
from tests.gateway.city import REALM, City
from tests.gateway.live import GatewayProcess, LiveBackend, eventually
from tests.support.brokers import NatsBroker

DEVICES = 256
RECORDS = 20_480
STEADY_RATE, STEADY_SECONDS = 50, 20
WINDOW = MAX_IN_FLIGHT // 2
_TICK = os.sysconf("SC_CLK_TCK")


def main(records: int = RECORDS) -> dict[str, Any]:
    """Run it; returns what it prints."""
    each = records // DEVICES
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # a disk: /tmp may be memory
        one = _flood(Path(folder) / "one", each, 1)
        eight = _flood(Path(folder) / "eight", each, 8)
        one_core = _flood(Path(folder) / "core", each, 8, cores={0})
        plain = {size: _plain(Path(folder) / f"plain{size}", each, size) for size in (1, 8)}
        steady = _steady(Path(folder) / "steady")
    return {
        "records": each * DEVICES,
        "one_per_message": one,
        "eight_per_message": eight,
        "eight_per_message_everything_on_one_core": one_core,
        "plain_logger_one_per_message": plain[1],
        "plain_logger_eight_per_message": plain[8],
        "cpu_over_plain_logger_one_per_message": round(one["cpu_us"] / plain[1]["cpu_us"], 2),
        "cpu_over_plain_logger_eight_per_message": round(eight["cpu_us"] / plain[8]["cpu_us"], 2),
        "percent_of_a_core_at_50_records_per_second": steady,
    }


class _World:
    """A running gateway that knows its devices, and who is to send."""

    def __init__(self, stack: ExitStack, folder: Path, devices: int) -> None:
        folder.mkdir()
        self.city = City()
        self.keys = [street.key(number) for number in range(devices)]
        for number, key in enumerate(self.keys):
            self.city.enrol(key, f"bin/{number}", record.ROLE)
        self.broker = stack.enter_context(NatsBroker(folder, mqtt_extra=f"max_ack_pending: {MAX_IN_FLIGHT}"))
        self.backend = stack.enter_context(LiveBackend(self.city, self.broker))
        self.street = Street(self.broker.host, self.broker.port, self.city.gateway.kid, WINDOW)
        stack.callback(self.street.close)
        self.gateway = stack.enter_context(GatewayProcess(self.city, folder, self.broker, max_records=512, max_age=10))
        eventually(lambda: len(self.gateway.status()["keys"]) > devices, "the gateway knows its devices")

    @property
    def pid(self) -> int:
        assert self.gateway._process is not None
        return self.gateway._process.pid


def _flood(folder: Path, each: int, per_message: int, cores: set[int] | None = None) -> dict[str, float]:
    """As fast as it goes: CPU µs and records/s, and libsodium's µs for the same records."""
    with ExitStack() as stack:
        world = _World(stack, folder, DEVICES)
        said = {key: street.messages(key, REALM, range(each), per_message) for key in world.keys}
        for key, messages in said.items():
            world.street.add(key.kid, messages, 0, per_message, each)
        bare = _bare_verify_us(said)
        if cores:
            stack.enter_context(_on_cores(cores, [world.pid, world.broker.pid]))
        before, begun = cpu_us(world.pid), time.monotonic()
        while not world.street.done:
            world.street.turn()
        seconds = time.monotonic() - begun
        committed = each * len(said)
        eventually(lambda: len(world.backend.committed) >= committed - 512, "the batches are delivered")
        used = cpu_us(world.pid) - before
        bare = (bare + _bare_verify_us(said)) / 2  # what else the machine did slowed both alike
    return {
        "cpu_us": round(used / committed, 1),
        "verify_us": round(bare, 1),
        "cpu_over_verify": round(used / committed / bare, 2),
        "records_per_second": round(committed / seconds),
    }


def _steady(folder: Path) -> float:
    """The share of a core, in percent, while devices send one record each in turn, STEADY_RATE a second."""
    with ExitStack() as stack:
        world = _World(stack, folder, STEADY_RATE)
        said = [street.messages(key, REALM, range(STEADY_SECONDS), 1) for key in world.keys]
        before, begun = cpu_us(world.pid), time.monotonic()
        for number in range(STEADY_SECONDS):
            for at, key in enumerate(world.keys):
                world.street.add(key.kid, [said[at][number]], number, 1, 1)
                due = begun + number + at / STEADY_RATE
                while time.monotonic() < due or not world.street.done:
                    world.street.turn(max(due - time.monotonic(), 0.0))
        used = cpu_us(world.pid) - before
        return round(used / 1e4 / (time.monotonic() - begun), 2)


def _plain(folder: Path, each: int, per_message: int) -> dict[str, float]:
    """The same messages into the plain logger."""
    folder.mkdir()
    file = folder / "log.db"
    with ExitStack() as stack:
        broker = stack.enter_context(NatsBroker(folder, mqtt_extra=f"max_ack_pending: {MAX_IN_FLIGHT}"))
        gateway = Signer(bytes(32)).kid
        name = f"{topic.PREFIX}{gateway.hex()}/+/{topic.UP}"
        command = [sys.executable, "-m", "tests.bench.plain_logger", broker.host, str(broker.port), name, str(file)]
        logger = subprocess.Popen(command)
        stack.callback(logger.wait)
        stack.callback(logger.terminate)
        devices = Street(broker.host, broker.port, gateway, DEVICES)
        stack.callback(devices.close)
        keys = [street.key(number) for number in range(DEVICES)]
        said = [street.messages(key, REALM, range(each), per_message) for key in keys]
        eventually(
            lambda: devices.publish(keys[0].kid, b"?") or devices.listen(0.2) or _rows(file),
            "the logger has subscribed",
        )
        first = _rows(file)
        before, begun = cpu_us(logger.pid), time.monotonic()
        for turn in range(len(said[0])):
            for key, messages in zip(keys, said, strict=True):
                devices.publish(key.kid, messages[turn])
        wanted = first + sum(map(len, said))
        eventually(lambda: devices.listen(0.05) or _rows(file) >= wanted, "all is logged")
        seconds = time.monotonic() - begun
        used = cpu_us(logger.pid) - before
    records = each * DEVICES
    return {"cpu_us": round(used / records, 1), "records_per_second": round(records / seconds)}


def _rows(file: Path) -> int:
    """How many messages the plain logger has committed."""
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0])
    except sqlite3.Error:
        return 0  # it is not there yet


def cpu_us(pid: int) -> float:
    """Microseconds that the process and all its threads have run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / _TICK


def _bare_verify_us(said: dict[Signer, list[bytes]]) -> float:
    """CPU µs of libsodium's verification alone."""
    external = cbor.encode(cose.aad(record.KIND, REALM))
    checks = []
    for key, messages in said.items():
        found = record_grammar.scan(messages[0], 0)
        assert found is not None
        checks += [(key.public, found.sig_structure(external), found.signature)] * 8
    begun = time.process_time()
    for check in checks:
        verify(*check)
    return (time.process_time() - begun) * 1e6 / len(checks)


@contextmanager
def _on_cores(cores: set[int], pids: list[int]) -> Iterator[None]:
    """Keep these processes and this one, with all their threads, on some cores."""
    before = os.sched_getaffinity(0)
    threads = [int(thread.name) for pid in [*pids, os.getpid()] for thread in Path(f"/proc/{pid}/task").iterdir()]
    for thread in threads:
        os.sched_setaffinity(thread, cores)
    try:
        yield
    finally:
        for thread in Path(f"/proc/{os.getpid()}/task").iterdir():
            os.sched_setaffinity(int(thread.name), before)


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:2]))))
