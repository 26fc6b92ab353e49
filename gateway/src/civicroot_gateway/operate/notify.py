"""What systemd is told (sd_notify(3)), and the watchdog it keeps. Without systemd nothing is sent."""

import os
import socket
from collections.abc import Callable, Mapping

SOCKET, WATCHDOG, WATCHDOG_PROCESS = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
_MICROSECONDS = 1e6


class Notifier:
    """Datagrams to systemd's socket, a path or `@abstract`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = environment.get(SOCKET, "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @property
    def heard(self) -> bool:
        """Whether there is anybody to tell."""
        return self._socket is not None

    def send(self, *lines: str) -> None:
        """Say something. A service manager that does not listen is no reason to stop."""
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except (BlockingIOError, ConnectionRefusedError, FileNotFoundError):
            return

    def close(self) -> None:
        """No more of it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Watchdog:
    """Pings twice in the time that systemd allows; a ping says that the loop has turned, for nobody else sends it."""

    def __init__(self, notifier: Notifier, environment: Mapping[str, str], monotonic: Callable[[], float]) -> None:
        self._notifier = notifier
        self._monotonic = monotonic
        self._interval = _interval(environment)
        self._next = monotonic()

    def turned(self, *, alive: bool) -> None:
        """The loop turned; `alive`: a restart would mend nothing."""
        if self._interval is None or not alive:
            return
        now = self._monotonic()
        if now >= self._next:
            self._notifier.send("WATCHDOG=1")
            self._next = now + self._interval

    def wait(self) -> float:
        """Seconds until the loop must turn again for the watchdog's sake."""
        return float("inf") if self._interval is None else max(self._next - self._monotonic(), 0.0)


def _interval(environment: Mapping[str, str]) -> float | None:
    """Half of what systemd allows, in seconds; None if it keeps no watchdog over this process."""
    allowed = environment.get(WATCHDOG, "")
    if not allowed.isdecimal() or int(allowed) == 0:
        return None
    if environment.get(WATCHDOG_PROCESS, str(os.getpid())) != str(os.getpid()):
        return None
    return int(allowed) / _MICROSECONDS / 2
