"""Sightings in bundles: a proof that is fetched long after says since when its entry is public (wire §7.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_backend.database.tables import publications
from civicroot_backend.log.below_quorum import PUBLISH
from civicroot_backend.service import Backend
from civicroot_wire import entry_proof, entry_verifier, proof, verifier
from civicroot_wire.entry_proof import EntryProof
from civicroot_wire.errors import ProofError
from civicroot_wire.proof import Proof
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.steps import Verified
from sqlalchemy import event, select

from tests.backend.city import NOW, City, batch_message, commit, signed_record
from tests.backend.witness_server import Reply, WitnessServer
from tests.backend.witnessed_city import witnessed_city

SEEN, YEAR = NOW + 60, 365 * 86_400


def inflate(compressed: bytes, _limit: int) -> bytes:
    return compressed  # nobody looks at it


@dataclass
class Scene:
    """An opened backend with witnesses, and a reading at log `index` that they saw at SEEN."""

    city: City
    backend: Backend
    witnesses: list[WitnessServer]
    device: Signer
    index: int

    def grow(self, later: int) -> None:
        """One more entry, published so much later."""
        self.city.now += later
        self.city.enrolled(self.backend, f"tree/{self.city.now}", "device")
        self.backend.publish_pending()

    def reading(self) -> Proof:
        return proof.decode(self.backend.proof(self.device.kid, 0))

    def entry(self) -> EntryProof:
        return entry_proof.decode(self.backend.entry_proof(self.index))

    def bundles(self) -> list[Proof | EntryProof]:
        return [self.reading(), self.entry()]

    def reports(self) -> list[Verified]:
        """Both bundles, verified by the policy of today."""
        policy = self.backend.policy
        return [
            verifier.verify(self.backend.proof(self.device.kid, 0), policy, verify, inflate),
            entry_verifier.verify(self.backend.entry_proof(self.index), policy, verify, inflate),
        ]

    def down(self, *witnesses: WitnessServer) -> None:
        for witness in self.witnesses:
            witness.lie = (lambda _asked: Reply(500)) if witness in witnesses else None


def scene_in(city: City, backend: Backend, witnesses: list[WitnessServer]) -> Scene:
    gateway = city.enrolled(backend, "gateway/1", "gateway", status=(5, city.status_uri))
    device = city.enrolled(backend, "bin/12", "device", status=(6, city.status_uri))
    backend.publish_pending()
    index = backend.log.published.size if backend.log.published else 0
    commit(backend, gateway, batch_message(gateway, 0, [signed_record(device, 0)]))
    return Scene(city, backend, witnesses, device, index)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Not yet published; below the quorum the city publishes as well."""
    with witnessed_city(tmp_path) as (city, witnesses), city.backend(below_quorum=PUBLISH) as backend:
        made = scene_in(city, backend, witnesses)
        city.now = SEEN
        yield made


def test_a_bundle_of_a_year_later_keeps_the_time_of_the_first_checkpoint(scene: Scene) -> None:
    scene.backend.publish_pending()
    assert [bundle.sighting for bundle in scene.bundles()] == [None, None], "the newest is the first"
    assert [report.not_after for report in scene.reports()] == [SEEN, SEEN]
    for _ in range(3):
        scene.grow(YEAR)
    for bundle in scene.bundles():
        assert bundle.sighting is not None
        assert bundle.sighting.size == scene.index + 1
        assert f"{scene.city.realm}/log" not in bundle.sighting.lines, "the log's own line is left out"
    for report in scene.reports():
        assert report.not_after == SEEN
        assert (report.seen.checkpoint.size, report.head.checkpoint.size) == (scene.index + 1, scene.index + 4)


def test_it_is_the_same_after_a_restart(scene: Scene) -> None:
    scene.backend.publish_pending()
    scene.grow(YEAR)
    before = scene.reading().sighting
    assert before is not None
    scene.backend.stop()
    with scene.city.backend() as again:
        after = proof.decode(again.proof(scene.device.kid, 0)).sighting
        assert after is not None
        assert after.as_item() == before.as_item()


