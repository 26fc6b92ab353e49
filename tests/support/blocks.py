"""Bitcoin blocks of the tests: real headers, and headers mined here against a target that takes a blink."""

import hashlib
import struct

WORK = 10  # a thousand hashes
EASY = 0x207FFFFF  # every second hash is at most this target: Bitcoin's own for tests (regtest)
# The first block, and the block of the first timestamp (hello-world.txt.ots of the public examples).
GENESIS = bytes.fromhex(
    "01000000" + "00" * 32 + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)
GENESIS_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
BLOCK_358391 = bytes.fromhex(
    "02000000b96394585a281b7e5f438fd1c9ed492645a1fd61cb380204000000000000"
    "0000007ee445d23ad061af4a36b809501fab1ac4f2d7e7a739817dd0cbb7ec661b8a1e376755f58616186272def6"
)
BLOCK_358391_HASH = "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319"


def sha256d(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(header: bytes) -> str:
    """A block's hash as people write it."""
    return sha256d(header)[::-1].hex()


def header(root: bytes, time: int, bits: int = EASY, nonce: int = 0, before: bytes = bytes(32)) -> bytes:
    """A block header, of whatever hash."""
    return struct.pack("<I", 2) + before + root + struct.pack("<III", time, bits, nonce)


def mined(root: bytes, time: int, bits: int = EASY, work: int = WORK, before: bytes = bytes(32)) -> bytes:
    """A block header whose hash is below 2^(256 − work), the first by nonce."""
    nonce = 0
    while int.from_bytes(sha256d(found := header(root, time, bits, nonce, before)), "little") >> (256 - work):
        nonce += 1
    return found
