"""Which records are batched and delivered ahead of the others (SPEC.md §3.1's names)."""

import re

from civicroot_wire.record import Record

URGENT, ORDINARY = 0, 1
LANES = (URGENT, ORDINARY)
# A deposit is claimed by somebody who stands at the bin; an alarm needs somebody at once.
URGENT_NAMES = frozenset({"deposit", "alarm"})
# How these names stand in deterministic CBOR: label 0, a text's head, the text. Where that is not, no such name is;
# where it is, it may still be part of something else. Decoding every record's pack would cost as much as all the rest.
_HINT = re.compile(b"|".join(b"\\x00" + bytes([0x60 + len(name)]) + name.encode() for name in sorted(URGENT_NAMES)))


def lane_of(found: Record) -> int:
    """The lane of a decoded record."""
    if _HINT.search(found.encoded) is None:
        return ORDINARY
    return URGENT if any(item.name in URGENT_NAMES for item in found.pack.measurements) else ORDINARY
