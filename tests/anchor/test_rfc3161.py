"""Time-stamps over trees: OpenSSL's replies hold, nothing else does, and no bit of the evidence can be changed."""

import base64
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc3161_client
from civicroot_anchor import rfc3161
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, WireError
from civicroot_wire.policy_anchor import Anchor

from tests.support.tsa import DAY, Holder, Stamping, authority, ecdsa_key, rsa_key, stamper
from tests.vectors.generate import path_of

TREE = Checkpoint("log.city.example", 70_000, bytes(range(32)))
SEED = 2026


def trusted(root: Holder) -> Anchor:
    return Anchor({"name": "time", "kind": "rfc3161", "first": 0, "certificate": base64.b64encode(root.der).decode()})


def query(tree: Checkpoint = TREE) -> bytes:
    builder = rfc3161_client.TimestampRequestBuilder().data(tree.body().encode())
    builder = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).cert_request(cert_request=False)
    return builder.build().as_bytes()


@pytest.fixture(scope="module")
def root() -> Holder:
    return authority("Root of time", rsa_key())


@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
def test_a_reply_of_openssl_holds_for_it_and_for_us(tmp_path: Path, root: Holder, kind: str) -> None:
    signer = stamper("Clock", rsa_key() if kind == "RSA" else ecdsa_key(), root)
    stamping = Stamping(tmp_path, signer)
    asked = query()
    reply = stamping.reply(asked)
    assert stamping.verify(asked, reply, root, [signer])
    found = rfc3161.check(rfc3161.encode(reply, [signer.der]), TREE, trusted(root))
    assert (found.name, found.kind, found.size, found.status) == ("time", "rfc3161", TREE.size, "checked")
    assert "Clock" in found.says


def test_the_time_is_the_latest_that_the_accuracy_allows(tmp_path: Path, root: Holder) -> None:
    signer = stamper("Clock", ecdsa_key(), root)
    reply = Stamping(tmp_path / "vague", signer, accuracy="secs:90, millisecs:1").reply(query())
    evidence = rfc3161.encode(reply, [signer.der])
    info = rfc3161.token_of(evidence).info
    assert rfc3161.check(evidence, TREE, trusted(root)).time == int(info.time) + 91


def test_both_verdicts_agree_on_foreign_and_expired_signers(tmp_path: Path, root: Holder) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    foreign = stamper("Clock", rsa_key(), authority("Another root", rsa_key()))
    expired = stamper("Clock", rsa_key(), root, valid=(now - 2 * DAY, now - DAY))
    for folder, signer in (("foreign", foreign), ("expired", expired)):
        stamping = Stamping(tmp_path / folder, signer)
        asked = query()
        reply = stamping.reply(asked)
        assert not stamping.verify(asked, reply, root, [signer])
        with pytest.raises(AnchorError, match="untrusted"):
            rfc3161.check(rfc3161.encode(reply, [signer.der]), TREE, trusted(root))


def test_status_text_is_left_out_of_evidence(tmp_path: Path, root: Holder) -> None:
    signer = stamper("Clock", ecdsa_key(), root)
    reply = Stamping(tmp_path, signer).reply(query())
    material = json.loads((path_of("cbor").parent / "time_stamps/material.json").read_text())["tokens"]
    spoken = bytes.fromhex(material["status with text"]["response"])
    assert b"Operation Okay" in spoken
    assert b"Operation Okay" not in rfc3161.encode(spoken, [signer.der])
    assert reply in rfc3161.encode(reply, [signer.der])  # OpenSSL says nothing beside


def test_no_bit_of_the_evidence_can_be_changed() -> None:
    """Every bit of 200 bytes chosen by chance, and all of the first and last ones."""
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    cases = {case["name"]: case for case in json.loads(path_of("anchor_rfc3161").read_text())}
    case = cases["ECDSA P-256 through an intermediate"]
    tree = Checkpoint(case["tree"]["origin"], case["tree"]["size"], bytes.fromhex(case["tree"]["root"]))
    good, accepted = bytes.fromhex(case["input"]), Anchor(case["trusted"])
    assert rfc3161.check(good, tree, accepted).time == case["time"]
    places = {*range(40), *range(len(good) - 40, len(good)), *chance.sample(range(len(good)), 200)}
    for place in sorted(places):
        for bit in range(8):
            changed = bytearray(good)
            changed[place] ^= 1 << bit
            with pytest.raises(WireError):
                rfc3161.check(bytes(changed), tree, accepted)


def test_nothing_of_this_machine_is_trusted(tmp_path: Path, root: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that the machine trusts, and that the evidence brings along, still counts for nothing."""
    other = authority("Another root", rsa_key())
    (tmp_path / "trusted.pem").write_bytes(other.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    signer = stamper("Clock", rsa_key(), other)
    reply = Stamping(tmp_path / "tsa", signer).reply(query())
    for chain in ([signer.der], [signer.der, other.der]):
        with pytest.raises(AnchorError, match="untrusted"):
            rfc3161.check(rfc3161.encode(reply, chain), TREE, trusted(root))
