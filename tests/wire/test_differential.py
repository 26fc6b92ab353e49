"""Against independent implementations: cbor2, cwt, OpenSSL, and a second Merkle tree."""

import json
from decimal import Decimal
from typing import Any

import cbor2
import pytest
from civicroot_wire import cbor, cose, keys, merkle, record, sodium
from civicroot_wire.cbor import DecimalFraction, Tag
from civicroot_wire.errors import MerkleError, SignatureError, WireError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cwt import COSE, COSEKey
from cwt.exceptions import VerifyError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython, MicroPythonError
from tests.vectors import city, rfc9162
from tests.vectors.generate import path_of
from tests.wire import strategies

LIMIT = 1 << 16
CASES = {family: json.loads(path_of(family).read_text(encoding="utf-8")) for family in ("cbor", "ed25519", "record")}


def foreign(value: Any) -> Any:
    """The value as cbor2 has it."""
    if isinstance(value, DecimalFraction):
        sign, digits, _ = Decimal(value.mantissa).as_tuple()
        return Decimal((sign, digits, value.exponent))
    if isinstance(value, Tag):
        return cbor2.CBORTag(value.number, foreign(value.value))
    if isinstance(value, list):
        return [foreign(item) for item in value]
    if isinstance(value, dict):
        return {key: foreign(item) for key, item in value.items()}
    return value


def exact(value: Any) -> str:
    """A form that tells 1 from True, h'' from "", and 21.5 from 21.50."""
    if isinstance(value, dict):
        pairs = sorted((exact(key), exact(item)) for key, item in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(exact, value))}]"
    if isinstance(value, cbor2.CBORTag):
        return f"{value.tag}({exact(value.value)})"
    return f"{type(value).__name__} {value!r}"


def sorted_maps(value: Any) -> Any:
    """With map keys in the order of RFC 8949 §4.2.1, which cbor2 keeps; its `canonical` sorts by length first."""
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, sorted_maps(value.value))
    if isinstance(value, list):
        return [sorted_maps(item) for item in value]
    if isinstance(value, dict):
        return {key: sorted_maps(value[key]) for key in sorted(value, key=cbor2.dumps)}
    return value


@settings(max_examples=fuzz_examples(500), deadline=None)
@given(strategies.items)
def test_cbor2_reads_and_writes_what_we_write(value: object) -> None:
    data = cbor.encode(value)
    assert exact(cbor2.loads(data)) == exact(foreign(value))
    if not _has_decimal(value):  # cbor2 writes a decimal's exponent and mantissa reduced in its own way
        assert cbor2.dumps(sorted_maps(foreign(value))) == data


def _has_decimal(value: object) -> bool:
    if isinstance(value, Tag):
        return _has_decimal(value.value)
    if isinstance(value, dict):
        return any(map(_has_decimal, value.values()))
    return isinstance(value, DecimalFraction) or (isinstance(value, list) and any(map(_has_decimal, value)))


ENCODED = [bytes.fromhex(case["bytes"]) for case in CASES["cbor"]] + [
    bytes.fromhex(case["bytes"]) for case in CASES["record"]
]


@settings(max_examples=fuzz_examples(2000), deadline=None)
@given(st.binary(max_size=40) | strategies.spoilt(ENCODED))
def test_what_we_accept_cbor2_reads_alike_and_is_the_only_encoding(data: bytes) -> None:
    try:
        value = cbor.decode(data, LIMIT)
    except WireError:
        return
    assert exact(cbor2.loads(data)) == exact(foreign(value))
    assert cbor.encode(value) == data


def _cose_key(public: bytes) -> COSEKey:
    return COSEKey.new({1: 1, 2: keys.kid(public), 3: cose.ED25519, -1: 6, -2: public})


@settings(max_examples=fuzz_examples(50), deadline=None)
@given(strategies.packs, strategies.sequences(4), strategies.realms)
def test_cwt_verifies_our_records_in_their_realm_alone(pack: Any, sequence: Any, realm: str) -> None:
    signer = city.key("bin/12")
    data = record.sign(signer.kid, sequence, pack, realm, signer)
    reader, key = COSE.new(), _cose_key(signer.public)
    payload = reader.decode(data, key, external_aad=cose.aad("record", realm))
    assert payload == cose.parse(data, len(data)).payload
    for other in (b"", cose.aad("batch", realm), cose.aad("record", realm) + b"x"):
        with pytest.raises(VerifyError):
            reader.decode(data, key, external_aad=other)


