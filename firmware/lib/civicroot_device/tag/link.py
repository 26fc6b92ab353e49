"""The link key and the counter of the newest answer, on flash (SPEC.md §8.1).

File `link`: magic, gateway's public key (32), SHA-256 of the realm (32), link key (32), CRC-32. X25519 takes a small
chip seconds, so it runs once for each gateway.
File `answered`: magic, gateway's public key (32), counter (uint64), CRC-32. Written once in KEEP_EVERY answers: between
two, the counter is in the retained memory, and a loss of power gives back at most so many old answers.
"""

import hashlib
import struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.storage.flash import Flash
    from civicroot_device.tag.retained import Retained

    Derive = Callable[[bytes], bytes]  # the link key with the gateway of this public key; raises SignatureError

KEY_FILE, COUNTER_FILE = "link", "answered"
REALM_BYTES = 8  # of the realm's hash, kept with the key in the retained memory: a changed configuration is found out
KEEP_EVERY = 24  # answers: a write a day at hourly reports, 1,800 in five years
_KEY = "<4s32s32s32s"
_KEY_MAGIC = b"CRL1"
_COUNTER = "<4s32sQ"
_COUNTER_MAGIC = b"CRN1"


class Link:
    """`key`; `last`: counter of the newest answer believed, None for none. Raises SignatureError, OSError."""

    def __init__(self, flash: "Flash", retained: "Retained", gateway: bytes, realm: str, derive: "Derive") -> None:
        self._flash = flash
        self._kept = retained
        self._gateway = gateway
        digest = hashlib.sha256(realm.encode()).digest()
        known = retained.link
        if known is not None and known[:REALM_BYTES] == digest[:REALM_BYTES]:
            # What was retained is as new as the flash: no file is opened in a usual wake.
            self.key = known[REALM_BYTES:]
            return
        self.key = self._key(digest, derive)
        retained.link = digest[:REALM_BYTES] + self.key
        on_flash = self._counter()
        if retained.last is None or (on_flash is not None and on_flash > retained.last):
            retained.last = on_flash

    @property
    def last(self) -> "int | None":
        return self._kept.last

    def believed(self, counter: int) -> None:
        """An answer with this counter was verified: no older one is, from now on. Raises OSError."""
        kept = self._kept
        first = kept.last is None
        kept.last = counter
        kept.unkept += 1
        kept.save()  # first: the retained memory is never behind the flash
        if first or kept.unkept >= KEEP_EVERY:
            self._write(COUNTER_FILE, struct.pack(_COUNTER, _COUNTER_MAGIC, self._gateway, counter))
            kept.unkept = 0

    def _key(self, realm: bytes, derive: "Derive") -> bytes:
        found = self._read(KEY_FILE, _KEY)
        if found is not None and found[:3] == (_KEY_MAGIC, self._gateway, realm):
            key: bytes = found[3]
            return key
        key = derive(self._gateway)
        self._write(KEY_FILE, struct.pack(_KEY, _KEY_MAGIC, self._gateway, realm, key))
        return key

    def _counter(self) -> "int | None":
        found = self._read(COUNTER_FILE, _COUNTER)
        return found[2] if found is not None and found[:2] == (_COUNTER_MAGIC, self._gateway) else None

    def _read(self, name: str, layout: str) -> "tuple[Any, ...] | None":
        if name not in self._flash.names():
            return None
        with self._flash.open(name) as file:
            data = file.read()
        if len(data) != struct.calcsize(layout) + 4 or crc32(data[:-4]).to_bytes(4, "little") != data[-4:]:
            return None
        return struct.unpack(layout, data[:-4])

    def _write(self, name: str, data: bytes) -> None:
        self._flash.replace(name, [data, crc32(data).to_bytes(4, "little")])
