"""A real backend process with a real broker, killed with SIGKILL while batches come in."""

import os
import random
import time
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire import policy as policies
from civicroot_wire import verifier
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import verify

from tests.backend.audit import PublicLog, digest
from tests.backend.city import City, batch_message, signed_record
from tests.backend.processes import BackendProcess, GatewayLink, wait_until
from tests.support.brokers import NatsBroker, free_port

SEED = int(os.environ.get("CIVICROOT_SEED", "2026"))  # printed, so that a failure can be repeated
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
KILLS = 200 if SOAK else 8
BATCHES, RECORDS = 80, 10
RESEND_SECONDS = 1.0  # a gateway resends what has no verdict
TOTAL_SECONDS = 3000.0 if SOAK else 150.0


def inflate(_compressed: bytes, _limit: int) -> bytes:
    raise AssertionError("these proofs carry no status list")


@pytest.mark.system
def test_killed_again_and_again_it_loses_and_repeats_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    port = free_port()
    with NatsBroker(tmp_path) as broker:
        addresses = realm.Addresses(f"mqtt://{broker.host}:{broker.port}", http_port=port)
        city = City(tmp_path / "city", addresses)
        gateway, device = city.key(), city.key()
        with city.backend() as backend:
            backend.submit(city.enrolment(gateway, "gateway/1", "gateway"))
            backend.submit(city.enrolment(device, "bin/12", "device"))
            policy, key = backend.policy, backend.log.key
        messages = [
            batch_message(gateway, seq, [signed_record(device, RECORDS * seq + at) for at in range(RECORDS)])
            for seq in range(BATCHES)
        ]
        notes: list[str] = []
        public = city.folder / "data/public"
        with BackendProcess(city.config_file, port, tmp_path / "backend.log") as process:
            with GatewayLink(broker, gateway) as link:
                kills = _run(process, link, messages, chance, public, notes)
            process.wait_until_serving()
            wait_until(lambda: _covers(public, key, BATCHES), "everything published")
            proofs = [process.get(f"/api/v1/devices/{device.kid.hex()}/records/{seq}/proof") for seq in (0, 799)]
            assert process.stop() == 0
        assert kills == KILLS
        log = PublicLog(public, key)
        for seen in notes:
            assert log.extends(seen)
        assert log.records() == {(device.kid, seq): 1 for seq in range(BATCHES * RECORDS)}
        assert sorted(header.sequence.seq for header in log.headers()) == list(range(BATCHES))
        for message in messages:
            said = link.verdicts[digest(message)]
            assert said.index is not None
            assert log.entries[said.index] in message
        for proof in proofs:
            verifier.verify(proof, policies.verify(policy, verify), verify, inflate)


def _run(
    process: BackendProcess,
    link: GatewayLink,
    messages: list[bytes],
    chance: random.Random,
    public: Path,
    notes: list[str],
) -> int:
    """Send everything until each batch has a verdict, killing the backend meanwhile; how often it was killed."""
    kills = 0
    start = time.monotonic()
    unsent = list(messages)
    resend_at = kill_at = start + RESEND_SECONDS
    process.wait_until_serving()
    while unsent or kills < KILLS or any(link.verdict(message) is None for message in messages):
        now = time.monotonic()
        assert now < start + TOTAL_SECONDS, f"{kills} kills, {len(link.verdicts)} verdicts"
        if unsent:
            link.send(unsent.pop(0))
        elif now > resend_at:
            for message in messages:
                if link.verdict(message) is None:
                    link.send(message)
            resend_at = now + RESEND_SECONDS
        if kills < KILLS and now > kill_at:
            _note(public, notes)
            process.kill()
            process.start()
            kills += 1
            if kills % 2:  # every other time it is killed again while it recovers
                process.wait_until_serving()
            kill_at = time.monotonic() + chance.uniform(0.0, 0.8)
            # Something must be going on when it is killed.
            unsent += [message for message in messages if chance.random() < 0.2]
        time.sleep(chance.uniform(0.0, 0.02))  # the gateway's own pace
    return kills


def _note(public: Path, notes: list[str]) -> None:
    path = public / "log/checkpoint"
    if path.exists():
        notes.append(path.read_text())


def _covers(public: Path, key: VerifierKey, batches: int) -> bool:
    return len(PublicLog(public, key).headers()) == batches
