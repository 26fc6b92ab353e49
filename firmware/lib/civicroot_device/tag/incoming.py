"""A signed message that comes by radio, over as many wakes as it takes: a configuration, or a release's manifest.

File `incoming` with the kind's number at its end, in the key's folder: head, size (uint32), and what has come. A power
cut leaves any part of what was added last; whether all of it is right says the message's hash, and then its signature.
"""

import hashlib
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.flash import Flash
    from civicroot_device.tag.asker import Asker

FILE = "incoming%d"
STEP_BYTES = 2048  # that are asked for before they are written
_HEAD = "<8sI"
_HEAD_BYTES = 12


class Incoming:
    """The message of `kind` whose SHA-256 begins with `head`. Raises OSError."""

    def __init__(self, flash: "Flash", kind: int, head: bytes, size: int) -> None:
        self._flash = flash
        self._name = FILE % kind
        self._head = head
        self._size = size
        self._begin = struct.pack(_HEAD, head, size)

    def fetch(self, asker: "Asker") -> "bytes | None":
        """Go on with it; the message when it is there and right."""
        have = self._have()
        while have < self._size:
            octets = asker.get(self._head, have, min(STEP_BYTES, self._size - have))
            if not octets:
                return None
            self._flash.append(self._name, octets)
            have += len(octets)
        data = self._read()[_HEAD_BYTES:]
        if hashlib.sha256(data).digest()[: len(self._head)] == self._head:
            return data
        self.forget()  # somebody's fault, or a cut's: all of it again, in another wake
        return None

    def forget(self) -> None:
        """It is done with."""
        if self._name in self._flash.names():
            self._flash.remove(self._name)

    def _have(self) -> int:
        """Bytes of the message that are there; of another one nothing is left."""
        if self._name in self._flash.names():
            have = self._flash.size(self._name) - _HEAD_BYTES
            if 0 <= have <= self._size and self._read(_HEAD_BYTES) == self._begin:
                return have
        self._flash.replace(self._name, [self._begin])
        return 0

    def _read(self, size: int = -1) -> bytes:
        with self._flash.open(self._name) as file:
            return file.read(size)
