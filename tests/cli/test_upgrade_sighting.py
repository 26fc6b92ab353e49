"""`civicroot proof upgrade` keeps the earliest time that witnesses put to what a bundle shows (SPEC.md §7.6)."""

from pathlib import Path

import pytest
from civicroot_cli.proofs import upgrade
from civicroot_wire import cosignature, entry_proof, merkle, note, proof
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.entry_proof import EntryProof
from civicroot_wire.logged import Logged
from civicroot_wire.sighting import Sighting
from civicroot_wire.sodium import Signer

from tests.audit.anchoring import BITCOIN
from tests.audit.copies import ORIGIN, RealCity, make_city
from tests.backend.city import NOW
from tests.cli.conftest import Civicroot
from tests.cli.test_upgrade_bounds import MADE, TOLD, Reading, said

YEAR = 365 * 86_400
NAMES = [f"witness{number}.example" for number in range(3)]


@pytest.fixture(scope="module")
def real_city(tmp_path_factory: pytest.TempPathFactory) -> RealCity:
    return make_city(tmp_path_factory.mktemp("city"))


@pytest.fixture
def reading(real_city: RealCity, tmp_path: Path) -> Reading:
    return Reading(real_city, tmp_path, [BITCOIN])


def grow(reading: Reading, time: int) -> int:
    """One more entry, in a checkpoint that the witnesses cosign at this time; its size."""
    copy = reading.copy
    copy.cosigned_at = time
    copy.append(copy.real.city.status_list([4], NOW + len(copy.entries)))
    return len(copy.entries)


def lines(reading: Reading, tree: Checkpoint, time: int, count: int = 3) -> str:
    """What the first witnesses sign of a tree."""
    return "".join(cosignature.sign(tree.body(), time, *pair) for pair in reading.copy.witnesses[:count])


def sighting(reading: Reading, size: int, text: str) -> Sighting:
    return Sighting(size, reading.path(reading.at, size), text)


def test_an_upgrade_keeps_the_earliest_time(reading: Reading, ok: Civicroot) -> None:
    for years in (1, 2):
        size = grow(reading, MADE + years * YEAR)
        done = ok(*reading.upgrade)
        assert f"+ the checkpoint of {size} entries" in done.out
        assert "no later than" not in done.out, "the time is the old one"
        assert "the upper bound is later" not in done.out
        found = said(ok, reading)
        assert (found["log_size"], found["not_after"]) == (size, MADE)
        assert found["interval"] == {"start": {"time": TOLD, "clocks": NAMES}, "end": {"time": MADE, "clocks": NAMES}}
        assert [item["time"] for item in found["witnesses"]] == [MADE + years * YEAR] * 3, "of the newest head"
        assert found["seen"] == {
            "log_size": reading.at + 1,
            "witnesses": [{"name": name, "time": MADE} for name in NAMES],
        }
        kept = reading.decoded().sighting
        assert kept is not None
        assert kept.size == reading.at + 1
        assert kept.lines.count("\n") == 3, "the log's own line is left out"
    assert "nothing new" in ok(*reading.upgrade).out


def test_whose_clocks_say_so_are_those_of_the_earlier_tree(reading: Reading, ok: Civicroot) -> None:
    text = lines(reading, reading.copy.tree(), MADE - 60, 2)
    first = reading.at + 1
    grow(reading, MADE + YEAR)
    reading.write(sighting=sighting(reading, first, text))
    shown = ok("verify", reading.file, *reading.trust).out
    assert (
        "+ public no later than 2023-11-14T23:12:20+00:00 (by the clocks of witness0.example, witness1.example, "
        in (shown)
    )
    assert "+ seen by 3 of 3 witnesses: witness0.example, witness1.example, witness2.example (2 are needed)" in shown
    found = said(ok, reading)
    assert found["interval"]["end"] == {"time": MADE - 60, "clocks": NAMES[:2]}


def test_the_old_checkpoint_takes_the_place_of_a_sighting_with_a_later_time(reading: Reading, ok: Civicroot) -> None:
    text = lines(reading, reading.copy.tree(), MADE + 999)
    first = reading.at + 1
    second = grow(reading, MADE + 5)
    reading.write(sighting=sighting(reading, first, text))
    grow(reading, MADE + YEAR)
    ok(*reading.upgrade)
    kept = reading.decoded().sighting
    assert kept is not None
    assert kept.size == second
    assert said(ok, reading)["not_after"] == MADE + 5


def test_a_newer_checkpoint_of_an_earlier_time_needs_no_sighting(reading: Reading, ok: Civicroot) -> None:
    grow(reading, MADE - 60)
    ok(*reading.upgrade)
    assert reading.decoded().sighting is None
    assert said(ok, reading)["not_after"] == MADE - 60


def test_the_same_tree_cosigned_again_keeps_each_witnesses_earlier_line(reading: Reading, ok: Civicroot) -> None:
    copy = reading.copy
    copy.cosigned_at = MADE + YEAR
    copy.show(copy.tree(), copy.real.city.log_key)
    ok(*reading.upgrade)
    found = said(ok, reading)
    assert (found["not_after"], found["seen"]["log_size"]) == (MADE, reading.at + 1)
    assert [item["time"] for item in found["witnesses"]] == [MADE] * 3
    assert "nothing new" in ok(*reading.upgrade).out


