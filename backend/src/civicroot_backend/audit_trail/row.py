"""A row of the trail, and the hash that chains it to all before it.

    chain(−1) = 32 zero bytes
    chain(n)  = SHA-256(chain(n−1) ‖ deterministic CBOR of [n, time, actor, name, action, district, target, detail])

A row that was changed, left out, put in or moved gives another hash from there on.
"""

import hashlib
from dataclasses import dataclass

from civicroot_wire import cbor

START = bytes(32)


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody did. `actor`: account, None for the command line; `detail`: JSON."""

    position: int
    time: int
    actor: int | None
    name: str
    action: str
    district: str
    target: str
    detail: str

    def chain(self, before: bytes) -> bytes:
        """The hash of everything up to this row, from that of everything before it."""
        fields: list[object] = [
            self.position,
            self.time,
            self.actor,
            self.name,
            self.action,
            self.district,
            self.target,
            self.detail,
        ]
        return hashlib.sha256(before + cbor.encode(fields)).digest()
