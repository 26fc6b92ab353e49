"""Beacon: what a device repeats to show that its record is younger than a witnessed checkpoint (SPEC.md §5.4)."""

import hashlib

from .sequence import BEACON_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .note import Note, VerifierKey


def of(found: "Note", witnesses: "list[VerifierKey]") -> bytes:
    """The beacon of a checkpoint note: its body and the cosignatures of `witnesses`, ascending by bytes."""
    blobs = [line.key_id + line.signature for line in found.lines if any(line.is_by(witness) for witness in witnesses)]
    return hashlib.sha256(found.body.encode() + b"".join(sorted(blobs))).digest()[:BEACON_BYTES]
