"""A gateway is replaced by another with a new key, as docs/operations.md says, in a city of real processes.

While the old one lives its spool goes out under its own key, and only then is the key rotated, with the last number
that it used. Where its card has died the key is withdrawn, and what it had acknowledged and not delivered is lost.
"""

import json
import secrets
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend.demo import command, devices
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import REALM, Settings, find_firmware
from civicroot_wire import keys, revocation

from tests.system.outside import Audit, Outsider
from tests.system.witnessed import Asked, civicroot, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

DEVICES = 2
SILENT_SECONDS = 2
BEFORE = 8  # records of each device before anything happens
STOPS = 20  # of the devices at most until one finds nothing waiting: a record is on its way for a part of each interval
BACKLOG = 10  # records that are in the old gateway's spool when it is replaced
NOBODY = "mqtt://127.0.0.1:9"  # a broker that is not there: no device is heard


@dataclass
class Town:
    """A city whose devices know the new gateway's kid as their second home, on the same broker."""

    city: City
    processes: Processes
    asked: Asked
    backend: Child
    old: Child
    new_request: Path
    new_config: Path
    devices: list[Child]

    @property
    def desk(self) -> tuple[str, ...]:
        realm = self.city.settings.directory / "realm"
        return ("--registrar-key", str(realm / "registrar.key"), "--url", self.city.local_url)

    def status(self, config: Path) -> dict[str, Any]:
        """What `civicroot gateway status` says."""
        done = civicroot("gateway", "status", "--config", config, "--json")
        assert done.returncode in (0, 1), done.stderr  # 1: it does not run
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def start_gateway(self, name: str, config: Path, **settings: str) -> Child:
        arguments = [*command.CIVICROOT, "gateway", "run", "--config", str(config)]
        environment = {f"CIVICROOT_GATEWAY_{key.upper()}": value for key, value in settings.items()}
        return self.processes.start(name, arguments, environment)

    def start_successor(self) -> None:
        """Enrol the new gateway under the same subject, start it, and wait until the devices are with it."""
        request = json.loads(self.new_request.read_text())
        self.new_request.write_text(
            json.dumps({name: value for name, value in request.items() if name != "kid"}) + "\n"
        )
        done = until(lambda: _succeeds("enrol", *self.desk, "--from", str(self.new_request)), "the new key is enrolled")
        assert json.loads(done.splitlines()[-1])["subject"] == "gateway/1"
        self.start_gateway("gateway-new", self.new_config)
        for child in self.devices:
            until(lambda log=child.log: "moves to gateway" in log.read_text(), "the device moves")

    def stop_devices(self) -> None:
        """End the devices cleanly, and wait until everything that they sent is delivered."""
        for child in self.devices:
            child.process.send_signal(signal.SIGINT)
            assert child.process.wait(30) == 0, child.log.read_text()
        until(lambda: _is_drained(self.status(self.new_config)), "everything is delivered")

    def empty_devices(self) -> None:
        """Stop the devices at a moment when nothing waits in them: it would be a hole below what was answered since."""
        for _ in range(STOPS):
            self.stop_devices()
            waiting = [info["waiting"] for _, info in _infos(self)]
            if not any(waiting):
                return
            for child in self.devices:
                self.processes.restart(child)
            self.more_records(sum(waiting))
        raise AssertionError(f"records waited whenever the devices were stopped: {waiting}")

    def more_records(self, count: int) -> None:
        """Wait until so many more are committed."""
        before = self.asked.records()
        until(lambda: self.asked.records() >= before + count, f"{count} more records")


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
        backend = city.start_backend()
        old = city.start_gateway()
        request, config = _prepare_successor(tmp_path / "successor", Path(old.arguments[-1]))
        clients = city.start_devices()
        for child in clients:
            _give_second_home(processes, child, json.loads(request.read_text())["kid"])
        asked = Asked(city.local_url)
        try:
            yield Town(city, processes, asked, backend, old, request, config, clients)
        finally:
            asked.close()


