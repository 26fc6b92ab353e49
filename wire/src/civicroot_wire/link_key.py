"""Link key: the secret that a device and its gateway share without anybody having copied it (SPEC.md §8.1).

HKDF-SHA-256 (RFC 5869) over the X25519 shared secret of their enrolled Ed25519 keys. The X25519 is libsodium's on
CPython and civicroot_device.crypto.x25519 on MicroPython, which has no hmac either: RFC 2104 stands here.
"""

import hashlib

from . import shape
from .errors import SignatureError
from .names import realm as check_realm

KEY_BYTES = 32
_CONTEXT = "civicroot/link/v1/"
_BLOCK = 64  # bytes of a SHA-256 block
_HASH = 32


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 with SHA-256: 32 bytes."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key + bytes(_BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in padded]) + message).digest()
    return hashlib.sha256(bytes([byte ^ 0x5C for byte in padded]) + inner).digest()


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869: extract, then expand to `size` bytes; an empty salt is one of zeros (§2.2)."""
    extracted = hmac_sha256(salt, secret)
    block, found = b"", b""
    while len(found) < size:
        block = hmac_sha256(extracted, block + info + bytes([len(found) // _HASH + 1]))
        found += block
    return found[:size]


def derive(shared: bytes, realm: str, device: bytes, gateway: bytes) -> bytes:
    """The 32-byte link key of the device and the gateway with these Ed25519 public keys in this city.

    `shared` is the output of X25519; all zeros are refused (SignatureError): then one of the keys is of small order,
    and everybody knows the secret.
    """
    shape.octets(shared, "shared secret", 32, 32)
    if shared == bytes(32):
        raise SignatureError("weak-key", "X25519 gave zeros")
    info = (_CONTEXT + check_realm(realm)).encode() + b"\x00"
    info += shape.octets(device, "device's key", 32, 32) + shape.octets(gateway, "gateway's key", 32, 32)
    return hkdf_sha256(shared, b"", info, KEY_BYTES)
