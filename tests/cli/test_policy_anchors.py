"""`civicroot policy`: witnesses and anchors let in, rotated and let go, in words that root holders read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from civicroot_cli.policy.draft import read as load
from civicroot_wire import base64
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.conftest import Civicroot
from tests.cli.test_policy_command import Ceremony

CONTRACT = "0x" + "aB" * 20
BLOCK = "00" * 8 + "5e" * 24


def certificate(path: Path, name: str, *, ca: bool = True) -> bytes:
    """A self-signed certificate in a PEM file; its DER."""
    key = generate_private_key(SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return made.public_bytes(Encoding.DER)


@pytest.fixture
def ceremony(tmp_path: Path, ok: Civicroot) -> Ceremony:
    return Ceremony(tmp_path, ok)


def test_anchors_of_each_kind_are_let_in_rotated_and_let_go(ceremony: Ceremony, ok: Civicroot, tmp_path: Path) -> None:
    before, two, three, four = ceremony.first(), *(tmp_path / f"policy-{number}.json" for number in (2, 3, 4))
    der, other = certificate(tmp_path / "ca.pem", "Stamps"), certificate(tmp_path / "ca2.pem", "Other stamps")
    (tmp_path / "chain.json").write_text(
        json.dumps({"name": "chain", "kind": "evm", "first": 7, "chain": 1, "contract": CONTRACT.lower()})
    )
    added = ["--add-anchor", str(tmp_path / "chain.json"), "--add-anchor", f"opentimestamps:bitcoin=70/{BLOCK}@5"]
    added += ["--add-anchor", f"rfc3161:stamps={tmp_path / 'ca.pem'}"]
    said = ok("policy", "propose", before, "--from-index", 100, *added, "-o", two).out
    assert f"anchor chain (evm: contract {CONTRACT.lower()} on chain 1) is accepted, from index 7 on" in said
    assert "bitcoin (opentimestamps: Bitcoin blocks of at least 2^70 hashes of work, or one of 1 pinned block" in said
    assert "anchor stamps (rfc3161: CN=Stamps, valid until 2035-12-30) is accepted, from index 100 on" in said
    chain, bitcoin, stamps = load(two).anchors
    assert (chain.contract, chain.first, bitcoin.work, bitcoin.first) == (bytes.fromhex("ab" * 20), 7, 70, 5)
    assert bitcoin.blocks == [bytes.fromhex(BLOCK)[::-1]]
    assert (stamps.certificate, stamps.first) == (der, 100)

    # The authority changes: what the old one stamped still counts.
    rotated = ["--retire-anchor", "stamps", "--add-anchor", f"rfc3161:stamps={tmp_path / 'ca2.pem'}"]
    said = ok("policy", "propose", two, "--from-index", 200, *rotated, "-o", three).out
    assert "anchor stamps: from index 100 on → indices 100–199" in said
    assert "anchor stamps (rfc3161: CN=Other stamps, valid until 2035-12-30) is accepted, from index 200 on" in said
    assert load(three).anchor("stamps", 199).certificate == der
    assert load(three).anchor("stamps", 200).certificate == other

    said = ok("policy", "propose", three, "--drop-anchor", "stamps", "--retire-anchor", "chain@300", "-o", four).out
    assert said.count("is accepted NO MORE, what it anchored neither") == 2
    assert "anchor chain: from index 7 on → indices 7–300" in said
    assert [item.name for item in load(four).anchors] == ["chain", "bitcoin"]
    assert "anchor     chain (evm: contract" in ok("policy", "show", four).out
    ceremony.sign(two, "r1", "r2")
    assert ok("policy", "check", two, "--previous", before).out.endswith("HOLDS\n")


def test_make_takes_anchors_and_says_them(ceremony: Ceremony, ok: Civicroot, tmp_path: Path) -> None:
    roots = ("--root", ceremony.public("r1"), "--threshold", 1, "--log", f"my.city/log={ceremony.public('log')}")
    made = ("policy", "make", "--realm", "my.city", *roots, "-o", tmp_path / "p.json")
    assert "anchors    none" in ok(*made).out
    said = ok(*made, "--anchor", f"evm:chain=8453/{CONTRACT}").out
    assert f"anchor     chain (evm: contract {CONTRACT.lower()} on chain 8453), from index 0 on" in said
    assert load(tmp_path / "p.json").anchors[0].chain == 8453


def test_a_der_certificate_does_as_well(ceremony: Ceremony, ok: Civicroot, tmp_path: Path) -> None:
    der = certificate(tmp_path / "ca.pem", "Stamps")
    (tmp_path / "ca.der").write_bytes(der)
    added = ("--add-anchor", f"rfc3161:stamps={tmp_path / 'ca.der'}@0..9")
    ok("policy", "propose", ceremony.first(), *added, "-o", tmp_path / "two.json")
    (item,) = json.loads((tmp_path / "two.json").read_text())["policy"]["anchors"]
    assert item == {"name": "stamps", "kind": "rfc3161", "first": 0, "last": 9, "certificate": base64.encode(der)}


ANCHORS = [
    ("nofile.json", "cannot read nofile.json"),
    ("evm:chain=1", "an anchor of kind evm is evm:NAME=CHAIN/0xCONTRACT"),
    ("evm:chain=one/0x00", "an anchor of kind evm is"),
    (f"evm:chain=0/{CONTRACT}", "no anchor that a policy can have"),
    ("evm:chain=1/0x00", "no anchor that a policy can have"),
    (f"evm:A B=1/{CONTRACT}", "no anchor that a policy can have"),
    ("opentimestamps:b=256", "no anchor that a policy can have"),
    ("opentimestamps:b=x", "an anchor of kind opentimestamps is"),
    ("opentimestamps:b=70/00", "no anchor that a policy can have"),
    ("rfc3161:s=nofile.pem", "cannot read nofile.pem"),
    ("rfc3161:s={leaf}", "is no authority's certificate"),
    ("rfc3161:s={two}", "has 2 certificates"),
    ("rfc3161:s={junk}", "is no certificate"),
    ("{junk}", "is no JSON"),
    ("{list}", "is no anchor"),
    ("{kind}", "no kind of anchor: dns"),
]


@pytest.mark.parametrize(("anchor", "says"), ANCHORS)
def test_what_is_no_anchor_is_one_line(
    ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path, anchor: str, says: str
) -> None:
    files = {name: tmp_path / name for name in ("leaf", "two", "junk", "list", "kind")}
    certificate(files["leaf"], "leaf", ca=False)
    certificate(files["two"], "one")
    files["two"].write_bytes(2 * files["two"].read_bytes())
    files["junk"].write_text("junk")
    files["list"].write_text("[]")
    files["kind"].write_text('{"name": "x", "kind": "dns"}')
    given = anchor.format(**files)
    done = civicroot(
        "policy", "propose", ceremony.first(), "--from-index", 9, "--add-anchor", given, "-o", tmp_path / "two.json"
    )
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert says in done.err
    assert not (tmp_path / "two.json").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (["--retire-anchor", "none@5"], "anchors: none is not among them"),
        (["--add-anchor", "opentimestamps:b=70"], "needs a log index"),
        (["--from-index", "9"] + 2 * ["--add-anchor", "opentimestamps:b=70"], "two of b at once"),
    ],
)
def test_changes_of_anchors_that_make_no_policy_are_one_line(
    ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path, changes: list[str], says: str
) -> None:
    done = civicroot("policy", "propose", ceremony.first(), *changes, "-o", tmp_path / "two.json")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert says in done.err


def test_a_witness_is_rotated_and_a_quorum_that_nobody_can_meet_is_said(
    ceremony: Ceremony, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    before, two, three = ceremony.first(), tmp_path / "two.json", tmp_path / "three.json"
    named = [part for name in ("w1", "w2") for part in ("--add-witness", f"{name}={ceremony.public(name)}")]
    said = ok("policy", "propose", before, "--from-index", 10, *named, "--quorum", 2, "-o", two).out
    assert "witness w1 (" in said
    assert "quorum 0 → 2" in said
    assert "trees of 1 to 10 entries have too few witnesses for a quorum of 2" in said
    ceremony.sign(two, "r1", "r2")
    assert "✓ 2 witnesses from index 10 on, 2 of them must cosign" in ok("policy", "check", two).out
    # The university changes its key.
    rotated = ["--retire-witness", "w2", "--add-witness", f"w2={ceremony.public('w3')}"]
    said = ok("policy", "propose", two, "--from-index", 20, *rotated, "-o", three).out
    assert ": from index 10 on → indices 10–19" in said
    assert [(key.name, key.first, key.last) for key in load(three).witnesses] == [
        ("w1", 10, None),
        ("w2", 10, 19),
        ("w2", 20, None),
    ]
    # One goes, and nobody comes.
    gone = ["--retire-witness", "w2"]
    said = ok("policy", "propose", two, "--from-index", 20, *gone, "-o", three).out
    assert "trees of more than 20 entries have 1 witnesses, fewer than the quorum of 2" in said
    ceremony.sign(three, "r1", "r2")
    done = civicroot("policy", "check", three, "--json")
    assert done.code == 1
    (found,) = [one for one in json.loads(done.out)["checks"] if one["check"] == "witnesses"]
    assert found == {
        "check": "witnesses",
        "status": "failed",
        "says": "1 witnesses from index 20 on, 2 of them must cosign",
    }
