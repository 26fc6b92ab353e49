"""COSE (RFC 9052) with Ed25519 (RFC 9864), thumbprints (RFC 9679), receipts (RFC 9942), statements (RFC 9943)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_ed25519 as ed25519
from tests.conformance import independent_merkle as merkle
from tests.conformance.independent_refusal import require

ALG, KID, CWT_CLAIMS, TYP = 1, 4, 15, 16
ED25519 = -19
RECEIPTS, DATA_STRUCTURE, PROOFS = 394, 395, 396
RFC9162_SHA256, INCLUSION = 1, -1
ISS, SUB, AUD = 1, 2, 3


@dataclass(frozen=True)
class Sign1:
    """A tagged COSE_Sign1."""

    protected: bytes
    headers: dict[Any, Any]
    unprotected: dict[Any, Any]
    payload: bytes | None
    signature: bytes


def sign1(data: bytes) -> Sign1:
    """Parse; nothing is verified."""
    tagged = cbor.read(data)
    require(isinstance(tagged, cbor.Tagged) and tagged.tag == 18, "not a tagged COSE_Sign1")
    require(isinstance(tagged.value, list) and len(tagged.value) == 4, "COSE_Sign1 has four parts")
    protected, unprotected, payload, signature = tagged.value
    require(isinstance(protected, bytes) and isinstance(signature, bytes), "parts are byte strings")
    require(
        isinstance(unprotected, dict) and isinstance(payload, bytes | None), "header is a map, payload bytes or nil"
    )
    headers = cbor.read(protected)
    require(isinstance(headers, dict) and headers.get(ALG) == ED25519, "alg is not Ed25519")
    return Sign1(protected, headers, unprotected, payload, signature)


def verify(message: Sign1, public: bytes, external_aad: bytes = b"", detached: bytes | None = None) -> bytes:
    """The payload, if the key made the signature over it (§4.4)."""
    require((message.payload is None) == (detached is not None), "payload is detached or not")
    payload = message.payload if detached is None else detached
    assert payload is not None
    signed = cbor.write(["Signature1", message.protected, external_aad, payload])
    ed25519.verify(public, signed, message.signature)
    return payload


def thumbprint(public: bytes) -> bytes:
    """SHA-256 over the COSE_Key's required members (RFC 9679 §4)."""
    return sha256(cbor.write({1: 1, -1: 6, -2: public})).digest()


@dataclass(frozen=True)
class Receipt:
    """A verified receipt: the entry is at `index`; the tree's size is only claimed."""

    issuer: str
    subject: str
    index: int
    size: int
    root: bytes


def verify_receipt(data: bytes, entry: bytes, log_public: bytes) -> Receipt:
    """RFC 9942 §5.2.1: compute the root from entry and proof, use it as detached payload."""
    message = sign1(data)
    require(message.headers.get(DATA_STRUCTURE) == RFC9162_SHA256, "another verifiable data structure")
    claims: Any = message.headers.get(CWT_CLAIMS)
    require(isinstance(claims, dict) and isinstance(claims.get(ISS), str), "RFC 9943 asks for iss")
    require(isinstance(claims.get(SUB), str), "RFC 9943 asks for sub")
    require(message.headers.get(KID) == thumbprint(log_public)[:8], "kid is of another key")
    proofs: Any = message.unprotected.get(PROOFS)
    require(isinstance(proofs, dict) and isinstance(proofs.get(INCLUSION), list), "no inclusion proof")
    require(len(proofs[INCLUSION]) == 1 and isinstance(proofs[INCLUSION][0], bytes), "one wrapped proof")
    proof = cbor.read(proofs[INCLUSION][0])
    require(isinstance(proof, list) and len(proof) == 3 and isinstance(proof[2], list), "size, index, path")
    size, index, path = proof
    require(all(isinstance(item, bytes) for item in path), "hashes are byte strings")
    require(type(size) is int and type(index) is int, "size and index are integers")
    root = merkle.root_of(merkle.leaf_hash(entry), index, size, path)
    verify(message, log_public, detached=root)
    return Receipt(claims[ISS], claims[SUB], index, size, root)


def without_receipts(data: bytes) -> tuple[bytes, list[bytes]]:
    """The signed statement as registered (its unprotected header empty) and the receipts of a transparent statement."""
    message = sign1(data)
    receipts: Any = message.unprotected.get(RECEIPTS)
    require(isinstance(receipts, list) and bool(receipts), "no receipts")
    require(all(isinstance(item, bytes) for item in receipts), "receipts are byte strings")
    require(set(message.unprotected) == {RECEIPTS}, "more in the unprotected header")
    bare = cbor.write(cbor.Tagged(18, [message.protected, {}, message.payload, message.signature]))
    return bare, receipts
