"""`civicroot statement`: an organisation signs, submits, keeps the receipt; anybody checks it off line."""

import hashlib
import json
import random
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire import receipt, statement

from tests.cli.conftest import Civicroot, Town

ZOO = "organisation/zoo"


class Zoo:
    """An organisation with a key file, enrolled at the desk by its own request, and a document."""

    def __init__(self, town: Town, ok: Civicroot, folder: Path) -> None:
        self.town, self.ok, self.folder = town, ok, folder
        self.key = folder / "zoo.key"
        ok("key", "new", self.key)
        asked = ("key", "request", self.key, "--realm", town.city.realm, "--subject", ZOO, "--role", "organisation")
        (folder / "request.jsonl").write_text(ok(*asked).out)
        (line,) = ok("enrol", *town.desk, "--from", folder / "request.jsonl").lines()
        assert (line["subject"], line["kind"]) == (ZOO, "enrolment")
        self.document = folder / "contract.txt"
        self.document.write_text("The zoo empties its own bins.")

    def sign(self, *more: str | Path, subject: str = "contract/2026-1") -> Path:
        """A signed statement."""
        out = self.folder / "signed.cose"
        about = ("--realm", self.town.city.realm, "--issuer", ZOO, "--subject", subject)
        self.ok("statement", "sign", self.document, "--key", self.key, *about, *more, "-o", out)
        return out

    def submit(self, signed: Path) -> Path:
        """The transparent statement; beside it the proof file, and that of the enrolment."""
        out = self.folder / "transparent.cose"
        proof, issuer = self.folder / "statement.proof", self.folder / "issuer.proof"
        trust = ("--url", self.town.url, "--policy", self.town.policy)
        (line,) = self.ok("statement", "submit", signed, *trust, "--proof", proof, "-o", out).lines()
        assert line["verified"] is True
        self.ok("proof", "fetch", "--enrolment", ZOO, *trust, "-o", issuer)
        return out

    def check(self, file: Path, *more: str | Path) -> tuple[str | Path, ...]:
        """Arguments of `statement verify`."""
        return ("statement", "verify", file, "--policy", self.town.policy, *more)


@pytest.fixture
def zoo(town: Town, ok: Civicroot, tmp_path: Path) -> Zoo:
    return Zoo(town, ok, tmp_path)


