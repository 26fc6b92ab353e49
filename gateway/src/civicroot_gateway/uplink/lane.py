"""Which records are batched and delivered ahead of the others (SPEC.md §3.1's names)."""

from civicroot_wire.record import Record

URGENT, ORDINARY = 0, 1
LANES = (URGENT, ORDINARY)
# A deposit is claimed by somebody who stands at the bin; an alarm needs somebody at once.
URGENT_NAMES = frozenset({"deposit", "alarm"})


def lane_of(found: Record) -> int:
    """The lane of a decoded record."""
    for item in found.pack.measurements:
        if item.name in URGENT_NAMES:
            return URGENT
    return ORDINARY
