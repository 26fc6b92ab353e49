"""Whether a device's silence means anything: only if nothing on its way to here is, or was just now, in the way."""

from collections.abc import Callable, Mapping

from civicroot_backend.gateways.board import Standing

SETTLE_SECONDS = 900  # after a gateway came back, its devices have so long to send what they kept


class Hearing:
    """`hears`: whether this backend itself is connected to the broker. One thread asks; times are Unix seconds."""

    def __init__(self, hears: Callable[[], bool]) -> None:
        self.hears = hears
        self._deaf_at: int | None = None
        self._stopped_at: dict[bytes, int] = {}

    def look(self, standings: Mapping[bytes, Standing], now: int) -> None:
        """Note who is stopped now."""
        if not self.hears():
            self._deaf_at = now
        for kid, standing in standings.items():
            if standing.stopped:
                self._stopped_at[kid] = now

    def tells(self, gateway: bytes, now: int) -> bool:
        """Whether who is silent behind this gateway can be known."""
        return all(at is None or now - at >= SETTLE_SECONDS for at in (self._deaf_at, self._stopped_at.get(gateway)))