def test_a_statement_with_its_payload_is_logged_receipted_and_checked_off_line(
    zoo: Zoo, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    signed = zoo.sign()
    transparent = zoo.submit(signed)
    exact, receipts = receipt.detach(transparent.read_bytes())
    assert exact == signed.read_bytes() == zoo.town.entry(receipt.decode(receipts[0]).index)
    issuer = ("--issuer", tmp_path / "issuer.proof")

    done = ok(*zoo.check(transparent, *issuer, "--document", zoo.document))
    assert "VERIFIED: statement about contract/2026-1" in done.out
    assert "says    The zoo empties its own bins." in done.out
    assert "is the very document that was signed" in done.out
    assert "- that everybody is shown this same log" in done.out
    done = ok(*zoo.check(tmp_path / "statement.proof", "--document", zoo.document, "--json"))
    found = json.loads(done.out)
    assert (found["verified"], found["kind"], found["issuer"], found["document"]) == (True, "statement", ZOO, True)
    assert any(sentence.startswith(f"signed by {ZOO}, key ") for sentence in found["proved"])
    assert ok("verify", transparent, "--policy", zoo.town.policy, *issuer).code == 0

    text = tmp_path / "statement.tlog-proof"
    ok("proof", "export", tmp_path / "statement.proof", "--as", "tlog-proof", "-o", text)
    done = ok("verify", text, "--policy", zoo.town.policy, *issuer, "--document", zoo.document)
    assert f"✓ signature          signed by {ZOO}, key" in done.out
    assert "VERIFIED: log entry" in ok("verify", text, "--policy", zoo.town.policy).out

    # Without the enrolment nobody knows whose key that is: not verified, and why.
    bare = civicroot(*zoo.check(transparent))
    assert (bare.code, bare.err) == (1, "NOT VERIFIED\n")
    assert "✗ issuer: missing-key" in bare.out
    assert "✓ receipt" in bare.out
    # The same again has the same place.
    (again,) = ok("statement", "submit", signed, "--url", zoo.town.url, "-o", tmp_path / "again").lines()
    assert again["index"] == receipt.decode(receipts[0]).index
    assert again["verified"] is False


def test_only_the_hash_of_a_private_document_is_published(
    zoo: Zoo, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    signed = zoo.sign("--detached", "--location", "https://zoo.example/contract", "--content-type", "text/markdown")
    transparent = zoo.submit(signed)
    found = statement.decode(signed.read_bytes())
    assert found.payload == hashlib.sha256(zoo.document.read_bytes()).digest()
    assert zoo.document.read_bytes() not in transparent.read_bytes()
    shown = ok("statement", "show", transparent).out
    for says in (ZOO, "contract/2026-1", found.payload.hex(), "https://zoo.example/contract", "text/markdown"):
        assert says in shown
    assert "nothing was verified" in shown

    with_issuer = zoo.check(transparent, "--issuer", tmp_path / "issuer.proof")
    assert "that any document is the one that was signed" in ok(*with_issuer).out
    assert "+ " + str(zoo.document) in ok(*with_issuer, "--document", zoo.document).out
    zoo.document.write_text("The zoo empties nothing.")
    for file in (transparent, tmp_path / "statement.proof"):
        done = civicroot(*zoo.check(file, "--issuer", tmp_path / "issuer.proof", "--document", zoo.document))
        assert done.code == 1
        assert "✗ document: bad-signature" in done.out


def test_no_flipped_bit_of_a_transparent_statement_is_accepted(zoo: Zoo, civicroot: Civicroot, tmp_path: Path) -> None:
    data = zoo.submit(zoo.sign()).read_bytes()
    chance = random.Random(3)
    bad = tmp_path / "bad.cose"
    for bit in sorted({chance.randrange(8 * len(data)) for _ in range(200)}):
        damaged = bytearray(data)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        bad.write_bytes(damaged)
        done = civicroot("verify", bad, "--policy", zoo.town.policy, "--issuer", tmp_path / "issuer.proof")
        assert (done.code, done.err) == (1, "NOT VERIFIED\n"), (bit, done.out)


def test_another_organisations_enrolment_does_not_vouch(
    zoo: Zoo, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    transparent = zoo.submit(zoo.sign())
    zoo.town.enrolled(tmp_path, "organisation/park", "organisation")
    zoo.town.enrolled(tmp_path, "bin/1", "device")
    zoo.town.wait()
    trust = ("--url", zoo.town.url, "--policy", zoo.town.policy)
    for subject in ("organisation/park", "bin/1"):
        ok("proof", "fetch", "--enrolment", subject, *trust, "-o", tmp_path / "other.proof")
        done = civicroot(*zoo.check(transparent, "--issuer", tmp_path / "other.proof"))
        assert done.code == 1
        assert "✗ signature: key-mismatch" in done.out
    # What is no enrolment is no issuer.
    done = civicroot(*zoo.check(transparent, "--issuer", tmp_path / "statement.proof"))
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "enrols nobody" in done.err


def test_the_city_refuses_who_may_not_state(zoo: Zoo, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    ok("key", "new", tmp_path / "stranger.key")
    about = ("--realm", zoo.town.city.realm, "--subject", "bin/1", "-o", tmp_path / "s.cose")
    ok("statement", "sign", zoo.document, "--key", tmp_path / "stranger.key", "--issuer", ZOO, *about)
    submit = ("statement", "submit", tmp_path / "s.cose", "--url", zoo.town.url, "-o", tmp_path / "t.cose")
    done = civicroot(*submit)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "unknown-key-id" in done.err
    ok("statement", "sign", zoo.document, "--key", zoo.key, "--issuer", "organisation/park", *about)
    assert "untrusted" in civicroot(*submit).err
    ok("revoke", ZOO, "--reason", "compromised", *zoo.town.desk)
    ok("statement", "sign", zoo.document, "--key", zoo.key, "--issuer", ZOO, *about)
    assert "revoked" in civicroot(*submit).err
    assert not (tmp_path / "t.cose").exists()


def test_a_receipt_of_a_log_that_the_policy_does_not_trust_is_not_kept(
    zoo: Zoo, civicroot: Civicroot, tmp_path: Path
) -> None:
    other = realm.found_realm("test.example", tmp_path / "other", realm.Addresses(), 1)
    policy = other.parent / realm.POLICY_FILE
    done = civicroot("statement", "submit", zoo.sign(), "--url", zoo.town.url, "--policy", policy, "-o", tmp_path / "t")
    assert done.code == 1
    assert "which the policy does not trust" in done.err
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--issuer", "zoo", "--subject", "x"], "not a subject: zoo"),
        (["--issuer", ZOO, "--subject", ""], "sub"),
        (["--issuer", ZOO, "--subject", "x" * 129], "sub"),
        (["--issuer", ZOO, "--subject", "x", "--location", "https://a.example"], "--location goes with --detached"),
        (["--issuer", ZOO, "--subject", "x", "--type", "application/civicroot-enrolment+cwt"], "typ is reserved"),
    ],
)
def test_what_makes_no_statement_is_one_line(
    ok: Civicroot, civicroot: Civicroot, tmp_path: Path, options: list[str], says: str
) -> None:
    ok("key", "new", tmp_path / "a.key")
    (tmp_path / "d").write_bytes(b"x")
    sign = ("statement", "sign", tmp_path / "d", "--key", tmp_path / "a.key", "--realm", "a.b", "-o", tmp_path / "s")
    done = civicroot(*sign, *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err
    assert not (tmp_path / "s").exists()


def test_a_document_that_is_too_large_goes_by_its_hash(ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    ok("key", "new", tmp_path / "a.key")
    (tmp_path / "d.pdf").write_bytes(bytes(40_000))
    sign = ("statement", "sign", tmp_path / "d.pdf", "--key", tmp_path / "a.key", "--realm", "a.b", "--issuer", ZOO,
            "--subject", "x", "-o", tmp_path / "s")  # fmt: skip
    assert "--detached" in civicroot(*sign).err
    ok(*sign, "--detached")
    assert "application/pdf" in ok("statement", "show", tmp_path / "s").out


def test_files_that_are_no_statements_are_one_line(civicroot: Civicroot, tmp_path: Path) -> None:
    file = tmp_path / "x"
    for content in (b"", b"\xd2\x84", b"c2sp.org/tlog-proof@v1\n", bytes(100)):
        file.write_bytes(content)
        for command in (["show", file], ["submit", file, "--url", "http://127.0.0.1:9", "-o", file]):
            done = civicroot("statement", *command)
            assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
