"""A whole city of real processes; servers are killed while 2,000 readings flow; an outsider finds each exactly once."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from civicroot_backend.demo import devices
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import Settings, find_firmware
from civicroot_cli.verify import inflate
from civicroot_wire import sodium, verifier

from tests.system.outside import Audit, Outsider

pytestmark = pytest.mark.system

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
DEVICES = 20
RECORDS = 500 if SOAK else 100  # of each device
ROUNDS = 10 if SOAK else 2  # how often each server is killed
SEED = 20261121
PROOFS = 50
FLIPS = 50
FLOW_SECONDS = 240.0  # for readings to reach the log while servers start again
POLL_SECONDS = 0.5


@dataclass
class Run:
    """A finished run: the city still serves, its devices have stopped."""

    city: City
    outsider: Outsider
    audit: Audit
    stores: dict[bytes, dict[str, object]]
    kills: list[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("city")
    firmware = find_firmware(Path(devices.__file__))
    assert firmware is not None
    settings = Settings(
        directory=folder,
        firmware=firmware,
        port=free_port(),
        devices=DEVICES,
        interval=0.5,
        limit=RECORDS,
        batch_age=0.5,
    )
    with Processes(folder / "logs") as processes:
        city = City(settings, processes, print)
        city.start_outside()
        witness = processes.children[0]
        servers = [city.start_broker(), city.start_backend(), city.start_gateway(), witness]
        clients = city.start_devices()
        outsider = Outsider(city.local_url)
        kills = _kill_while_records_flow(processes, servers, outsider)
        _wait_for_records(outsider, DEVICES * RECORDS)
        for child in clients:
            _stop(child)
        stores = _stores(city)
        yield Run(city, outsider, outsider.audit(), stores, kills)
        outsider.close()


def _kill_while_records_flow(processes: Processes, servers: list[Child], outsider: Outsider) -> list[str]:
    """SIGKILL each server in each round, each time only after new readings have reached the log since the last kill."""
    order = [child for number in range(ROUNDS) for child in (servers if number % 2 == 0 else servers[::-1])]
    for number, child in enumerate(order, start=1):
        _wait_for_records(outsider, number * DEVICES * RECORDS // (2 * len(order)))
        child.kill()
        processes.restart(child)
    return [child.name for child in order]


def _wait_for_records(outsider: Outsider, wanted: int) -> None:
    deadline = time.monotonic() + FLOW_SECONDS
    while (found := _records(outsider)) < wanted:
        assert time.monotonic() < deadline, f"{found} of {wanted} records after {FLOW_SECONDS} s"
        time.sleep(POLL_SECONDS)


def _records(outsider: Outsider) -> int:
    """How many records the city says it has; 0 while its backend is down."""
    try:
        return int(json.loads(outsider.get("/api/v1/city"))["counts"]["records"])
    except httpx.HTTPError:
        return 0


def _stop(child: Child) -> None:
    child.process.send_signal(2)
    assert child.process.wait(30) == 0, child.log.read_text()


def _stores(city: City) -> dict[bytes, dict[str, object]]:
    found = {}
    for device in city.devices:
        info = devices.ask(city.settings, device, "--info")
        found[bytes.fromhex(str(info["kid"]))] = info
    return found


def test_every_server_was_killed_in_every_round(run: Run) -> None:
    assert sorted(run.kills) == sorted(["broker", "backend", "gateway", "witness-university"] * ROUNDS)


def test_every_record_that_a_device_signed_is_in_the_log_exactly_once(run: Run) -> None:
    assert len(run.stores) == DEVICES
    assert set(run.audit.records) == set(run.stores)
    assert run.audit.repeated() == []
    assert run.audit.rejected == []
    for kid, info in run.stores.items():
        assert info["made"] == RECORDS
        assert len(run.audit.records[kid]) == RECORDS


def test_no_number_is_unaccounted_for(run: Run) -> None:
    for kid, info in run.stores.items():
        used = max(run.audit.records[kid]) + 1
        assert run.audit.numbers(kid) == set(range(used)), kid.hex()
        assert used <= int(str(info["next"]))


def test_no_device_waits_for_anything(run: Run) -> None:
    assert [info["waiting"] for info in run.stores.values()] == [0] * DEVICES


def test_random_proofs_verify_offline(run: Run) -> None:
    randomness = random.Random(SEED)
    print("seed", SEED)
    chosen = randomness.sample([(kid, seq) for kid, by_seq in run.audit.records.items() for seq in by_seq], PROOFS)
    for kid, seq in chosen:
        data = run.outsider.get(f"/api/v1/devices/{kid.hex()}/records/{seq}/proof")
        report = verifier.verify(data, run.outsider.policy, sodium.verify, inflate)
        assert (report.record.kid, report.record.seq) == (kid, seq)
        assert report.device.simulated


def test_command_line_verifies_a_downloaded_proof_and_names_the_failed_step(run: Run, tmp_path: Path) -> None:
    policy, proof = tmp_path / "policy.json", tmp_path / "reading.proof"
    policy.write_bytes(run.outsider.get("/policy.json"))
    kid, by_seq = next(iter(run.audit.records.items()))
    good = run.outsider.get(f"/api/v1/devices/{kid.hex()}/records/{max(by_seq)}/proof")
    proof.write_bytes(good)
    done = _verify(proof, policy)
    assert done.returncode == 0, done.stderr
    assert all(step in done.stdout for step in verifier.STEPS)
    unchecked = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  –")]
    assert unchecked == ["revocation", "anchors"]  # nobody publishes status lists here, and there is no chain
    randomness = random.Random(SEED)
    for bit in randomness.sample(range(8 * len(good)), FLIPS):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        proof.write_bytes(changed)
        done = _verify(proof, policy)
        assert done.returncode == 1, f"bit {bit} flipped: {done.stdout}"
        assert any(f"✗ {step}: " in done.stdout for step in verifier.STEPS), done.stdout


def test_the_auditor_finds_nothing_wrong_with_the_city_whose_servers_were_killed(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_bytes(run.outsider.get("/policy.json"))
    command = [sys.executable, "-m", "civicroot_cli", "audit", run.city.local_url, "--policy", str(policy)]
    state = ["--state", str(tmp_path / "state"), "--json", str(tmp_path / "report.json")]
    done = subprocess.run([*command, *state], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["log"]["size"] == run.audit.size


def _verify(proof: Path, policy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "civicroot_cli", "verify", str(proof), "--policy", str(policy)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
