"""What systemd is to a service: a datagram socket that READY, WATCHDOG and STATUS come to."""

import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self


class ServiceManager:
    """Listens as systemd does; `environment` is what the service gets."""

    def __init__(self, watchdog: float | None = None, *, abstract: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = str(Path(self._folder.name) / "notify")
        self._socket.bind("\0" + name[1:] if abstract else name)
        self.environment: Mapping[str, str] = {"NOTIFY_SOCKET": f"@{name[1:]}" if abstract else name} | (
            {} if watchdog is None else {"WATCHDOG_USEC": str(int(watchdog * 1e6))}
        )
        self.heard: list[tuple[float, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._folder.cleanup()

    def hear(self, seconds: float) -> str | None:
        """The next datagram; None if none came in time."""
        self._socket.settimeout(seconds)
        try:
            said = self._socket.recv(4096).decode()
        except TimeoutError:
            return None
        self.heard.append((time.monotonic(), said))
        return said

    def wait_for(self, wanted: str, seconds: float = 20.0) -> str:
        """The first datagram that has `wanted` in it; others are passed over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            said = self.hear(left)
            if said is not None and wanted in said:
                return said
        raise AssertionError(f"never heard {wanted}, but {[said for _, said in self.heard]}")

    def drain(self) -> list[str]:
        """What came until now."""
        found = []
        while (said := self.hear(0.001)) is not None:
            found.append(said)
        return found
