"""Keccak-256 as Ethereum uses it: the padding of before FIPS 202, so not hashlib's sha3_256."""

from Crypto.Hash import keccak

HASH_BYTES = 32


def keccak256(data: bytes) -> bytes:
    """The 32-byte hash."""
    return keccak.new(data=data, digest_bits=256).digest()