def test_checkpoints_below_the_quorum_are_no_sighting(scene: Scene) -> None:
    scene.down(*scene.witnesses[1:])
    scene.backend.publish_pending()
    scene.grow(5)
    scene.down()
    scene.grow(5)  # the first that met it
    scene.grow(YEAR)
    with scene.backend.database.read() as connection:
        query = select(publications.c.size, publications.c.met).where(publications.c.size > scene.index)
        rows = connection.execute(query.order_by(publications.c.id)).all()
    assert [row.met for row in rows] == [False, False, True, True]
    for bundle, report in zip(scene.bundles(), scene.reports(), strict=True):
        assert bundle.sighting is not None
        assert bundle.sighting.size == scene.index + 3
        assert report.not_after == SEEN + 10


def test_a_checkpoint_that_was_raised_to_the_quorum_later_is_shown_with_all_its_lines(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.down(*scene.witnesses[1:])
    scene.backend.publish_pending()
    scene.down()
    monkeypatch.setattr(scene.backend.log._cosigning, "_due", float("-inf"))
    scene.backend.publish_pending()
    scene.grow(YEAR)
    sighting = scene.reading().sighting
    assert sighting is not None
    assert sighting.size == scene.index + 1
    assert sighting.lines.count("\n") >= 2
    assert [report.not_after for report in scene.reports()] == [SEEN, SEEN]


def test_one_that_the_policy_of_today_would_refuse_is_left_out(scene: Scene) -> None:
    scene.backend.publish_pending()
    scene.grow(YEAR)
    policy = scene.backend.policy
    known = policy.witnesses
    # 1. The witnesses that cosigned it are not known any more.
    policy.witnesses = known[:1]
    assert [bundle.sighting for bundle in scene.bundles()] == [None, None]
    # 2. It asks for more than it was published with.
    policy.witnesses, policy.quorum = known, 3
    assert [bundle.sighting for bundle in scene.bundles()] == [None, None]
    policy.quorum = 2
    assert [bundle.sighting is None for bundle in scene.bundles()] == [False, False]


def test_a_changed_sighting_makes_the_bundle_fail(scene: Scene) -> None:
    scene.backend.publish_pending()
    scene.grow(YEAR)
    bundle = scene.reading()
    assert bundle.sighting is not None
    bundle.sighting.path[0] = bytes(32)
    with pytest.raises(ProofError) as refused:
        verifier.verify(proof.encode(bundle), scene.backend.policy, verify, inflate)
    assert (refused.value.step, refused.value.reason) == ("witnesses", "bad-signature")


def test_without_a_quorum_there_is_none(scene: Scene, tmp_path: Path) -> None:
    scene.backend.publish_pending()
    scene.grow(YEAR)
    scene.backend.policy.quorum = 0
    assert [bundle.sighting for bundle in scene.bundles()] == [None, None]
    city = City(tmp_path / "alone")
    with city.backend() as backend:
        alone = scene_in(city, backend, [])
        backend.publish_pending()
        alone.grow(YEAR)
        assert [bundle.sighting for bundle in alone.bundles()] == [None, None]
        assert [report.not_after for report in alone.reports()] == [None, None]


def test_a_bundle_that_gets_too_large_leaves_it_out_before_the_status_list(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.backend.publish_pending()
    scene.backend.submit(scene.city.status_list([]))
    scene.grow(YEAR)
    assert all(bundle.sighting and bundle.status_list for bundle in scene.bundles())
    reading, entry = scene.backend.proof(scene.device.kid, 0), scene.backend.entry_proof(scene.index)
    monkeypatch.setattr(proof, "MAX_PROOF_BYTES", len(reading) - 1)
    monkeypatch.setattr(entry_proof, "MAX_ENTRY_PROOF_BYTES", len(entry) - 1)
    for bundle in scene.bundles():
        assert bundle.sighting is None
        assert bundle.status_list is not None


def test_finding_it_reads_by_size_and_not_every_publication(scene: Scene) -> None:
    scene.backend.publish_pending()
    scene.grow(YEAR)
    asked: list[tuple[str, object]] = []
    database = scene.backend.database
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _cur, sql, values, *_: asked.append((sql, values)))
        assert scene.backend._prover._sightings.of(connection, scene.index, scene.index + 2) is not None
        ((sql, values),) = asked
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, values).all()  # type: ignore[arg-type]
    assert "USING INDEX ix_publications_size (size>? AND size<?)" in plan[0].detail
