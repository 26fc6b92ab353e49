"""Retention: what is pruned is on record before it goes, hides no loss, and takes nothing from proofs that exist."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from civicroot_audit import auditor
from civicroot_audit.source import HttpSource
from civicroot_backend import service
from civicroot_backend.database.tables import prunings, records
from civicroot_backend.errors import Pruned, StoreError
from civicroot_backend.ingest.commit import Arrival
from civicroot_backend.retention import pruner
from civicroot_backend.retention.fates import Held
from civicroot_backend.service import Backend
from civicroot_backend.store.store import BATCHES, MINIMUM_INDEX, BlobStore
from civicroot_cli.verify import inflate
from civicroot_wire import batch, entry, entry_verifier, note, pruning, verifier
from civicroot_wire.pruning import Pruning
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer, verify
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.backend.api_city import OpenCity, serve
from tests.backend.audit import PublicLog
from tests.backend.city import NOW, City, batch_message, commit, signed_record, sole_verdict
from tests.backend.conftest import Scene
from tests.backend.crashes import Crash, Steps, install

DAYS = 30
WITHIN = 20.0  # seconds for a running backend to look for old batches
LATER = NOW + (DAYS + 1) * 86_400


@pytest.fixture
def scene(city: City) -> Iterator[Scene]:
    """A city that keeps batches for thirty days."""
    with city.backend(retention_days=DAYS) as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        yield Scene(city, backend, gateway, city.enrolled(backend, "bin/12", "device"))


def read(scene: Scene, seq: int, *seqs: int) -> bytes:
    """Commit a batch of the device's records with these numbers, and publish it; the blob's name."""
    listed = [signed_record(scene.device, number) for number in seqs]
    data = batch_message(scene.gateway, seq, listed, closed=scene.city.now)
    assert sole_verdict(scene.city, scene.backend, scene.gateway, data).committed
    scene.backend.publish_pending()
    return BATCHES + batch.root_of(listed).hex()


def statements(backend: Backend) -> list[tuple[int, Pruning]]:
    """The pruning statements in the log, verified, with their indices."""
    found = []
    for index in range(backend.published.size if backend.published else 0):
        data = backend.receipts.entry(index)
        if entry.kind_of(data) == entry.PRUNING:
            public = backend.keys.require(backend.kid, "backend").public
            found.append((index, pruning.verify(pruning.decode(data), backend.realm, public, verify)))
    return found


def spans(key: pruning.PrunedKey) -> dict[str, list[tuple[int, int]]]:
    return dict(zip(("received", "skipped", "thinned", "rejected"), key.spans(), strict=True))


def test_city_keeps_everything_for_ever_unless_told_otherwise(city: City) -> None:
    with city.backend() as backend:
        gateway, device = city.enrolled(backend, "gateway/1", "gateway"), city.enrolled(backend, "bin/12", "device")
        blob = read(Scene(city, backend, gateway, device), 0, 0)
        city.now = NOW + 100 * 365 * 86_400
        assert backend.prune() == 0
        assert backend.store.get(blob) is not None
        assert backend.store.get(MINIMUM_INDEX) is None


def test_old_batches_go_and_young_ones_stay(scene: Scene) -> None:
    old = read(scene, 0, 0, 1, 2)
    scene.city.now = NOW + DAYS * 86_400
    young = read(scene, 1, 3)
    assert scene.backend.prune() == 0, "exactly as old as batches are kept"
    scene.city.now += 1
    assert scene.backend.prune() == 1
    assert scene.backend.store.get(old) is None
    assert scene.backend.store.get(young) is not None
    ((index, said),) = statements(scene.backend)
    assert (said.first, said.end) == (0, 5)
    assert said.claims is not None
    assert (said.claims.issuer, said.claims.subject) == ("backend/1", scene.backend.origin)
    assert {key.kid: spans(key) for key in said.keys} == {
        scene.device.kid: {"received": [(0, 2)], "skipped": [], "thinned": [], "rejected": []},
        scene.gateway.kid: {"received": [(0, 0)], "skipped": [], "thinned": [], "rejected": []},
    }
    assert scene.backend.store.get(MINIMUM_INDEX) == b"5"
    with scene.backend.database.read() as connection:
        kept = connection.execute(select(records.c.seq).where(records.c.encoded.is_not(None))).scalars().all()
    assert kept == [3]
    assert scene.backend.prune() == 0
    assert len(statements(scene.backend)) == 1
    report = entry_verifier.verify(scene.backend.entry_proof(index), scene.backend.policy, verify, inflate)
    assert (report.kind, report.issuer) == ("pruning", "backend/1")


def test_statements_follow_one_another_without_a_gap(scene: Scene) -> None:
    for seq in range(3):
        read(scene, seq, seq)
        scene.city.now += (DAYS + 1) * 86_400
        assert scene.backend.prune() == 1
    said = [statement for _, statement in statements(scene.backend)]
    assert [item.first for item in said] == [0, *[item.end for item in said[:-1]]]
    assert scene.backend.store.get(MINIMUM_INDEX) == str(said[-1].end).encode()


def test_statement_names_every_fate(scene: Scene) -> None:
    other, stranger = scene.city.enrolled(scene.backend, "bin/13", "device"), scene.city.key()
    listed = [
        signed_record(scene.device, 10, skip=3),
        signed_record(scene.device, 20, thinned=[(11, 13), (15, 15)]),
        signed_record(scene.device, 8),  # it had skipped that
        signed_record(scene.device, 20, fill=1),  # two contents
        signed_record(scene.device, 4, realm_name="other.city"),
        signed_record(stranger, 1),
        signed_record(other, 5),
    ]
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 7, listed, skip=2))
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 6, [signed_record(other, 6)]))  # it skipped that
    scene.backend.publish_pending()
    scene.city.now = LATER
    assert scene.backend.prune() == 2
    ((_, said),) = statements(scene.backend)
    assert {key.kid: spans(key) for key in said.keys} == {
        scene.gateway.kid: {"received": [(6, 7)], "skipped": [(5, 5)], "thinned": [], "rejected": []},
        scene.device.kid: {
            "received": [(10, 10), (20, 20)],
            "skipped": [(7, 9)],
            "thinned": [(11, 13), (15, 15)],
            "rejected": [(8, 8)],
        },
        other.kid: {"received": [(5, 6)], "skipped": [], "thinned": [], "rejected": []},
    }


def test_two_headers_may_share_a_root_and_the_last_one_counts(scene: Scene) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    blob = read(scene, 0, 0)
    scene.city.now = NOW + 86_400 * DAYS
    again = batch_message(other, 0, [signed_record(scene.device, 0)], closed=scene.city.now)
    assert sole_verdict(scene.city, scene.backend, other, again).committed
    scene.backend.publish_pending()
    scene.city.now += 86_400
    assert scene.backend.prune() == 1
    assert scene.backend.store.get(blob) is not None, "a younger batch has the same records"
    scene.city.now += 86_400 * DAYS
    assert scene.backend.prune() == 1
    assert scene.backend.store.get(blob) is None


def test_record_that_comes_again_after_it_was_pruned_is_a_duplicate_and_its_batch_is_kept(scene: Scene) -> None:
    blob = read(scene, 0, 0)
    scene.city.now = LATER
    scene.backend.prune()
    assert scene.backend.store.get(blob) is None
    data = batch_message(scene.gateway, 1, [signed_record(scene.device, 0)], closed=LATER)
    assert sole_verdict(scene.city, scene.backend, scene.gateway, data).rejected == []
    assert scene.backend.store.get(blob) is not None
    assert scene.backend.counts()["record", "duplicate"] == 1
    other_content = batch_message(scene.gateway, 2, [signed_record(scene.device, 0, fill=1)], closed=LATER)
    found = sole_verdict(scene.city, scene.backend, scene.gateway, other_content)
    assert found.rejected == [(0, "equivocation")], "although only the digest is left of the first"


def test_proof_that_exists_stays_valid_and_none_is_made_any_more(scene: Scene) -> None:
    read(scene, 0, 0)
    proof = scene.backend.proof(scene.device.kid, 0)
    scene.city.now = LATER
    scene.backend.prune()
    assert verifier.verify(proof, scene.backend.policy, verify, inflate).record.seq == 0
    with pytest.raises(Pruned):
        scene.backend.proof(scene.device.kid, 0)
    header = statements(scene.backend)[0][1].end - 1
    report = entry_verifier.verify(scene.backend.entry_proof(header), scene.backend.policy, verify, inflate)
    assert report.kind == "batch", "what the log holds has a proof for ever"


def test_pruned_is_not_lost_and_hides_no_loss(tmp_path: Path) -> None:
    city = OpenCity(tmp_path, days=DAYS)
    key = city.enrol_device("bin/12")
    city.commit([city.fill(key, seq, 20) for seq in (0, 1, 2, 4, 5)])
    city.publish()
    city.city.now = LATER
    city.commit([city.fill(key, seq, 20) for seq in (6, 8)])
    city.publish()
    before = "/api/v1/devices/" + key.kid.hex()
    with serve(city) as served:
        first = served.client.get(f"{before}/completeness").json()
        city.backend.prune()
        found = served.client.get(f"{before}/completeness").json()
        assert (found["pruned"], found["lost"]) == ([[0, 2], [4, 5]], [[3, 3], [7, 7]])
        assert found["counts"]["pruned"] == 5
        assert (found["received"], found["lost"]) == (first["received"], first["lost"])
        gone = served.client.get(f"{before}/records/4/proof")
        assert (gone.status_code, gone.json()["reason"]) == (410, "pruned")
        assert served.client.get(f"{before}/records/6/proof").status_code == 200
        assert served.client.get(f"{before}/records/3/proof").status_code == 404
        readings = served.client.get(f"{before}/readings").json()["readings"]
        assert [(item["seq"], item["pruned"], len(item["values"])) for item in readings] == [
            (8, False, 1), (6, False, 1), (5, True, 0), (4, True, 0), (2, True, 0), (1, True, 0), (0, True, 0)
        ]  # fmt: skip
        assert served.client.get("/log/batch-minimum-index").text == "5"
    city.close()


def test_silent_device_whose_last_report_was_pruned_is_still_silent(tmp_path: Path) -> None:
    city = OpenCity(tmp_path, days=DAYS)
    key = city.enrol_device("bin/12")
    city.commit([signed_record(key, 0, promised=600)])
    city.publish()
    city.city.now = LATER
    assert city.backend.prune() == 1
    with serve(city) as served:
        found = served.client.get(f"/api/v1/devices/{key.kid.hex()}/completeness").json()
    assert found["silent_since"] == "2023-11-14T22:12:20Z"
    city.close()


def test_statements_are_split_when_one_entry_cannot_hold_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for seq in range(12):
        key = scene.city.enrolled(scene.backend, f"bin/{seq}", "device")
        commit(scene.backend, scene.gateway, batch_message(scene.gateway, seq, [signed_record(key, 0)]))
    scene.backend.publish_pending()
    scene.city.now = LATER
    monkeypatch.setattr(pruner, "MAX_ENTRY_BYTES", 350)
    assert scene.backend.prune() == 12
    said = [statement for _, statement in statements(scene.backend)]
    assert len(said) > 1
    assert [item.first for item in said] == [0, *[item.end for item in said[:-1]]]


def test_batch_that_no_statement_can_hold_is_kept_and_complained_of(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blob = read(scene, 0, 0)
    scene.city.now = LATER
    monkeypatch.setattr(pruner, "MAX_ENTRY_BYTES", 100)
    assert scene.backend.prune() == 0
    assert scene.backend.store.get(blob) is not None
    assert "is not pruned" in caplog.text


def test_restarted_backend_does_not_miss_what_was_pruned(scene: Scene) -> None:
    read(scene, 0, 0)
    scene.city.now = LATER
    scene.backend.prune()
    scene.backend.project_pending()
    scene.backend.stop()
    with scene.city.backend() as backend:
        backend.telemetry.reset()
        backend.project_pending()
        data = batch_message(scene.gateway, 1, [signed_record(scene.device, 1)], closed=LATER)
        commit(backend, scene.gateway, data)
        backend.publish_pending()
        backend.project_pending()
        (bucket,) = backend.telemetry.history(scene.device.kid, "fill", 0, 2**32, 1)
        assert bucket.count == 1, "what was pruned cannot be projected again"


def test_store_that_fails_while_it_deletes_does_not_stop_the_city(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blob = read(scene, 0, 0)
    scene.city.now = LATER

    def fail(_names: Iterable[str]) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(scene.backend.store, "delete", fail)
        scene.backend._prune()
    assert "pruning goes on later: the disk is full" in caplog.text
    assert scene.backend.store.get(blob) is not None
    scene.backend._prune()
    assert scene.backend.store.get(blob) is None
    assert len(statements(scene.backend)) == 1


def test_running_backend_prunes_by_itself(city: City) -> None:
    with city.backend(retention_days=DAYS) as backend:
        gateway, device = city.enrolled(backend, "gateway/1", "gateway"), city.enrolled(backend, "bin/12", "device")
        blob = read(Scene(city, backend, gateway, device), 0, 0)
        city.now = LATER
        failed: list[bool] = []
        backend.start(lambda: failed.append(True))
        deadline = time.monotonic() + WITHIN
        while backend.store.get(blob) is not None and time.monotonic() < deadline:
            assert not failed
            time.sleep(0.02)
        assert backend.store.get(blob) is None
        backend.stop()
        assert not failed


def test_audit_of_a_city_that_revoked_and_pruned_finds_only_the_holes(tmp_path: Path) -> None:
    """The backend's rules and the auditor's are one: what it rejects, counts, prunes and says of it over HTTP."""
    city = OpenCity(tmp_path, days=DAYS)
    uri = city.city.status_uri
    keys = [city.enrol_device(f"bin/{at}", status=(at, uri)) for at in (1, 2, 3)]
    city.commit([signed_record(keys[0], 0), signed_record(keys[1], 4, skip=2), signed_record(keys[2], 3)])
    city.backend.submit(city.city.revocation(keys[0], "bin/1"))
    city.backend.submit(city.city.rotation(keys[1], "bin/2", 5, keys[2]))
    city.backend.submit(city.city.status_list([1, 2]))
    city.commit([signed_record(keys[1], 5), signed_record(keys[2], 9, thinned=[(4, 6)])])
    city.publish()
    source_state = tmp_path / "before"
    with serve(city) as served:

        def audit(state: Path) -> auditor.Report:
            options = auditor.Options(jobs=0, api="all")
            return auditor.audit(
                HttpSource(served.url), city.backend.policy, state, options=options, clock=lambda: city.city.now
            )

        first = audit(source_state)
        city.city.now = LATER
        city.commit([signed_record(keys[2], 11)])
        city.publish()
        assert city.backend.prune() == 2
        known, fresh = audit(source_state), audit(tmp_path / "after")
    city.close()
    # What it finds are the holes that there are, whether it saw the batches before they were pruned or not.
    lost = {item.about.partition(" ")[0]: item.detail.partition(": ")[2] for item in first.findings}
    assert lost == {"bin/3": "0–2, 7–8, of 0 to 9", "bin/2": "0–1, of 0 to 5"}
    for report in (known, fresh):
        assert report.not_done is None
        assert {item.name for item in report.findings} == {"record-lost"}, report.findings
        lost = {item.about.partition(" ")[0]: item.detail.partition(": ")[2] for item in report.findings}
        assert lost == {"bin/3": "0–2, 7–8, 10, of 0 to 11", "bin/2": "0–1, of 0 to 5"}
        assert {check.name: check.status for check in report.checks}["api"] == "held"


# Crashes


class Scenario:
    """Two old batches, one of which has the records of a young one too, to be pruned."""

    def __init__(self, city: City) -> None:
        self.city = city
        city.now = NOW
        self.gateway, self.other, self.device = city.key(), city.key(), city.key()
        self.shared = [signed_record(self.device, 7)]

    def prepare(self, backend: Backend) -> None:
        self.city.now = NOW
        for key, subject, role in (
            (self.gateway, "gateway/1", "gateway"),
            (self.other, "gateway/2", "gateway"),
            (self.device, "bin/12", "device"),
        ):
            backend.submit(self.city.enrolment(key, subject, role))
        self.commit(backend, self.gateway, 0, [signed_record(self.device, seq) for seq in (0, 1, 3)])
        self.commit(backend, self.gateway, 1, self.shared)
        self.city.now = LATER
        self.commit(backend, self.other, 0, self.shared)
        backend.publish_pending()

    def commit(self, backend: Backend, gateway: Signer, seq: int, listed: list[bytes]) -> None:
        data = batch_message(gateway, seq, listed, closed=self.city.now)
        backend.committed(backend.committer.commit([Arrival(gateway.kid, data)]))

    def check(self, backend: Backend) -> None:
        """Everything old is gone, on record once, and the rest is there and provable."""
        public = self.city.folder / "data/public"
        gone = public / BATCHES / batch.root_of([signed_record(self.device, seq) for seq in (0, 1, 3)]).hex()
        assert not gone.exists()
        assert (public / BATCHES / batch.root_of(self.shared).hex()).exists()
        ((_, said),) = statements(backend)
        assert (said.first, said.end) == (0, 7)
        assert (public / MINIMUM_INDEX).read_text() == "7"
        assert {key.kid: spans(key)["received"] for key in said.keys} == {
            self.device.kid: [(0, 1), (3, 3), (7, 7)],
            self.gateway.kid: [(0, 1)],
        }
        with backend.database.read() as connection:
            assert connection.execute(select(records).where(records.c.encoded.is_not(None))).all() == []
            assert connection.execute(select(prunings.c.finished)).scalars().all() == [True]
        assert PublicLog(public, backend.log.key).size == 9
        for seq in (0, 1, 3, 7):
            with pytest.raises(Pruned):
                backend.proof(self.device.kid, seq)


class WatchedStore:
    """Fails the test if a batch is deleted that is not yet on public record as prunable."""

    def __init__(self, store: BlobStore, city: City) -> None:
        self._store = store
        self._city = city

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def delete(self, names: Iterable[str]) -> None:
        listed = list(names)
        public = PublicLog(self._city.folder / "data/public", _log_key(self._city))
        said = [pruning.decode(data) for data in public.entries if entry.kind_of(data) == entry.PRUNING]
        minimum = int((public.root / MINIMUM_INDEX).read_text())
        assert minimum == max(item.end for item in said)
        roots = {
            BATCHES + batch.decode_header(data).root.hex()
            for index, data in enumerate(public.entries)
            if entry.kind_of(data) == entry.BATCH and index < minimum
        }
        assert set(listed) <= roots
        self._store.delete(listed)


def _log_key(city: City) -> note.VerifierKey:
    return note.VerifierKey(f"{city.realm}/log", city.log_key.public)


def test_crash_at_every_durable_step_of_pruning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()
    city = City(tmp_path / "city")
    prepared, data = tmp_path / "prepared", city.folder / "data"
    scenario = Scenario(city)
    with city.backend(retention_days=DAYS) as backend:
        scenario.prepare(backend)
    shutil.copytree(data, prepared)
    install(monkeypatch, steps)
    crashing = service.open_store
    monkeypatch.setattr(service, "open_store", lambda url: WatchedStore(crashing(url), city))
    seen: list[str] = []
    for fatal in range(1, 100):
        shutil.rmtree(data)
        shutil.copytree(prepared, data)
        steps.seen, steps.fatal = [], None
        crashed = False
        with city.backend(retention_days=DAYS) as backend:
            steps.seen, steps.fatal = [], fatal
            try:
                backend.prune()
            except Crash:
                crashed = True
                seen.append(steps.seen[-1])
        steps.fatal = None
        with city.backend(retention_days=DAYS) as backend:
            backend.publish_pending()
            backend.prune()
            scenario.check(backend)
        if not crashed:
            break
    else:
        pytest.fail("pruning has more steps than are tried")
    assert set(seen) >= {"before commit", "after commit", "before swap", "after swap", "before delete", "after delete"}


# The pure part


numbers = st.integers(0, 60)


@given(st.lists(st.tuples(st.sampled_from([b"a" * 8, b"b" * 8]), numbers, st.integers(0, 5), st.booleans())))
def test_statement_of_what_was_held_reads_back(drawn: list[tuple[bytes, int, int, bool]]) -> None:
    found, received = Held(), set()
    for kid, seq, skip, good in drawn:
        if good:
            found.receive(kid, Sequence(seq, min(skip, seq)))
            received.add((kid, seq))
        else:
            found.reject(kid, seq)
    signer = Signer(bytes(32))
    said = pruning.decode(pruning.sign(Pruning(0, 9, found.keys()), signer.kid, "backend/1", "log", "r", signer))
    listed = {(key.kid, number) for key in said.keys for low, high in key.received for number in range(low, high + 1)}
    assert listed == received
    for key in said.keys:
        for fates in key.spans()[1:]:
            for low, high in fates:
                assert not any((key.kid, number) in received for number in range(low, high + 1))
