"""COSE_Key, thumbprint and key identifier of an Ed25519 public key (RFC 9052 §7, RFC 9679; SPEC.md §2)."""

import hashlib

from . import shape
from .cbor import encode

KID_BYTES = 8
KEY_TYPE_OKP = 1
CURVE_ED25519 = 6


def cose_key(public: bytes) -> "dict[int, object]":
    """The COSE_Key map of a 32-byte public key."""
    return {1: KEY_TYPE_OKP, -1: CURVE_ED25519, -2: shape.octets(public, "public key", 32, 32)}


def from_cose_key(value: object) -> bytes:
    """The 32-byte public key of a COSE_Key map."""
    key = shape.mapping(value, "COSE_Key", (1, -1, -2))
    shape.integer(key[1], "kty", KEY_TYPE_OKP, KEY_TYPE_OKP)
    shape.integer(key[-1], "crv", CURVE_ED25519, CURVE_ED25519)
    return shape.octets(key[-2], "public key", 32, 32)


def thumbprint(public: bytes) -> bytes:
    """SHA-256 over the required members of the COSE_Key (RFC 9679 §4): 32 bytes."""
    return hashlib.sha256(encode(cose_key(public))).digest()


def kid(public: bytes) -> bytes:
    """First 8 bytes of the thumbprint."""
    return thumbprint(public)[:KID_BYTES]
