"""A reader of the log written from the C2SP texts (tlog-tiles, tlog-checkpoint, signed-note) and RFC 9162 alone.

It shares no code with what writes the log, and gets it as anybody does: by `fetch`, from a name to its bytes.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Fetch = Callable[[str], bytes]


@dataclass(frozen=True)
class Head:
    """A verified checkpoint."""

    size: int
    root: bytes


class OutsideReader:
    """The log of `origin`; `keys` are (public key, first index that it covers), ascending."""

    def __init__(self, fetch: Fetch, origin: str, *keys: tuple[bytes, int]) -> None:
        self.fetch = fetch
        self.origin = origin
        self.keys = keys

    def open(self, note: bytes) -> Head:
        """Verify a checkpoint with the one key that its size asks for."""
        text = note.decode()
        body, _, signatures = text.partition("\n\n")
        signed = (body + "\n").encode()
        origin, digits, root = body.split("\n")
        assert origin == self.origin
        assert str(int(digits)) == digits
        (line,) = signatures.removesuffix("\n").split("\n")
        dash, name, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        assert (dash, name) == ("\u2014", self.origin)
        public = [key for key, first in self.keys if first <= max(int(digits) - 1, 0)][-1]
        assert raw[:4] == hashlib.sha256(self.origin.encode() + b"\n\x01" + public).digest()[:4]
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], signed)
        return Head(int(digits), base64.b64decode(root, validate=True))

    def checkpoint(self) -> Head:
        """What the log publishes now."""
        return self.open(self.fetch("log/checkpoint"))

    def entries(self, size: int) -> list[bytes]:
        """All entries of a tree of `size`."""
        found: list[bytes] = []
        for number in range(-(-size // 256)):
            width = min(256, size - 256 * number)
            data = self.fetch(name_of("entries", number, width))
            bundle = []
            while data:
                length = data[0] << 8 | data[1]
                assert len(data) >= 2 + length
                bundle.append(data[2 : 2 + length])
                data = data[2 + length :]
            assert len(bundle) == width
            found += bundle
        return found

    def hashes(self, level: int, size: int) -> list[bytes]:
        """All hashes of a tile level in a tree of `size`."""
        count = size >> (8 * level)
        tiles = range(-(-count // 256))
        data = b"".join(self.fetch(name_of(str(level), number, min(256, count - 256 * number))) for number in tiles)
        assert len(data) == 32 * count
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def check(self, seen: Iterable[bytes] = ()) -> list[bytes]:
        """Check the whole log; it must extend every signed checkpoint in `seen`. Its entries."""
        head = self.checkpoint()
        entries = self.entries(head.size)
        leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        assert tree_hash(leaves) == head.root, "the entries do not hash to the signed root"
        level, above = 0, leaves
        while above:
            assert self.hashes(level, head.size) == above, f"tiles of level {level} are not of these entries"
            level, above = level + 1, [tree_hash(above[at : at + 256]) for at in range(0, len(above) - 255, 256)]
        for note in seen:
            earlier = self.open(note)
            assert earlier.size <= head.size, "a checkpoint that was seen is larger than the published one"
            assert tree_hash(leaves[: earlier.size]) == earlier.root, "a checkpoint that was seen is of another tree"
        return entries


def name_of(kind: str, number: int, width: int) -> str:
    """The name of a tile (kind: its level) or bundle (`entries`)."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == 256 else f".p/{width}"
    return f"log/tile/{kind}/" + "/".join(groups) + partial


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()
