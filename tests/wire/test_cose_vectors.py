"""Examples of the COSE working group, with the algorithm as a parameter (ours is Ed25519 alone)."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from civicroot_wire import cbor, cose
from civicroot_wire.errors import MalformedError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.shared import VectorTally

VECTOR_FAMILIES = ("cose",)
LIMIT = 1024
ALGORITHMS = {"ES256": -7, "EdDSA": -8}


def examples(vectors: VectorTally, kind: str) -> list[dict[str, Any]]:
    folder = vectors.path("cose")
    files: list[Path] = sorted(folder.rglob("*.json")) if folder else []
    found = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return [case for case in found if kind in case["input"]]


def verify(key: dict[str, Any], message: bytes, signature: bytes) -> None:
    """Raises InvalidSignature unless OpenSSL accepts."""
    if key["crv"] == "P-256":
        x, y = (int.from_bytes(_base64url(key[name]), "big") for name in ("x", "y"))
        point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        halves = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
        point.verify(utils.encode_dss_signature(*halves), message, ec.ECDSA(SHA256()))
        return
    public = ed448.Ed448PublicKey if key["crv"] == "Ed448" else ed25519.Ed25519PublicKey
    public.from_public_bytes(bytes.fromhex(key["x_hex"])).verify(signature, message)


def _base64url(text: str) -> bytes:

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def checked(case: dict[str, Any]) -> bytes:
    """Verify a COSE_Sign1 as a receiver who expects the example's algorithm; returns what was signed."""
    signer = case["input"]["sign0"]
    message = cose.parse(bytes.fromhex(case["output"]["cbor"]), LIMIT)
    algorithm = message.headers.get(cose.ALG, message.unprotected.get(cose.ALG))
    if algorithm != ALGORITHMS[signer["alg"]]:
        raise MalformedError("wrong-algorithm")
    # RFC 9052 §4.4: an empty protected header is signed as an empty string (ours are never empty).
    protected = message.protected if message.headers else b""
    signed = cose.sig_structure(protected, message.payload, bytes.fromhex(signer.get("external", "")))
    verify(signer["key"], signed, message.signature)
    return signed


def test_sign1_examples(vectors: VectorTally) -> None:
    for case in examples(vectors, "sign0"):
        case["input"]["sign0"].setdefault("alg", "ES256")
        if case.get("fail"):
            with pytest.raises((MalformedError, InvalidSignature)):
                checked(case)
        elif case["title"].endswith("Remove CBOR Tag"):
            with pytest.raises(MalformedError, match="wrong-type"):
                checked(case)
            case["output"]["cbor"] = "d2" + case["output"]["cbor"]
            assert checked(case) == bytes.fromhex(case["intermediates"]["ToBeSign_hex"])
        else:
            assert checked(case) == bytes.fromhex(case["intermediates"]["ToBeSign_hex"])
        vectors.ran("cose")


def test_sign_examples(vectors: VectorTally) -> None:
    for case in examples(vectors, "sign"):
        tagged = cbor.decode(bytes.fromhex(case["output"]["cbor"]), LIMIT)
        assert isinstance(tagged, cbor.Tag) and isinstance(tagged.value, list) and tagged.number == 98
        body, _, payload, rows = tagged.value
        (protected, _, signature), (row,) = rows[0], case["intermediates"]["signers"]
        signed = cbor.encode(["Signature", body, protected, b"", payload])
        assert signed == bytes.fromhex(row["ToBeSign_hex"])
        verify(case["input"]["sign"]["signers"][0]["key"], signed, signature)
        vectors.ran("cose")


def test_no_example_passes_as_one_of_ours(vectors: VectorTally) -> None:
    for case in examples(vectors, "sign0"):
        with pytest.raises(MalformedError):
            cose.decode_sign1(bytes.fromhex(case["output"]["cbor"]), LIMIT, (cose.ALG, cose.KID))
