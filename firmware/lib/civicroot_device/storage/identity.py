"""The device's key and the sequence numbers reserved for it: one file, so that they live and die together.

File `identity`: magic "CRI2", seed (32), public key (32), reserved (uint64: numbers below it are reserved), CRC-32. It
is replaced atomically, so a power cut leaves the old or the new one. A file that is missing or fails its CRC is not
guessed at: the device makes a new key and has to be enrolled again (SPEC.md §3.1).

The public key is kept because computing it takes as long as a signature, and a tag starts for every report. (A wrong
one beside the right seed would give the seed away in its signatures; whoever can write it can read the seed.)
Files of older versions, "CRI1", have the kid (8) in its place; they are read, too.
"""

import struct
from binascii import crc32

from civicroot_wire import keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from civicroot_device.storage.flash import Flash

    class Curve(Protocol):
        """What the key is used with: ed25519.py, or a secure element in its place."""

        def public_key(self, seed: bytes) -> bytes: ...
        def sign(self, seed: bytes, public: bytes, message: bytes) -> bytes: ...


FILE = "identity"
SEED_BYTES = 32
_MAGIC, _OLDER_MAGIC = b"CRI2", b"CRI1"
_BODY, _OLDER_BODY = "<4s32s32sQ", "<4s32s8sQ"
_CRC = "<I"
_MOST = struct.calcsize(_BODY) + 4

# How the identity of this start came to be.
KEPT, FIRST, REPLACED = "kept", "first", "replaced"


class Identity:
    """`public` (32 bytes), `kid` (8 bytes), `reserved`, and `origin`: KEPT, FIRST or REPLACED (file damaged)."""

    def __init__(self, flash: "Flash", curve: "Curve", seed: bytes, public: bytes, reserved: int, origin: str) -> None:
        self._flash = flash
        self._curve = curve
        self._seed = seed
        self.public = public
        self.kid = keys.kid(self.public)
        self.reserved = reserved
        self.origin = origin

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        return self._curve.sign(self._seed, self.public, message)

    def agree(self, derive: "Callable[[bytes, bytes], bytes]") -> bytes:
        """The key that `derive(seed, public)` makes of this one, for the radio (crypto/link_key.py)."""
        return derive(self._seed, self.public)

    def reserve(self, reserved: int) -> None:
        """Make it durable that all numbers below `reserved` may be used. Raises OSError."""
        body = struct.pack(_BODY, _MAGIC, self._seed, self.public, reserved)
        self._flash.replace(FILE, [body + struct.pack(_CRC, crc32(body))])
        self.reserved = reserved


def load(flash: "Flash", curve: "Curve") -> "Identity | None":
    """The stored identity; None if the file is missing or damaged. `curve` has public_key(seed) and sign."""
    if FILE not in flash.names():
        return None
    with flash.open(FILE) as file:
        data = file.read(_MOST + 1)
    body = data[:-4]
    if len(data) < 8 or struct.unpack(_CRC, data[-4:])[0] != crc32(body):
        return None
    if body[:4] == _MAGIC and len(body) == struct.calcsize(_BODY):
        _, seed, public, reserved = struct.unpack(_BODY, body)
        return Identity(flash, curve, seed, public, reserved, KEPT)
    if body[:4] == _OLDER_MAGIC and len(body) == struct.calcsize(_OLDER_BODY):
        _, seed, kid, reserved = struct.unpack(_OLDER_BODY, body)
        found = Identity(flash, curve, seed, curve.public_key(seed), reserved, KEPT)
        return found if found.kid == kid else None
    return None


def load_or_create(flash: "Flash", curve: "Curve", random: "Callable[[int], bytes]") -> Identity:
    """The stored identity, or a new one from `random(32)`, durable when this returns. Raises OSError."""
    found = load(flash, curve)
    if found is None:
        origin = REPLACED if FILE in flash.names() else FIRST
        seed = random(SEED_BYTES)
        if len(seed) != SEED_BYTES:
            raise ValueError("the source of randomness gave %d bytes" % len(seed))
        found = Identity(flash, curve, seed, curve.public_key(seed), 0, origin)
        found.reserve(0)
    return found