@pytest.mark.parametrize("family", ["enrolment", "revocation", "status_list", "configuration", "release", "statement"])
def test_cwt_verifies_statements(family: str) -> None:
    for case in json.loads(path_of(family).read_text(encoding="utf-8")):
        if case["valid"]:
            data = bytes.fromhex(case["bytes"])
            payload = COSE.new().decode(data, _cose_key(bytes.fromhex(case["public_key"])))
            assert payload == cose.parse(data, len(data)).payload


def _openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _reason(public: bytes, message: bytes, signature: bytes) -> str | None:
    try:
        sodium.verify(public, message, signature)
    except SignatureError as refused:
        return refused.reason
    return None


def test_openssl_differs_only_where_we_refuse_small_order_first() -> None:
    looser = set()
    for case in CASES["ed25519"]:
        parts = [bytes.fromhex(case[name]) for name in ("public_key", "message", "signature")]
        ours, theirs = _reason(parts[0], parts[1], parts[2]), _openssl(parts[0], parts[1], parts[2])
        if ours is None:
            assert theirs, case["name"]
        elif theirs:
            looser.add(ours)
    assert looser == {"weak-key", "weak-r"}


@settings(max_examples=fuzz_examples(60), deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.integers(0, 767 + 64))
def test_three_implementations_agree_on_flipped_bits(device_call: Any, seed: bytes, message: bytes, bit: int) -> None:
    signer = sodium.Signer(seed)
    parts = bytearray(signer.public + signer(message))
    if bit < 768:
        parts[bit >> 3] ^= 1 << (bit & 7)
    public, signature = bytes(parts[:32]), bytes(parts[32:])
    ours = _reason(public, message, signature)
    assert ours == device_call(public, message, signature)
    assert (ours is None) == _openssl(public, message, signature) == (bit >= 768)


@pytest.fixture(scope="module")
def device_call(_device_process: list[MicroPython]) -> Any:
    """Verification on MicroPython: the reason of its refusal, or None."""

    def call(*parts: bytes) -> str | int | None:
        try:
            _device_process[-1].call("civicroot_device.crypto.ed25519.verify", *parts)
        except MicroPythonError as refused:
            return refused.reason
        return None

    return call


trees = st.lists(st.binary(max_size=8), min_size=1, max_size=80)


@settings(max_examples=fuzz_examples(150), deadline=None)
@given(trees, st.data())
def test_merkle_trees_agree_with_a_second_implementation(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    size = len(leaves)
    root = merkle.root(hashes)
    assert root == rfc9162.tree_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(merkle.of_list(hashes), index, size)
    assert path == rfc9162.inclusion(index, leaves)
    merkle.verify_inclusion(hashes[index], index, size, path, root)
    first = data.draw(st.integers(1, size))
    old = rfc9162.tree_root(leaves[:first])
    proof = merkle.consistency_path(merkle.of_list(hashes), first, size)
    assert proof == rfc9162.consistency(first, leaves)
    merkle.verify_consistency(first, size, proof, old, root)


@settings(max_examples=fuzz_examples(300), deadline=None)
@given(trees, st.data())
def test_spoilt_inclusion_proofs_get_one_verdict(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = rfc9162.inclusion(index, leaves)
    root = rfc9162.tree_root(leaves)
    claimed = data.draw(st.integers(0, len(leaves) + 2))
    size = data.draw(st.integers(1, len(leaves) + 2))
    cut = data.draw(st.integers(0, len(path)))
    changed = path[:cut] + data.draw(st.lists(st.sampled_from([*path, root, bytes(32)]), max_size=2))
    arguments = (rfc9162.leaf(leaves[index]), claimed, size, changed, root)
    try:
        merkle.verify_inclusion(*arguments)
    except MerkleError:
        assert not rfc9162.verify_inclusion(*arguments)
    else:
        assert rfc9162.verify_inclusion(*arguments)
