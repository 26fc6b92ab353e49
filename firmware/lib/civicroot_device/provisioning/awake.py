"""How long a tag, which lives on a battery, stays awake for whoever is at its USB port.

not provisioned    while a computer is there, and QUIET_MS longer than anybody speaks; then it sleeps, and looks for
                   LINGER_MS at each wake
provisioned        at a wake that finds a computer: until that is gone, is silent for PAUSE_MS, or LONGEST_MS have
                   passed. After power or reset a wake waits LINGER_MS for one; any other looks, and does not wait
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Host(Protocol):
        """Like buses/usb_host.py."""

        def seen(self) -> bool:
            """Whether a computer is there."""
            ...


LINGER_MS = 2_000  # in which a computer finds a port that has just appeared
QUIET_MS = 600_000  # a crew that reads a manual meanwhile
PAUSE_MS = 60_000  # longer than a laptop takes from one request to the next, or a person to type one
LONGEST_MS = 900_000  # a program at the cable must not keep a battery awake for ever
GONE_MS = 1_000  # a computer that sends no frame for so long is gone, or sleeps


class Awake:
    """Whether to go on, asked at every turn. `ms` is monotonic."""

    def __init__(self, host: "Host", ms: "Callable[[], int]", provisioned: bool, quiet_ms: int) -> None:
        self._host = host
        self._ms = ms
        self._provisioned = provisioned
        self._quiet_ms = quiet_ms
        self._began = self._heard = self._seen = ms()

    def __call__(self, heard: bool) -> bool:
        """`heard`: whether anything has come in this turn."""
        now = self._ms()
        if heard:
            self._heard = now
        if self._host.seen():
            self._seen = now
        there = now - self._seen < GONE_MS
        quiet = now - self._heard >= self._quiet_ms
        if self._provisioned:
            return there and not quiet and now - self._began < LONGEST_MS
        return there or not quiet
