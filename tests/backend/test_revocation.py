"""Revocation: keys are judged by the log's order, in ingest, in submissions and in proofs."""

import copy
import threading

import pytest
from civicroot_backend import keyfile, realm
from civicroot_backend.entries.submission import Submissions
from civicroot_backend.errors import BackendStopped, ConfigurationError
from civicroot_backend.ingest.commit import Arrival
from civicroot_cli.verify import inflate
from civicroot_wire import entry_verifier, policy, proof, revocation, verifier
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.sodium import Signer, verify

from tests.backend.city import NOW, REALM, batch_message, commit, signed_record, sole_verdict, verdicts
from tests.backend.conftest import Scene


def refused(scene: Scene, data: bytes, reason: str, kind: str) -> None:
    """Submit what must be refused under this name."""
    with pytest.raises(WireError) as refusal:
        scene.backend.submit(data)
    assert refusal.value.reason == reason
    assert scene.backend.counts()[kind, reason] == 1


def message(scene: Scene, seq: int, *records: bytes) -> bytes:
    return batch_message(scene.gateway, seq, list(records))


# Ingest


def test_record_of_a_revoked_device_is_rejected_and_the_others_are_not(scene: Scene) -> None:
    other = scene.city.enrolled(scene.backend, "bin/13", "device")
    early = signed_record(scene.device, 0)
    commit(scene.backend, scene.gateway, message(scene, 0, early))
    scene.backend.submit(scene.city.revocation(scene.device, "bin/12"))
    found = sole_verdict(
        scene.city,
        scene.backend,
        scene.gateway,
        message(scene, 1, signed_record(scene.device, 1), signed_record(other, 0)),
    )
    assert found.rejected == [(0, "revoked")]
    assert scene.backend.counts()["record", "revoked"] == 1
    assert scene.backend.counts()["record", "accepted"] == 2


def test_forgery_under_a_revoked_devices_name_is_a_forgery(scene: Scene) -> None:
    scene.backend.submit(scene.city.revocation(scene.device, "bin/12"))
    forged = signed_record(scene.device, 1, realm_name="other.city")
    assert sole_verdict(scene.city, scene.backend, scene.gateway, message(scene, 0, forged)).rejected == [
        (0, "bad-signature")
    ]


def test_batch_of_a_revoked_gateway_is_refused_whole_and_one_from_before_keeps_its_verdict(scene: Scene) -> None:
    early = message(scene, 0, signed_record(scene.device, 0))
    before = commit(scene.backend, scene.gateway, early).answers
    scene.backend.submit(scene.city.revocation(scene.gateway, "gateway/1"))
    late = sole_verdict(scene.city, scene.backend, scene.gateway, message(scene, 1, signed_record(scene.device, 1)))
    assert (late.committed, late.reason) == (False, "revoked")
    assert scene.backend.counts()["batch", "revoked"] == 1
    assert commit(scene.backend, scene.gateway, early).answers == before


def test_rotated_device_delivers_what_it_had_signed_by_then(scene: Scene) -> None:
    successor = scene.city.enrolled(scene.backend, "bin/12", "device")
    scene.backend.submit(scene.city.rotation(scene.device, "bin/12", 5, successor))
    records = [signed_record(scene.device, 5), signed_record(scene.device, 6), signed_record(successor, 0)]
    assert sole_verdict(scene.city, scene.backend, scene.gateway, message(scene, 0, *records)).rejected == [
        (1, "revoked")
    ]


def test_rotated_gateway_delivers_what_it_had_signed_by_then(scene: Scene) -> None:
    successor = scene.city.enrolled(scene.backend, "gateway/1", "gateway")
    scene.backend.submit(scene.city.rotation(scene.gateway, "gateway/1", 3, successor))
    found = verdicts(
        scene.city,
        commit(
            scene.backend, scene.gateway, *[message(scene, seq, signed_record(scene.device, seq)) for seq in (3, 4)]
        ),
    )
    assert [(item.committed, item.reason) for item in found] == [(True, None), (False, "revoked")]


def test_revocation_that_comes_while_a_batch_is_examined_counts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The header's place in the log is given out in the transaction, and it is judged by what was logged before."""
    opened = scene.backend.committer._open
    done = threading.Event()

    def slow(arrival: Arrival, now: float) -> object:
        if not done.is_set():
            scene.backend.submit(scene.city.revocation(scene.device, "bin/12"))
            scene.backend.submit(scene.city.enrolment(late, "bin/14", "device"))
            done.set()
        return opened(arrival, now)

    late = scene.city.key()
    monkeypatch.setattr(scene.backend.committer, "_open", slow)
    records = [signed_record(scene.device, 0), signed_record(late, 0)]
    found = sole_verdict(scene.city, scene.backend, scene.gateway, message(scene, 0, *records))
    assert found.rejected == [(0, "revoked")], "and the key that was enrolled meanwhile is known"