def _prepare_successor(folder: Path, old_config: Path) -> tuple[Path, Path]:
    """Key, request for the same subject, and configuration of the new gateway; it does not run yet."""
    folder.mkdir()
    where = ("--data", str(folder / "data"), "--realm", REALM)
    command.run("gateway", "init", *where)
    asked = command.run("gateway", "possession", *where, "--subject", "gateway/1", "--nonce", secrets.token_hex(16))
    request = folder / "request.json"
    request.write_text(
        json.dumps({"subject": "gateway/1", "role": "gateway", "simulated": True, **json.loads(asked)}) + "\n"
    )
    lines = [line for line in old_config.read_text().splitlines() if not line.startswith(("data", "listen"))]
    config = folder / "gateway.toml"
    config.write_text("\n".join([f'data = "{folder / "data"}"', *lines, 'listen = ""']) + "\n")  # [page] is last
    return request, config


def _give_second_home(processes: Processes, device: Child, kid: str) -> None:
    device.kill()
    path = Path(device.arguments[-1])
    found = json.loads(path.read_text())
    home = {"gateway": kid, "broker": found["broker"]}
    path.write_text(json.dumps(found | {"homes": [home], "silent_s": SILENT_SECONDS, "answer_s": 0.5}))
    processes.restart(device)


def test_key_is_rotated_after_the_old_gateways_spool_went_out_under_it(town: Town, tmp_path: Path) -> None:
    town.more_records(4)
    old_config = Path(town.old.arguments[-1])
    kid = town.status(old_config)["kid"]
    # 1. The uplink is away; the old gateway takes records in and acknowledges them. Then it is taken out.
    town.backend.kill()
    until(lambda: town.status(old_config)["records_spooled"] >= BACKLOG, "a backlog")
    town.old.process.send_signal(signal.SIGTERM)
    assert town.old.process.wait(30) == 0
    assert town.status(old_config)["records_spooled"] >= BACKLOG
    town.processes.restart(town.backend)
    # 2. The new one is enrolled under the same subject, and starts; devices go to it by themselves.
    request = json.loads(town.new_request.read_text())
    town.start_successor()
    # 3. The old one runs once more, for its uplink alone, until nothing is left.
    town.start_gateway("gateway-draining", old_config, broker_url=NOBODY)
    until(lambda: _is_drained(town.status(old_config)), "the old spool is empty")
    draining = town.processes.children[-1]
    draining.process.send_signal(signal.SIGTERM)
    assert draining.process.wait(30) == 0
    last = town.status(old_config)["next_batch"] - 1
    # 4. Its key is rotated; the new one goes on.
    done = civicroot("rotate", kid, "--new", town.new_request, "--last-seq", str(last), *town.desk)
    assert done.returncode == 0, done.stderr
    town.more_records(10)
    new = town.status(town.new_config)
    assert new["kid"] == request["kid"]
    assert new["next_batch"] > 0
    outsider = Outsider(town.city.local_url)
    try:
        # What nobody answered while the new gateway did not know the devices comes one by one, and later than the rest.
        until(lambda: _without_holes(outsider.audit()), "everything that waited has come")
    finally:
        outsider.close()
    town.empty_devices()
    found = _look_from_outside(town, tmp_path)
    (withdrawn,) = found.revoked
    assert (withdrawn.reason, withdrawn.last_seq) == (revocation.ROTATED, last)
    assert withdrawn.successor == keys.thumbprint(bytes.fromhex(request["public"]))
    # 5. Whoever starts the old one again is told.
    town.start_gateway("gateway-again", old_config, broker_url=NOBODY)
    log = town.processes.children[-1].log
    until(lambda: _says_withdrawn(log, kid), "the old gateway says that its key was withdrawn")
    assert "revoked" in civicroot("gateway", "status", "--config", old_config).stdout


def test_a_dead_card_loses_what_was_acknowledged_and_not_delivered_and_everybody_sees_it(
    town: Town, tmp_path: Path
) -> None:
    outsider = Outsider(town.city.local_url)
    try:
        _card_dies(town, outsider)
        _check_what_is_lost(town, outsider, tmp_path)
    finally:
        outsider.close()


