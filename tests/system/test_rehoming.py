"""A city with two gateways: devices leave the one that falls silent, and nothing is lost or counted twice."""

import json
import os
import secrets
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend.demo import command, devices
from civicroot_backend.demo.broker import free_port, write_configuration
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import REALM, Settings, find_firmware
from civicroot_backend.demo.waiting import LOCALHOST, accepts, wait

from tests.system.outside import Outsider
from tests.system.witnessed import Asked, civicroot, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

DEVICES = 2
SILENT_SECONDS = 3
MORE = 10  # records


@dataclass
class Town:
    """A running city with a second gateway, which listens at a broker of its own."""

    city: City
    processes: Processes
    asked: Asked
    first: Child
    second: Child
    devices: list[Child]
    folder: Path

    def more_records(self, count: int = MORE) -> None:
        """Wait until so many more records are committed."""
        before = self.asked.records()
        until(lambda: self.asked.records() >= before + count, f"{count} more records")

    def status(self, child: Child) -> dict[str, Any]:
        """What a gateway says of itself."""
        done = civicroot("gateway", "status", "--config", child.arguments[-1], "--json")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    firmware = find_firmware(Path(__file__))
    assert firmware is not None
    settings = Settings(
        directory=tmp_path, firmware=firmware, port=free_port(), devices=DEVICES, interval=0.5, batch_age=0.5
    )
    with Processes(tmp_path / "logs") as processes:
        city = City(settings, processes, print)
        city.start_outside()
        city.start_broker()
        city.start_backend()
        first = city.start_gateway()
        port = free_port()
        second, kid = _start_second_gateway(city, processes, first, port)
        clients = city.start_devices()
        for child in clients:
            _give_second_home(processes, child, kid, port)
        asked = Asked(city.local_url)
        try:
            yield Town(city, processes, asked, first, second, clients, tmp_path)
        finally:
            asked.close()


def _start_second_gateway(city: City, processes: Processes, first: Child, port: int) -> tuple[Child, str]:
    """Init, enrolment, a broker of its own for its devices; the uplink is the city's broker."""
    folder = city.settings.directory / "gateway-2"
    folder.mkdir()
    path = write_configuration(folder / "broker", LOCALHOST, port, free_port())
    broker = processes.start("broker-2", [command.program("nats-server"), "--config", str(path)])
    wait(broker, lambda: accepts(port))
    where = ("--data", str(folder / "data"), "--realm", REALM)
    command.run("gateway", "init", *where)
    asked = command.run("gateway", "possession", *where, "--subject", "gateway/2", "--nonce", secrets.token_hex(16))
    request = json.loads(asked)
    kid = request.pop("kid")
    requests = folder / "requests.jsonl"
    requests.write_text(json.dumps({"subject": "gateway/2", "role": "gateway", "simulated": True, **request}) + "\n")
    realm = city.settings.directory / "realm"
    command.run(
        *("enrol", "--registrar-key", str(realm / "registrar.key"), "--realm", REALM),
        *("--url", city.local_url, "--from", str(requests)),
    )
    like = Path(first.arguments[-1]).read_text()
    lines = [line for line in like.splitlines() if not line.startswith(("data", "broker_url", "listen"))]
    own = [f'data = "{folder / "data"}"', f'broker_url = "mqtt://{LOCALHOST}:{port}"']
    configuration = folder / "gateway.toml"
    configuration.write_text("\n".join([*own, *lines, 'listen = ""']) + "\n")  # [page] is the last table
    arguments = [*command.CIVICROOT, "gateway", "run", "--config", str(configuration)]
    return processes.start("gateway-2", arguments), kid


def _give_second_home(processes: Processes, device: Child, kid: str, port: int) -> None:
    device.kill()
    path = Path(device.arguments[-1])
    home = {"gateway": kid, "broker": {"host": LOCALHOST, "port": port}}
    wanted = json.loads(path.read_text()) | {"homes": [home], "silent_s": SILENT_SECONDS, "answer_s": 0.5}
    path.write_text(json.dumps(wanted))
    processes.restart(device)


def test_devices_leave_a_gateway_that_hangs_and_both_ways_lead_to_one_record(town: Town) -> None:
    town.more_records()
    # 1. The first gateway hangs: its broker goes on taking what it will read later.
    os.kill(town.first.process.pid, signal.SIGSTOP)
    for child in town.devices:
        until(lambda log=child.log: "moves to gateway" in log.read_text(), "the device moves")
    town.more_records()
    # 2. It wakes up, and delivers what the second one has delivered already.
    os.kill(town.first.process.pid, signal.SIGCONT)
    town.more_records()
    for child in town.devices:
        child.process.send_signal(signal.SIGINT)
        assert child.process.wait(30) == 0, child.log.read_text()
    for child in (town.first, town.second):
        until(lambda child=child: town.status(child)["records_spooled"] == 0, f"{child.name} has delivered all")
    _audit(town)


def _audit(town: Town) -> None:
    """From outside: every record of every device once in one of the batches or in both; the auditor has no alarm."""
    outsider = Outsider(town.city.local_url)
    try:
        made, answered = {}, {}
        for device in town.city.devices:
            info: dict[str, Any] = devices.ask(town.city.settings, device, "--info")
            kid = bytes.fromhex(info["kid"])
            made[kid], answered[kid] = int(info["made"]), int(info["made"] - info["waiting"])
        until(lambda: _all_published(outsider, answered), "everything is published")
        found = outsider.audit()
    finally:
        outsider.close()
    twice = 0
    for kid, count in made.items():  # the last one may have been on its way when the device was ended
        assert answered[kid] <= len(found.records[kid]) <= count <= answered[kid] + 1
        assert all(len(set(digests)) == 1 for digests in found.records[kid].values())
        twice += sum(len(digests) > 1 for digests in found.records[kid].values())
    assert twice > 0, "nothing came through both gateways: the test shows nothing"
    assert found.rejected == []
    report = civicroot(
        *("audit", town.city.local_url, "--policy", town.folder / "realm" / "policy.json"),
        *("--state", town.folder / "auditor"),
    )
    assert report.returncode == 0, report.stdout + report.stderr
    assert "NO ALARMS" in report.stdout


def _all_published(outsider: Outsider, made: dict[bytes, int]) -> bool:
    records = outsider.audit().records
    return all(len(records.get(kid, {})) >= count for kid, count in made.items())