def test_backend_whose_key_is_revoked_stops(scene: Scene) -> None:
    scene.backend.submit(scene.city.revocation(scene.city.backend_key, "backend/1"))
    with pytest.raises(BackendStopped):
        commit(scene.backend, scene.gateway, message(scene, 0, signed_record(scene.device, 0)))
    scene.backend.stop()
    with pytest.raises(ConfigurationError, match="revoked"), scene.city.backend():
        pass


# Submissions


def test_revoked_key_is_never_enrolled_again(scene: Scene) -> None:
    scene.backend.submit(scene.city.revocation(scene.device, "bin/12"))
    refused(scene, scene.city.enrolment(scene.device, "bin/99", "device"), "revoked", "enrolment")


def test_key_is_revoked_once(scene: Scene) -> None:
    scene.backend.submit(scene.city.revocation(scene.device, "bin/12", revocation.RETIRED))
    refused(scene, scene.city.revocation(scene.device, "bin/12", revocation.LOST), "revoked", "revocation")


def test_key_that_nobody_enrolled_is_not_revoked(scene: Scene) -> None:
    refused(scene, scene.city.revocation(scene.city.key(), "bin/12"), "unknown-key-id", "revocation")


def test_revocation_names_the_subject_that_the_key_has(scene: Scene) -> None:
    refused(scene, scene.city.revocation(scene.device, "bin/13"), "key-mismatch", "revocation")


def test_revocation_by_a_stranger_is_refused(scene: Scene) -> None:
    scene.city.registrar = scene.city.key()
    refused(scene, scene.city.revocation(scene.device, "bin/12"), "untrusted", "revocation")


def test_revocation_of_another_city_is_refused(scene: Scene) -> None:
    scene.city.realm = "other.city"
    refused(scene, scene.city.revocation(scene.device, "bin/12"), "wrong-realm", "revocation")


def test_registrar_is_trusted_for_its_range_of_the_log_alone(scene: Scene) -> None:
    """The index that an entry will have is what counts, so a registrar whose time is over enrols nobody."""
    model = copy.deepcopy(scene.backend.policy.model)
    model["registrars"][0]["last"] = 4  # type: ignore[index]
    root = keyfile.load(scene.city.folder / realm.ROOT_KEY)
    submissions = Submissions(scene.backend.database, policy.sign(model, [(root.public, root)]), lambda: NOW)
    first = submissions.submit(scene.city.enrolment(scene.city.key(), "bin/1", "device"))
    assert first.index == 4
    with pytest.raises(WireError, match="untrusted"):
        submissions.submit(scene.city.enrolment(scene.city.key(), "bin/2", "device"))
    with pytest.raises(WireError, match="untrusted"):
        submissions.submit(scene.city.revocation(scene.device, "bin/12"))


# Status lists


def listed(scene: Scene, subject: str, index: int, role: str = "device") -> Signer:
    """A key with a place in the status list."""
    return scene.city.enrolled(scene.backend, subject, role, status=(index, scene.city.status_uri))


def test_status_list_says_exactly_what_the_log_says(scene: Scene) -> None:
    key = listed(scene, "bin/20", 9)
    scene.backend.submit(scene.city.status_list([]))
    refused(scene, scene.city.status_list([9], 1), "wrong-order", "status-list")
    scene.backend.submit(scene.city.revocation(key, "bin/20"))
    for wrong, issued_at in (([], 2), ([9, 10], 3)):
        with pytest.raises(WireError, match="wrong-order"):
            scene.backend.submit(scene.city.status_list(wrong, issued_at))
    scene.backend.submit(scene.city.status_list([9], 4))
    with pytest.raises(WireError, match="out-of-range"):
        scene.backend.submit(scene.city.status_list([], 5, length=1))


def test_place_in_a_status_list_belongs_to_one_key(scene: Scene) -> None:
    key = listed(scene, "bin/20", 9)
    other = scene.city.key()
    again = scene.city.enrolment(other, "bin/21", "device", status=(9, scene.city.status_uri))
    refused(scene, again, "key-mismatch", "enrolment")
    moved = scene.city.enrolment(key, "bin/22", "device", status=(9, scene.city.status_uri))
    assert scene.backend.submit(moved).subject == "bin/22"


def test_place_that_no_list_can_have_is_refused(scene: Scene) -> None:
    data = scene.city.enrolment(scene.city.key(), "bin/1", "device", status=(1 << 23, scene.city.status_uri))
    refused(scene, data, "out-of-range", "enrolment")


# Proofs