def _card_dies(town: Town, outsider: Outsider) -> None:
    # The devices were started twice; the records that say which numbers they skipped by that are long published.
    until(lambda: _have_reported(outsider.audit()), "several records of each device")
    old_config = Path(town.old.arguments[-1])
    kid = town.status(old_config)["kid"]
    # 1. The uplink is away, and the card dies with what the gateway has acknowledged meanwhile.
    town.backend.kill()
    until(lambda: town.status(old_config)["records_spooled"] >= BACKLOG, "a backlog")
    # A device sends on only when it was answered: so some of these records have left their device.
    seen = town.status(old_config)["records_spooled"]
    until(lambda: town.status(old_config)["records_spooled"] >= seen + BACKLOG, "answers that arrived")
    town.old.kill()
    shutil.rmtree(old_config.parent / "data")
    town.processes.restart(town.backend)
    # 2. The spare takes its place, and the dead key is withdrawn, without a last number: nobody knows it.
    town.start_successor()
    done = civicroot("revoke", kid, "--reason", "lost", *town.desk)
    assert done.returncode == 0, done.stderr
    town.more_records(10)
    town.stop_devices()


def _check_what_is_lost(town: Town, outsider: Outsider, folder: Path) -> None:
    """From outside: the dead gateway's are lost, nothing else is, and nobody pretends otherwise."""
    gone = {kid: info["made"] - info["waiting"] for kid, info in _infos(town)}  # records that left the device
    found = until(lambda: _whole(outsider.audit(), town.asked.records()), "what is not lost is published")
    assert found.rejected == []
    assert [withdrawn.reason for withdrawn in found.revoked] == [revocation.LOST]
    lost = {kid: _missing(found, kid) for kid in gone}
    for kid, numbers in lost.items():
        assert len(found.records[kid]) + len(numbers) >= gone[kid]
    policy = folder / "realm" / "policy.json"
    report = civicroot("audit", town.city.local_url, "--policy", policy, "--state", folder / "auditor", "--json", "-")
    assert report.returncode == 1
    said = json.loads(report.stdout)
    assert {found["name"] for found in said["findings"] if found["severity"] == "alarm"} == {"record-lost"}
    assert {bytes.fromhex(key["kid"]): _numbers(key["lost"]) for key in said["keys"] if key["lost"]} == lost


def _numbers(ranges: list[list[int]]) -> list[int]:
    return [seq for first, last in ranges for seq in range(first, last + 1)]


def _have_reported(found: Audit) -> bool:
    return len(found.records) == DEVICES and all(len(numbers) >= BEFORE for numbers in found.records.values())


def _says_withdrawn(log: Path, kid: str) -> bool:
    events = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return any(
        (event["event"], event["level"], event.get("kid")) == ("key withdrawn", "critical", kid) for event in events
    )


def _succeeds(*arguments: str) -> str:
    done = civicroot(*arguments)
    return done.stdout if done.returncode == 0 else ""


def _is_drained(status: dict[str, Any]) -> bool:
    return status["records_spooled"] == 0 and status["batches_waiting"] == 0


def _infos(town: Town) -> list[tuple[bytes, dict[str, Any]]]:
    """What each device, stopped, says of its store."""
    found = [devices.ask(town.city.settings, device, "--info") for device in town.city.devices]
    return [(bytes.fromhex(info["kid"]), info) for info in found]


def _missing(found: Audit, kid: bytes) -> list[int]:
    """Numbers below the newest that nothing accounts for."""
    numbers = found.numbers(kid)
    return sorted(set(range(max(numbers, default=0))) - numbers)


def _without_holes(found: Audit) -> bool:
    return not any(_missing(found, kid) for kid in found.records)


def _whole(found: Audit, records: int) -> Audit | None:
    """The audit, if it has so many records: alarms are published before what was made before them."""
    return found if sum(len(numbers) for numbers in found.records.values()) >= records else None


def _look_from_outside(town: Town, folder: Path) -> Audit:
    """Every record that a device made is in the log, nothing was refused, and the auditor has no alarm."""
    made = {kid: info["made"] - info["waiting"] for kid, info in _infos(town)}
    outsider = Outsider(town.city.local_url)
    try:
        until(lambda: _has_all(outsider, made), "everything is published")
        found = outsider.audit()
    finally:
        outsider.close()
    assert found.rejected == []
    for kid in made:
        assert all(len(set(digests)) == 1 for digests in found.records[kid].values())
    policy = folder / "realm" / "policy.json"
    report = civicroot("audit", town.city.local_url, "--policy", policy, "--state", folder / "auditor")
    assert report.returncode == 0, report.stdout + report.stderr
    assert "NO ALARMS" in report.stdout
    return found


def _has_all(outsider: Outsider, made: dict[bytes, int]) -> bool:
    records = outsider.audit().records
    return all(len(records.get(kid, {})) >= count for kid, count in made.items())
