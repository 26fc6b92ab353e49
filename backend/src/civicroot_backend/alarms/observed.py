"""A record as rules look at it: the last value of each name, at the time at which it was so."""

from dataclasses import dataclass
from decimal import Decimal

from civicroot_wire import record_grammar

from civicroot_backend.projector import texts_joined, value_of
from civicroot_backend.telemetry.store import Value


@dataclass(frozen=True, slots=True)
class Observed:
    """`time`: what the device claims, not later than it was received; `promised`: seconds until the next report."""

    kid: bytes
    seq: int
    time: int
    values: dict[str, Value]
    promised: int | None

    def number(self, name: str) -> Decimal | None:
        """The number of this name; a switch is 0 or 1. None if it has none."""
        found = self.values.get(name)
        if found is None or isinstance(found, str | bytes):
            return None
        return Decimal(int(found)) if isinstance(found, bool) else found


def of_record(kid: bytes, encoded: bytes, closed: int, received: int) -> Observed:
    """An accepted record; a clock that was not set or runs ahead is replaced by the gateway's, or this backend's."""
    found = record_grammar.decode(encoded)
    base = closed if found.pack.base_time is None else found.pack.base_time
    items = found.pack.measurements
    ordered = sorted(texts_joined(items), key=lambda item: item.time or 0)
    values = {item.name: value_of(item) for item in ordered}
    return Observed(kid, found.seq, min(base, received), values, items[0].update_time if items else None)
