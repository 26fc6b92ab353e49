"""Rules that no folder can show: two keys under one kid, a record that knows the future, a book that is full."""

from pathlib import Path

import pytest
from civicroot_audit.batch_judge import BatchJudge
from civicroot_audit.book import Book
from civicroot_audit.directory import Directory, Enrolled
from civicroot_audit.entry_judge import EntryJudge
from civicroot_audit.errors import StateError
from civicroot_audit.examine import Examined
from civicroot_audit.findings import MAX_PER_NAME, Finding
from civicroot_audit.grounds import Bounds, Grounds, Places
from civicroot_audit.lives import Lives
from civicroot_audit.own_tree import OwnTree
from civicroot_audit.policies import Policies
from civicroot_audit.sink import Sink
from civicroot_audit.state import State
from civicroot_wire import merkle, sodium
from civicroot_wire import policy as policies
from civicroot_wire.errors import MerkleError, WireError
from civicroot_wire.sodium import Signer

from tests.audit.copies import Copy
from tests.backend.city import NOW, REALM

DEVICE = Signer(b"\x31" * 32)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


def enrolled(key: Signer, index: int = 1, subject: str = "bin/1", role: str = "device") -> Enrolled:
    return Enrolled(index, key.kid, key.public, subject, role, "registrar", None, None, False)


def names(state: State) -> list[tuple[str, str]]:
    return state.sql.execute("SELECT name, detail FROM findings ORDER BY name").fetchall()


def test_another_key_under_a_kid_that_was_ever_enrolled(copy: Copy, state: State) -> None:
    directory = Directory()
    other = Signer(b"\x32" * 32)
    directory.enrol(Enrolled(1, DEVICE.kid, other.public, "bin/1", "device", "registrar", None, None, False))
    judge = EntryJudge(directory, Policies(copy.policy, sodium.verify), {}, sodium.verify)
    sink = Sink()
    judged = judge.judge(9, copy.enrolment(DEVICE, "bin/1"), sink)
    with state.step():
        sink.write(state, Book(state, NOW))
    assert [name for name, _ in names(state)] == ["kid-taken"]
    assert judged.enrolled is None
    assert directory.at(DEVICE.kid, 99) == directory.first(DEVICE.kid), "the first key stays"


def test_a_record_that_knows_a_younger_checkpoint(state: State) -> None:
    directory = Directory()
    directory.enrol(enrolled(DEVICE))
    told = b"\x01" * 8
    bounds = Bounds(NOW, 300, None, {told: (50, None)})
    places = Places(lambda index: b"entry", lambda index, place: b"record")
    judge = BatchJudge(Grounds(state, Book(state, NOW), Lives(state), directory, REALM, bounds, places))
    with state.step():
        for index in (49, 50):
            judge.records(index, b"gateway.", NOW, [Examined(None, DEVICE.kid, index, b"d" * 32, 0, told)])
    ((name, detail),) = names(state)
    assert name == "record-too-early"
    assert "log entry 49" in detail


def test_a_key_is_judged_by_its_enrolment_at_the_index() -> None:
    directory = Directory()
    directory.enrol(enrolled(DEVICE, 3))
    directory.enrol(enrolled(DEVICE, 8, "bin/2"))
    assert directory.at(DEVICE.kid, 3) is None
    assert [directory.at(DEVICE.kid, index).subject for index in (4, 8, 9)] == ["bin/1", "bin/1", "bin/2"]  # type: ignore[union-attr]


def test_a_flood_of_findings_is_counted_not_kept(state: State) -> None:
    book = Book(state, NOW)
    asked = []

    def evidence() -> dict[str, bytes]:
        asked.append(1)
        return {"record.cbor": b"1"}

    with state.step():
        for number in range(MAX_PER_NAME + 25):
            book.add(Finding("record-forged", "a reading", "d" * 5000, str(number)), evidence)
    entries = book.entries()
    assert len(entries) == MAX_PER_NAME + 1
    (more,) = [item for item in entries if item.name == "more"]
    assert more.detail.startswith("25 more")
    assert len(asked) == MAX_PER_NAME
    assert all(len(item.detail) <= 1000 for item in entries)


def test_what_was_put_right_goes_away_and_what_was_proved_stays(state: State) -> None:
    with state.step():
        book = Book(state, NOW)
        book.add(Finding("batch-missing", "a batch", "", "1"), standing=True)
        book.add(Finding("fork", "the city", "", "2"))
    with state.step():
        later = Book(state, NOW + 9)
        later.forget_what_was_put_right()
        assert [(item.name, item.first_seen) for item in later.entries()] == [("fork", NOW)]
        (fork,) = later.entries()
        assert later.acknowledge(fork.fingerprint)
        assert not later.acknowledge("0" * 12)
        assert later.entries()[0].acknowledged


def test_a_state_folder_is_of_one_city(state: State) -> None:
    state.claim("realm", "one.example")
    state.claim("realm", "one.example")
    with pytest.raises(StateError, match=r"one\.example"):
        state.claim("realm", "other.example")


def test_a_folder_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database, but long enough to be looked at" * 99)
    with pytest.raises(StateError):
        State(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError):
        State(tmp_path / "file")


def test_the_own_tree_knows_every_earlier_root() -> None:
    leaves = [merkle.leaf_hash(b"%d" % number) for number in range(1200)]
    stored: dict[tuple[int, int], bytes] = {}
    tree = OwnTree(0, lambda level, number: stored.get((level, number), b""))
    position = 0
    for step in (1, 255, 1, 300, 43, 600):
        tree.append(leaves[position : position + step])
        position += step
        stored.update({(level, number): content for level, number, content in tree.changes()})
        tree.saved()
    again = OwnTree(position, lambda level, number: stored.get((level, number), b""))
    for size in (0, 1, 2, 255, 256, 257, 700, 1199, 1200):
        assert tree.root(size) == again.root(size) == merkle.root(leaves[:size])
    assert again.leaf(777) == leaves[777]
    with pytest.raises(MerkleError):
        tree.root(1201)


def test_policies_follow_one_another(copy: Copy) -> None:
    chain = Policies(copy.policy, sodium.verify)
    second = copy.with_policy(version=2)
    assert chain.follows(second)
    chain.admit(policies.to_entry(copy.policy))
    chain.admit(policies.to_entry(second))
    assert chain.effective.version == 2
    assert chain.is_logged(second)
    assert not chain.follows(second), "it is not later than itself"
    for wrong in (copy.with_policy(version=2), copy.with_policy(version=1), copy.with_policy(realm="other.example")):
        with pytest.raises(WireError):
            chain.admit(policies.to_entry(wrong))