def test_an_entrys_bundle_keeps_it_as_well(reading: Reading, ok: Civicroot) -> None:
    found = reading.decoded()
    made = EntryProof(found.realm, found.header, found.checkpoint, found.gateway)
    reading.file.write_bytes(entry_proof.encode(made))
    grow(reading, MADE + YEAR)
    done = ok(*reading.upgrade)
    assert "the upper bound is later" not in done.out
    shown = said(ok, reading)
    assert (shown["kind"], shown["not_after"], shown["seen"]["log_size"]) == ("batch", MADE, reading.at + 1)
    assert shown["interval"]["end"] == {"time": MADE, "clocks": NAMES}
    assert "+ public no later than 2023-11-14T23:13:20+00:00" in ok("verify", reading.file, *reading.trust).out


def test_a_strangers_line_is_left_out_of_a_sighting(reading: Reading, ok: Civicroot) -> None:
    tree = reading.copy.tree()
    stranger = Signer(b"\x09" * 32)
    key = note.VerifierKey("stranger.example", stranger.public, note.COSIGNATURE)
    text = lines(reading, tree, MADE - 60) + cosignature.sign(tree.body(), MADE - 60, key, stranger)
    grow(reading, MADE + 5)
    reading.write(sighting=sighting(reading, tree.size, text))
    ok(*reading.upgrade)
    kept = reading.decoded().sighting
    assert kept is not None
    assert "stranger" not in kept.lines
    assert said(ok, reading)["not_after"] == MADE - 60


@pytest.mark.parametrize(("fault", "says"), [("forged", "bad-signature"), ("too few", "quorum-missed")])
def test_a_sighting_that_does_not_hold_is_left_out_and_said(
    reading: Reading, ok: Civicroot, fault: str, says: str
) -> None:
    tree = reading.copy.tree()
    if fault == "forged":
        other = Checkpoint(ORIGIN, tree.size, b"\x01" * 32)
        text = lines(reading, other, MADE - 60)
    else:
        text = lines(reading, tree, MADE - 60, 1)
    second = grow(reading, MADE + 5)
    reading.write(sighting=sighting(reading, tree.size, text))
    grow(reading, MADE + YEAR)
    done = ok(*reading.upgrade)
    assert f"- the earlier tree of {tree.size} entries is left out: {says}" in done.out
    kept = reading.decoded().sighting
    assert kept is not None
    assert kept.size == second, "the old checkpoint holds"


def test_a_tree_that_witnesses_saw_and_the_log_took_back_is_a_fork(reading: Reading, civicroot: Civicroot) -> None:
    size = reading.at + 1
    path = [bytes([1]) * 32, *reading.path(reading.at, size)[1:]]
    bundle = reading.decoded()
    root = proof_root(bundle.header, size, path)
    text = lines(reading, Checkpoint(ORIGIN, size, root), MADE)
    grow(reading, MADE + 5)
    reading.write(sighting=Sighting(size, path, text))
    done = civicroot(*reading.upgrade)
    assert done.code == 1
    assert f"THE LOG FORKED: witnesses had seen its first {size} entries, and they are others now" in done.err
    evidence = reading.file.with_name(reading.file.name + ".fork").read_text()
    assert Checkpoint(ORIGIN, size, root).body() in evidence
    assert evidence.count("witness0.example") == 2


def proof_root(entry: Logged, size: int, path: list[bytes]) -> bytes:
    return merkle.root_of_path(merkle.leaf_hash(entry.entry), entry.index, size, path)


def test_without_a_quorum_there_is_no_sighting(reading: Reading, ok: Civicroot) -> None:
    reading.copy.use(reading.copy.with_policy(quorum=0))
    grow(reading, MADE + YEAR)
    ok(*reading.upgrade)
    assert reading.decoded().sighting is None
    assert said(ok, reading)["not_after"] is None


def test_a_file_that_gets_too_large_loses_anchors_then_the_sighting_then_the_list(reading: Reading) -> None:
    bundle = reading.decoded()
    bundle.sighting = sighting(reading, reading.at + 1, lines(reading, reading.copy.tree(), MADE))
    with_it = len(proof.encode(bundle))
    room = proof.MAX_PROOF_BYTES - with_it - 50  # what the list needs around it
    bundle.status_list = Logged(bytes(room), 5, bundle.device.path)
    notes: list[str] = []
    upgrade.fit(bundle, notes)
    had = [bundle.sighting is not None]
    bundle.status_list = Logged(bytes(room + 200), 5, bundle.device.path)
    upgrade.fit(bundle, notes)
    had.append(bundle.sighting is not None)
    assert had == [True, False]
    assert bundle.status_list is not None
    (said_of_it,) = notes
    assert said_of_it.startswith(f"the earlier tree of {reading.at + 1} entries is left out: the file would have")
    bundle.status_list = Logged(bytes(proof.MAX_PROOF_BYTES), 5, bundle.device.path)
    upgrade.fit(bundle, notes)
    assert bundle.status_list is None