class Listed:
    """A scene whose device and gateway have places in the status list, and one reading of log entry `header`."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.gateway = listed(scene, "gateway/2", 1, "gateway")
        self.device = listed(scene, "bin/20", 2)
        self.header = self.read(0)

    def read(self, seq: int) -> int:
        data = batch_message(self.gateway, seq, [signed_record(self.device, seq)])
        index = sole_verdict(self.scene.city, self.scene.backend, self.gateway, data).index
        assert index is not None
        return index

    def publish_list(self, *revoked: int) -> int:
        city = self.scene.city
        city.now += 1
        index = self.scene.backend.submit(city.status_list(revoked, city.now)).index
        self.scene.backend.publish_pending()
        return index

    def proof(self, seq: int = 0) -> proof.Proof:
        return proof.decode(self.scene.backend.proof(self.device.kid, seq))

    def finding(self, seq: int = 0) -> tuple[str, str]:
        """Status and text of the verifier's step `revocation`."""
        report = verifier.verify(
            self.scene.backend.proof(self.device.kid, seq), self.scene.backend.policy, verify, inflate
        )
        (found,) = (item for item in report.findings if item.step == "revocation")
        return found.status, found.says


@pytest.fixture
def stage(scene: Scene) -> Listed:
    return Listed(scene)


def test_proof_without_a_status_list_since_says_not_checked(stage: Listed) -> None:
    stage.scene.backend.publish_pending()
    assert stage.finding()[0] == "not-checked"


def test_proof_has_the_newest_list_that_calls_both_keys_valid(stage: Listed) -> None:
    stage.publish_list()
    newest = stage.publish_list()
    assert stage.proof().status_list.index == newest
    assert stage.finding()[0] == "checked"
    stage.scene.backend.submit(stage.scene.city.revocation(stage.device, "bin/20"))
    stage.publish_list(2)
    assert stage.proof().status_list.index == newest, "it says all there is to say"
    assert stage.finding()[0] == "checked"


def test_list_older_than_the_reading_is_not_used(stage: Listed) -> None:
    stage.publish_list()
    stage.read(1)
    stage.scene.backend.publish_pending()
    assert stage.finding(1)[0] == "not-checked"
    assert stage.finding(0)[0] == "checked"


@pytest.mark.parametrize("who", ["device", "gateway", "both"])
def test_key_withdrawn_after_the_reading_and_before_any_list_is_shown_with_its_revocation(
    stage: Listed, who: str
) -> None:
    revoked = []
    if who != "gateway":
        stage.scene.backend.submit(stage.scene.city.revocation(stage.device, "bin/20"))
        revoked.append(2)
    if who != "device":
        stage.scene.backend.submit(stage.scene.city.revocation(stage.gateway, "gateway/2"))
        revoked.append(1)
    stage.publish_list(*revoked)
    found = stage.proof()
    assert (found.device_revocation is not None, found.gateway_revocation is not None) == (
        who != "gateway",
        who != "device",
    )
    status, says = stage.finding()
    assert status == "checked"
    assert "withdrawn only by" in says


def test_reading_of_a_rotated_device_that_came_late_has_a_proof_that_holds(stage: Listed) -> None:
    successor = listed(stage.scene, "bin/20", 3)
    stage.scene.backend.submit(stage.scene.city.rotation(stage.device, "bin/20", 7, successor))
    stage.read(7)
    stage.publish_list(2)
    assert stage.finding(7)[0] == "checked"


def test_keys_in_two_lists_have_no_list_that_shows_both(scene: Scene) -> None:
    stage = Listed(scene)
    other = scene.city.enrolled(scene.backend, "bin/21", "device", status=(0, f"https://{REALM}/status-lists/other"))
    sole_verdict(scene.city, scene.backend, stage.gateway, batch_message(stage.gateway, 1, [signed_record(other, 0)]))
    stage.publish_list()
    report = verifier.verify(scene.backend.proof(other.kid, 0), scene.backend.policy, verify, inflate)
    assert {item.step: item.status for item in report.findings}["revocation"] == "not-checked"


def entry_finding(scene: Scene, index: int) -> str:
    report = entry_verifier.verify(scene.backend.entry_proof(index), scene.backend.policy, verify, inflate)
    return {item.step: item.status for item in report.findings}["revocation"]


def test_entries_proofs_show_their_signers_standing(stage: Listed) -> None:
    scene = stage.scene
    key = listed(scene, "organisation/zoo", 5, "organisation")
    index = scene.backend.submit(scene.city.statement(key, "organisation/zoo", "bin/20", b"x")).index
    scene.backend.submit(scene.city.revocation(key, "organisation/zoo"))
    stage.publish_list(5)
    for entry in (index, stage.header):
        assert entry_finding(scene, entry) == "checked"
    assert scene.backend.entry_proof(index) != scene.backend.entry_proof(stage.header)


def test_statement_of_a_key_withdrawn_before_would_not_verify(stage: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that logs it all the same convinces nobody."""
    scene = stage.scene
    key = listed(scene, "organisation/zoo", 5, "organisation")
    scene.backend.submit(scene.city.revocation(key, "organisation/zoo"))
    monkeypatch.setattr("civicroot_backend.entries.statement.refuse_revoked", lambda *_: None)
    index = scene.backend.submit(scene.city.statement(key, "organisation/zoo", "bin/20", b"late")).index
    stage.publish_list(5)
    with pytest.raises(ProofError) as failure:
        entry_finding(scene, index)
    assert (failure.value.step, failure.value.reason) == ("revocation", "revoked")
