"""`civicroot proof`: upgraded from the public log alone, and what comes out holds; exported; a fork is shown."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import keyfile, realm
from civicroot_cli.proofs import upgrade
from civicroot_wire import base64, cosignature, entry_proof, note, policy, proof, tlog_proof
from civicroot_wire.logged import Logged
from civicroot_wire.note import COSIGNATURE, VerifierKey
from civicroot_wire.sodium import Signer

from tests.backend.city import NOW, City
from tests.cli.conftest import Civicroot, Town


class Street:
    """A device with one reading, and that reading's proof, from before any status list."""

    def __init__(self, town: Town, ok: Civicroot, folder: Path) -> None:
        self.town = town
        self.gateway = town.enrolled(folder, "gateway/1", "gateway")
        self.device = town.enrolled(folder, "bin/12", "device")
        self.header = town.report(self.gateway, self.device, 0)
        self.trust = ("--url", town.url, "--policy", town.policy)
        self.public = town.city.config.data_directory / "public"
        self.file = folder / "reading.proof"
        ok("proof", "fetch", "--reading", f"{self.device.kid.hex()}/0", *self.trust, "-o", self.file)

    def upgrade(self, *more: str | Path) -> tuple[str | Path, ...]:
        """Arguments of `proof upgrade`."""
        self.town.wait()
        return ("proof", "upgrade", self.file, *self.trust, *more)


@pytest.fixture
def street(town: Town, ok: Civicroot, tmp_path: Path) -> Street:
    return Street(town, ok, tmp_path)


def test_a_proof_gains_the_status_list_that_came_later_though_its_blob_is_gone(
    street: Street, ok: Civicroot, tmp_path: Path
) -> None:
    town = street.town
    before = ok("verify", street.file, "--policy", town.policy).out
    assert "- that the keys were not revoked before" in before
    ok("status-list", "publish", *town.desk)
    for number in range(300):  # past one full tile
        town.backend.submit(town.city.enrolment(Signer.generate(), f"tree/{number}", "device"))
    index = ok("status-list", "publish", *town.desk).lines()[0]["index"]
    for blob in (street.public / "log/batch").iterdir():
        blob.unlink()
    out = tmp_path / "upgraded.proof"
    done = ok(*street.upgrade("-o", out))
    assert f"+ the checkpoint of {town.size} entries, which extends the old one of" in done.out
    assert f"+ bin/12 not revoked as of log entry {index}; gateway/1 not revoked as of log entry {index}" in done.out
    after = json.loads(ok("verify", out, "--policy", town.policy, "--json").out)
    assert (after["seq"], after["status_list"], after["log_size"]) == (0, index, town.size)
    assert (
        f"bin/12 not revoked as of log entry {index}; gateway/1 not revoked as of log entry {index}" in after["proved"]
    )
    # A copy of the public files does as well as the city, and nothing new is nothing written.
    same = ("proof", "upgrade", out, "--url", street.public, "--policy", town.policy)
    stamp = out.stat().st_mtime_ns
    assert ok(*same).out == f"nothing new; {out} is as it was\n"
    assert out.stat().st_mtime_ns == stamp
    found = json.loads(ok("proof", "upgrade", street.file, *same[3:], "--json").out)
    assert (found["changed"], found["file"]) == (True, str(street.file))
    assert street.file.read_bytes() == out.read_bytes()


