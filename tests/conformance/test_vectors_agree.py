"""The independent verifier and the vectors: it accepts every valid one and reads the same; it refuses the others.

Where Civicroot asks for more than the public texts do, its own refusals are listed with the reason why.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_cose as cose
from tests.conformance import independent_merkle as merkle
from tests.conformance import independent_note as notes
from tests.conformance import independent_reading as reading
from tests.conformance import independent_tiles as tiles
from tests.conformance import independent_tlog_proof as tlog_proof
from tests.conformance.independent_refusal import Refused, require
from tests.fuzz.seeds import cases, input_of

Case = dict[str, Any]


def _note(case: Case) -> dict[str, Any]:
    found = notes.parse(input_of(case))
    lines = [{"name": name, "key_id": key.hex(), "signature": blob.hex()} for name, key, blob in found.signatures]
    return {"body": found.text, "lines": lines}


def _checkpoint(case: Case) -> dict[str, Any]:
    found = notes.verify_by_log(notes.parse(input_of(case)), notes.verifier_key(case["vkey"]))
    return {"origin": found.origin, "size": _typed(found.size), "root": found.root.hex()}


def _typed(number: int) -> Any:
    """The vectors write integers that not every JSON reader keeps as text."""
    return number if number < 1 << 53 else {"integer": str(number)}


def _cosignature(case: Case) -> dict[str, Any]:
    key = notes.verifier_key(case["vkey"])
    times = notes.cosigned(notes.parse(input_of(case)), [key])
    require(key.name in times, "not cosigned by it")
    return {"time": _typed(times[key.name])}


def _inclusion(case: Case) -> dict[str, Any]:
    path = [bytes.fromhex(item) for item in case["path"]]
    leaf, root = bytes.fromhex(case["leaf_hash"]), bytes.fromhex(case["root"])
    require(len(leaf) == 32, "a hash has 32 bytes")
    require(merkle.root_of(leaf, case["index"], case["size"], path) == root, "another root")
    return {}


def _consistency(case: Case) -> dict[str, Any]:
    path = [bytes.fromhex(item) for item in case["path"]]
    roots = bytes.fromhex(case["first_root"]), bytes.fromhex(case["second_root"])
    merkle.verify_consistency(case["first"], case["second"], path, *roots)
    return {}


def _bundle(case: Case) -> dict[str, Any]:
    entries = tiles.split(bytes.fromhex(case["bytes"]))
    require(1 <= len(entries) <= 256, "an entry bundle is never empty")
    return {"entries": [entry.hex() for entry in entries]}


def _receipt(case: Case) -> dict[str, Any]:
    key = bytes.fromhex(case["public_key"])
    found = cose.verify_receipt(bytes.fromhex(case["bytes"]), bytes.fromhex(case["entry"]), key)
    return {"issuer": found.issuer, "subject": found.subject, "size": found.size, "index": found.index}


def _transparent(case: Case) -> dict[str, Any]:
    statement, receipts = cose.without_receipts(bytes.fromhex(case["bytes"]))
    return {"statement": statement.hex(), "receipts": [item.hex() for item in receipts]}


def _tlog_proof(case: Case) -> dict[str, Any]:
    found = tlog_proof.read(case["text"])
    return {
        "index": found.index,
        "path": [item.hex() for item in found.path],
        "checkpoint": case["text"].partition("\n\n")[2],
        "extra": None if found.extra is None else found.extra.hex(),
    }


def _proof(case: Case) -> dict[str, Any]:
    policy = reading.Policy(case["policy"]["policy"])
    found = reading.verify(bytes.fromhex(case["bytes"]), policy, {"rfc3161": _clock})
    statuses = {None: "not-checked"}
    return {
        "device": found.device,
        "gateway": found.gateway,
        "kid": found.kid.hex(),
        "seq": found.seq,
        "not_after": found.not_after,
        "anchored": [[a.name, a.size, statuses.get(a.time, "checked"), a.time] for a in found.anchored],
    }


def _clock(evidence: bytes, text: bytes) -> int:
    """The vectors' own rule for the kind rfc3161: hash and time."""
    require(len(evidence) == 40 and evidence[:32] == sha256(text + evidence[32:]).digest(), "evidence of another tree")
    return int.from_bytes(evidence[32:])


def _cbor(case: Case) -> dict[str, Any]:
    data = bytes.fromhex(case["bytes"])
    require(cbor.write(cbor.read(data)) == data, "another encoding")
    return {}


READ: dict[str, Callable[[Case], dict[str, Any]]] = {
    "cbor": _cbor,
    "note": _note,
    "checkpoint": _checkpoint,
    "cosignature": _cosignature,
    "merkle_inclusion": _inclusion,
    "merkle_consistency": _consistency,
    "entry_bundle": _bundle,
    "receipt": _receipt,
    "transparent": _transparent,
    "tlog_proof": _tlog_proof,
    "proof": _proof,
}


# What the public texts allow and Civicroot does not: limits of its own, and headers that its profile does not list.
NARROWER: dict[str, set[str]] = {
    "note": {"seventeen lines", "one byte over 16 KiB"},  # signed-note asks to take at least sixteen
    "checkpoint": {"size 2^63", "size of twenty digits", "empty tree with another root"},
    "receipt": {"unknown header", "iss empty", "more in the unprotected header", "over 4096 bytes"},
    "transparent": {"17 receipts"},
    "tlog_proof": {"index too big", "64 hashes"},
}
# CBOR has more items than the formats use, and decimal fractions are another document's (RFC 8949 §3.4.4).
NARROWER_CBOR = {"forbidden-item", "out-of-range", "too-large", "too-deep", "wrong-type"}


@pytest.mark.parametrize("family", READ)
def test_valid_vectors_are_accepted_and_read_alike(family: str) -> None:
    valid = [case for case in cases(family) if case["valid"]]
    assert valid
    for case in valid:
        found = READ[family](case)
        assert found == {name: case["decoded"][name] for name in found}, case["name"]


@pytest.mark.parametrize("family", READ)
def test_invalid_vectors_are_refused(family: str) -> None:
    accepted = [case for case in cases(family) if not case["valid"] and _accepts(family, case)]
    if family == "cbor":
        assert {case["reason"] for case in accepted} <= NARROWER_CBOR
    else:
        assert {case["name"] for case in accepted} == NARROWER.get(family, set())


def _accepts(family: str, case: Case) -> bool:
    try:
        READ[family](case)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("name", ["everything there", "anchored earlier"])
def test_flipped_bits_of_a_bundle_are_refused(name: str) -> None:
    """A bit of every byte, each of the eight in turn."""
    case = next(case for case in cases("proof") if case["name"] == name)
    policy = reading.Policy(case["policy"]["policy"])
    bundle = bytearray.fromhex(case["bytes"])
    judges = {"rfc3161": _clock}
    assert reading.verify(bytes(bundle), policy, judges).revocation_checked
    for at in range(0, len(bundle), 3):
        bundle[at] ^= 1 << (at % 8)
        with pytest.raises(Refused):
            reading.verify(bytes(bundle), policy, judges)
        bundle[at] ^= 1 << (at % 8)
