"""Killed at any durable step and started again, a backend loses nothing, repeats nothing and shows one log."""

import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from civicroot_backend.ingest.commit import Arrival
from civicroot_backend.service import Backend
from civicroot_wire import verdict
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from civicroot_wire.verdict import Verdict

from tests.backend.audit import PublicLog, digest
from tests.backend.city import City, batch_message, signed_record
from tests.backend.crashes import Crash, Steps, install
from tests.backend.engines import DirectoryEngine, Engine

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
MIGRATION_STEPS = 2  # before and after the commit of the first start's migration; otherwise there is nothing to migrate
MAX_STEPS = 200  # bounds the search; the scenario has fewer


class Scenario:
    """A gateway with five batches, of which it resends what has no verdict; and what was seen of the log."""

    def __init__(self, city: City, engine: Engine) -> None:
        self.city = city
        self.engine = engine
        self.gateway, self.device = city.key(), city.key()
        self.enrolments = [
            city.enrolment(self.gateway, "gateway/1", "gateway"),
            city.enrolment(self.device, "bin/12", "device"),
        ]
        records = [signed_record(self.device, seq) for seq in range(15)]
        stranger = signed_record(Signer(bytes(32)), 1)
        self.messages = [
            batch_message(self.gateway, seq, [*records[3 * seq : 3 * seq + 3], *([stranger] if seq == 2 else [])])
            for seq in range(5)
        ]
        self.verdicts: dict[bytes, Verdict] = {}
        self.notes: set[str] = set()

    def run(self, backend: Backend) -> None:
        """Everything that is not done yet."""
        for signed in self.enrolments:
            backend.submit(signed)
        self.publish(backend)
        while waiting := [item for item in self.messages if digest(item) not in self.verdicts]:
            outcome = backend.committer.commit([Arrival(self.gateway.kid, item) for item in waiting[:2]])
            for answer in outcome.answers:
                found = verdict.decode(answer.verdict)
                self.verdicts[found.digest] = found
            self.finish(backend)
        self.finish(backend)

    def finish(self, backend: Backend) -> None:
        """What the other threads do with what is committed."""
        self.publish(backend)
        backend.project_pending()

    def publish(self, backend: Backend) -> None:
        """Publish, and look at the log as anybody may."""
        backend.publish_pending()
        self.look()

    def look(self) -> None:
        """Remember the checkpoint that is public now."""
        content = self.engine.read("log/checkpoint")
        if content is not None:
            self.notes.add(content.decode())

    def backend(self) -> AbstractContextManager[Backend]:
        """A process that is started."""
        return self.city.backend(store_url=self.engine.url)

    def public(self) -> PublicLog:
        """What anybody finds out from the store."""
        copy = DirectoryEngine(self.city.folder / "copy")
        copy.restore(self.engine.snapshot())
        return PublicLog(copy.folder, VerifierKey(f"{self.city.realm}/log", self.city.log_key.public))


def crash_at(scenario: Scenario, steps: Steps, fatal: int) -> bool:
    """Run, crashing at a step; then run to the end. False if there was no such step."""
    steps.seen, steps.fatal = [], fatal
    scenario.city.migrates = fatal <= MIGRATION_STEPS
    try:
        with scenario.backend() as backend:
            scenario.run(backend)
    except Crash:
        scenario.look()
        steps.fatal = None
        with scenario.backend() as backend:
            scenario.run(backend)
            check(scenario, backend)
        return True
    return False


def check(scenario: Scenario, backend: Backend) -> None:
    """Everything once, nothing lost, one log."""
    log = scenario.public()
    for seen in scenario.notes:
        assert log.extends(seen)
    assert log.size == 4 + len(scenario.messages)  # policy, three enrolments
    headers = log.headers()
    assert sorted(header.sequence.seq for header in headers) == [0, 1, 2, 3, 4]
    found = log.records()
    assert found.pop((Signer(bytes(32)).kid, 1)) == 1
    assert found == {(scenario.device.kid, seq): 1 for seq in range(15)}
    for message in scenario.messages:
        said = scenario.verdicts[digest(message)]
        assert said.index is not None
        assert log.entries[said.index] in message
        assert said.rejected == ([(3, "unknown-key-id")] if message is scenario.messages[2] else [])
    assert backend.counts()["record", "accepted"] == 15
    assert backend.counts()["batch", "committed"] == 5
    (bucket,) = backend.telemetry.history(scenario.device.kid, "fill", 0, 2**32, 1)
    assert bucket.count == 15


def test_crash_at_every_durable_step_loses_and_repeats_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step over a directory; over a bucket, where each takes longer, at every seventh, or all in a soak."""
    every = 1 if SOAK or isinstance(engine, DirectoryEngine) else 7
    steps = Steps()
    install(monkeypatch, steps)
    city = City(tmp_path / "city")
    names = set()
    for fatal in range(1, MAX_STEPS, every):
        shutil.rmtree(city.folder / "data", ignore_errors=True)
        engine.restore({})
        if not crash_at(Scenario(city, engine), steps, fatal):
            break
        names.add(steps.seen[fatal - 1])
    else:
        pytest.fail("the scenario has more steps than are tried")
    everything = {
        "before commit", "after commit", "before blob tile", "before blob batch", "after put",
        "before swap", "after swap", "before append", "after append",
    }  # fmt: skip
    assert names == everything if every == 1 else names <= everything