def test_a_key_that_was_withdrawn_later_takes_nothing_from_its_earlier_readings(
    street: Street, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    town = street.town
    revoked = ok("revoke", "bin/12", "--reason", "compromised", *town.desk).lines()[0]["index"]
    done = ok(*street.upgrade())
    assert f"bin/12 withdrawn only by log entry {revoked}; gateway/1 not revoked as of" in done.out
    found = proof.decode(street.file.read_bytes())
    assert found.device_revocation is not None
    assert found.device_revocation.index == revoked
    ok("revoke", "gateway/1", "--reason", "retired", *town.desk)
    assert "gateway/1 withdrawn only by log entry" in ok(*street.upgrade()).out
    assert ok("verify", street.file, "--policy", town.policy).code == 0


def test_without_a_list_it_says_what_is_missing(street: Street, ok: Civicroot) -> None:
    before = street.file.read_bytes()
    assert "nothing new" in ok(*street.upgrade()).out
    street.town.enrolled(street.file.parent, "bin/13", "device")
    done = ok(*street.upgrade())
    assert f"- nothing on revocation: no status list is logged after entry {street.header} yet" in done.out
    assert proof.decode(street.file.read_bytes()).status_list is None
    assert street.file.read_bytes() != before


def test_entries_of_every_kind_are_upgraded(street: Street, ok: Civicroot, tmp_path: Path) -> None:
    town = street.town
    ok("revoke", "bin/12", "--reason", "lost", *town.desk)
    town.wait()
    files = []
    for index in range(town.size):
        files.append(tmp_path / f"{index}.proof")
        ok("proof", "fetch", "--entry", index, *street.trust, "-o", files[-1])
    index = ok("status-list", "publish", *town.desk).lines()[0]["index"]
    town.wait()
    kinds = set()
    for file in files:
        ok("proof", "upgrade", file, *street.trust)
        found = json.loads(ok("verify", file, "--policy", town.policy, "--json").out)
        kinds.add(found["kind"])
        assert found["log_size"] == town.size
        if found["kind"] == "enrolment":
            assert found["status_list"] == index
            withdrawn = any("withdrawn" in sentence for sentence in found["proved"])
            assert withdrawn == (found["subject"] == "bin/12"), found["proved"]
    assert kinds == {"policy", "enrolment", "batch", "status-list", "revocation"}


# Witnesses


def cosigned(city: City, folder: Path, witnesses: list[Signer], quorum: int, times: list[int]) -> tuple[Path, Path]:
    """A copy of the city's public files whose checkpoint these witnesses signed, and a policy that asks for them."""
    mirror = folder / "mirror"
    shutil.copytree(city.config.data_directory / "public", mirror)
    path = mirror / "log/checkpoint"
    named = [VerifierKey(f"w{number}", key.public, COSIGNATURE) for number, key in enumerate(witnesses)]
    text = path.read_text()
    body = note.parse(text).body
    for name, key, time in zip(named, witnesses, times, strict=False):
        text += cosignature.sign(body, time, name, key)
    stranger = Signer(b"\x09" * 32)
    text += note.line(VerifierKey("stranger", stranger.public), stranger(body.encode()))
    path.write_text(text)
    root = keyfile.load(city.folder / realm.ROOT_KEY)
    model = json.loads((city.folder / realm.POLICY_FILE).read_text())["policy"]
    model["version"] = 2
    model["witnesses"] = [{"vkey": str(name), "first": 0} for name in named]
    model["quorum"] = quorum
    trust = folder / "policy-2.json"
    trust.write_text(json.dumps(policy.to_document(policy.sign(model, [(root.public, root)]))))
    assert base64.encode(root.public) in model["roots"]["keys"]
    return mirror, trust


def test_an_upgrade_gathers_the_cosignatures_that_there_are_by_now(
    street: Street, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    street.town.wait()
    witnesses = [Signer(bytes([number]) * 32) for number in range(1, 5)]
    mirror, trust = cosigned(street.town.city, tmp_path, witnesses, 2, [NOW + 5, NOW + 9, NOW + 7])
    old = civicroot("verify", street.file, "--policy", trust)
    assert old.code == 1
    assert "✗ witnesses: quorum-missed" in old.out
    done = ok("proof", "upgrade", street.file, "--url", mirror, "--policy", trust)
    assert "it holds; the old one did not: witnesses: quorum-missed" in done.out
    shown = ok("verify", street.file, "--policy", trust).out
    assert "+ seen by 3 of 4 witnesses: w0, w1, w2" in shown
    # The second of the three times: one witness may lie.
    assert "+ public no later than 2023-11-14T22:13:27+00:00 (by the clocks of w0, w1, w2, if fewer than 2 of" in shown
    assert "stranger" not in street.file.read_bytes().decode(errors="replace")


def test_an_upgrade_that_would_not_hold_is_not_written(street: Street, civicroot: Civicroot, tmp_path: Path) -> None:
    street.town.wait()
    mirror, trust = cosigned(street.town.city, tmp_path, [Signer(b"\x01" * 32)] * 1, 1, [])
    before = street.file.read_bytes()
    done = civicroot("proof", "upgrade", street.file, "--url", mirror, "--policy", trust)
    assert done.code == 1
    assert "✗ witnesses: quorum-missed" in done.out
    assert "stays as it is" in done.err
    assert street.file.read_bytes() == before


# What is wrong


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[tuple[City, Path, Path]]:
    """A proof from one history, and the public files of another that the same log key signed."""
    city = City(tmp_path / "city")
    with city.backend() as backend:
        backend.publish_pending()
    copy = tmp_path / "copy"
    shutil.copytree(city.folder, copy)
    with city.backend() as backend:
        backend.submit(city.enrolment(city.key(), "bin/1", "device"))
        backend.publish_pending()
        file = tmp_path / "entry.proof"
        file.write_bytes(backend.entry_proof(2))
    city.folder = copy
    city.config_file = copy / city.config_file.name
    with city.backend() as backend:
        for number in range(3):
            backend.submit(city.enrolment(city.key(), f"bin/{number + 2}", "device"))
        backend.publish_pending()
    yield city, file, city.config.data_directory / "public"


def test_a_fork_is_proved_with_both_signed_checkpoints(fork: tuple[City, Path, Path], civicroot: Civicroot) -> None:
    city, file, public = fork
    before = file.read_bytes()
    trust = city.folder / realm.POLICY_FILE
    done = civicroot("proof", "upgrade", file, "--url", public, "--policy", trust)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "THE LOG FORKED: its 5 entries do not begin with the 3 that" in done.err
    evidence = file.with_name(file.name + ".fork").read_text()
    assert entry_proof.decode(before).checkpoint in evidence
    assert (public / "log/checkpoint").read_text() in evidence
    assert file.read_bytes() == before


def test_an_old_copy_of_the_log_is_not_taken_for_a_fork(
    street: Street, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    street.town.wait()
    shutil.copytree(street.public, tmp_path / "old")
    ok("status-list", "publish", *street.town.desk)
    ok(*street.upgrade())
    done = civicroot("proof", "upgrade", street.file, "--url", tmp_path / "old", "--policy", street.town.policy)
    assert done.code == 2
    assert "it is an old copy" in done.err


@pytest.mark.parametrize("name", ["log/checkpoint", "log/tile/0/000.p/*", "log/tile/entries/000.p/*"])
def test_nothing_that_the_server_serves_is_believed(
    street: Street, civicroot: Civicroot, ok: Civicroot, tmp_path: Path, name: str
) -> None:
    ok("status-list", "publish", *street.town.desk)
    street.town.wait()
    mirror = tmp_path / "mirror"
    shutil.copytree(street.public, mirror)
    before = street.file.read_bytes()
    for file in mirror.glob(name):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    done = civicroot("proof", "upgrade", street.file, "--url", mirror, "--policy", street.town.policy)
    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert street.file.read_bytes() == before
    for file in mirror.glob(name):
        file.unlink()
    assert civicroot("proof", "upgrade", street.file, "--url", mirror, "--policy", street.town.policy).code == 2


def test_another_citys_proof_or_policy_is_refused(street: Street, civicroot: Civicroot, tmp_path: Path) -> None:
    other = City(tmp_path / "other", name="other.example")
    with other.backend() as backend:
        backend.publish_pending()
    public, trust = other.config.data_directory / "public", other.folder / realm.POLICY_FILE
    done = civicroot("proof", "upgrade", street.file, "--url", public, "--policy", trust)
    assert done.code == 1
    assert "the proof is of test.example, the policy of other.example" in done.err
    done = civicroot("proof", "upgrade", street.file, "--url", public, "--policy", street.town.policy)
    assert done.code == 2
    assert "not what the policy trusts" in done.err


def test_damaged_proofs_are_one_line(street: Street, civicroot: Civicroot, tmp_path: Path) -> None:
    whole = street.file.read_bytes()
    bad = tmp_path / "bad.proof"
    for content in (b"", b"\xa0", whole[:-1], bytes(200_000), b"c2sp.org/tlog-proof@v1\n", b"\xd2\x84"):
        bad.write_bytes(content)
        done = civicroot("proof", "upgrade", bad, *street.trust)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        done = civicroot("proof", "export", bad, "--as", "tlog-proof", "-o", tmp_path / "x")
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    # A device's enrolment of another entry under the right index.
    found = proof.decode(whole)
    found.device.entry = found.gateway.entry
    bad.write_bytes(proof.encode(found))
    done = civicroot("proof", "upgrade", bad, *street.trust)
    assert done.code == 1
    assert "the proof's device enrolment is not log entry" in done.err


# Exports


def test_a_proof_is_exported_in_every_form_and_each_is_checked(
    street: Street, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    trust = ("--policy", street.town.policy)
    text = tmp_path / "p.tlog-proof"
    ok("proof", "export", street.file, "--as", "tlog-proof", "-o", text)
    assert tlog_proof.parse(text.read_bytes()).index == street.header
    shown = ok("verify", text, *trust).out
    assert f"VERIFIED: log entry {street.header} is in the log, a batch" in shown
    assert "- who signed it: the text carries no enrolment" in shown

    ok("proof", "fetch", "--enrolment", "bin/12", *street.trust, "-o", tmp_path / "e.proof")
    ok("proof", "export", tmp_path / "e.proof", "--as", "tlog-proof", "-o", text)
    shown = json.loads(ok("verify", text, *trust, "--json").out)
    assert (shown["format"], shown["kind"], shown["kid"]) == (
        "c2sp.org/tlog-proof@v1",
        "enrolment",
        street.device.kid.hex(),
    )
    assert shown["issuer"] == "registrar test.example/registrar"

    for form in ("receipt", "transparent-statement"):
        needs = civicroot("proof", "export", tmp_path / "e.proof", "--as", form, "-o", tmp_path / form)
        assert (needs.code, needs.err.count("\n")) == (2, 1)
        ok("proof", "export", tmp_path / "e.proof", "--as", form, *street.trust, "-o", tmp_path / form)
    assert "VERIFIED: enrolment of key" in ok("verify", tmp_path / "transparent-statement", *trust).out
    again = tmp_path / "again"
    ok("proof", "export", tmp_path / "transparent-statement", "--as", "receipt", "-o", again)
    assert again.read_bytes() == (tmp_path / "receipt").read_bytes()
    done = civicroot("proof", "export", tmp_path / "transparent-statement", "--as", "tlog-proof", "-o", again)
    assert "carries no checkpoint" in done.err


def test_no_flipped_character_of_a_tlog_proof_is_accepted(
    street: Street, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    text = tmp_path / "p.tlog-proof"
    ok("proof", "export", street.file, "--as", "tlog-proof", "-o", text)
    whole = text.read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        text.write_bytes(damaged)
        assert civicroot("verify", text, "--policy", street.town.policy).code == 1, (place, damaged)


@pytest.mark.parametrize(
    ("which", "says"),
    [
        (["--reading", "abc"], "a reading is KID/SEQ"),
        (["--reading", "00112233aabbccdd/0"], "not-found"),
        (["--entry", "99999"], "refused"),
        (["--entry", "x"], "invalid int"),
        (["--enrolment", "bin/404"], "no enrolment of bin/404"),
        ([], "required"),
    ],
)
def test_what_cannot_be_fetched_is_said(
    street: Street, civicroot: Civicroot, tmp_path: Path, which: list[str], says: str
) -> None:
    done = civicroot("proof", "fetch", *which, *street.trust, "-o", tmp_path / "x.proof")
    assert done.code in (1, 2)
    assert says in done.err
    assert not (tmp_path / "x.proof").exists()


def test_a_list_that_makes_the_file_too_large_is_left_out_and_said(street: Street) -> None:
    bundle = proof.decode(street.file.read_bytes())
    bundle.status_list = Logged(bytes(64_000), 5, bundle.header.path)
    bundle.device_revocation = bundle.header
    notes: list[str] = []
    data = upgrade.fit(bundle, notes)
    assert data == street.file.read_bytes()
    assert notes[0].startswith("nothing on revocation: with the status list the file would have")
