"""How fast the outbox fills, to tell how many hours it lasts without a gateway."""

SAMPLES = 32  # appends over which the present rate is taken
HOUR_MS = 3_600_000


class FillRate:
    """Bytes per hour over the last SAMPLES appends."""

    def __init__(self) -> None:
        self._appends: "list[tuple[int, int]]" = []  # (milliseconds, bytes)

    def add(self, size: int, now_ms: int) -> None:
        """`size` bytes were appended."""
        self._appends.append((now_ms, size))
        if len(self._appends) > SAMPLES:
            self._appends.pop(0)

    def hours(self, free: int, now_ms: int) -> "float | None":
        """Hours until `free` bytes are full at that rate; None before there is a rate."""
        if len(self._appends) < 2:
            return None
        # The first append opens the period that the later ones fill.
        size = sum([size for _, size in self._appends[1:]])
        return free * max(1, now_ms - self._appends[0][0]) / size / HOUR_MS
