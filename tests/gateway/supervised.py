"""A loop that does nothing but what supervision asks of it, with a snapshot that the test sets."""

import http.client
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any, Self

from civicroot_gateway import config
from civicroot_gateway.operate.clock import BUILD_TIME
from civicroot_gateway.operate.snapshot import LinkStatus, Snapshot
from civicroot_gateway.operate.standing import Heard, Key, Standing
from civicroot_gateway.operate.supervision import Supervision

NOW = BUILD_TIME + 1_000_000
KID = bytes.fromhex("0011223344556677")
UP = LinkStatus("uplink", "mqtts://mqtt.city.example:8883", up=True, seconds=86_400.0, certificate_days=61.5)
DEVICES_UP = LinkStatus("devices", "mqtt://127.0.0.1:1883", up=True, seconds=864_000.0)
BRIDGE = {
    "name": "roof", "up": True, "seconds": 4000.0, "trouble": None, "alarm": False, "counts": {"heard": 1234},
    "statistics": None,
}  # fmt: skip
BRIDGE_DOWN = BRIDGE | {"up": False, "seconds": 61.0, "trouble": "no such port", "alarm": True}
STANDING = Standing(
    kid=KID,
    realm="test.example",
    log_size=1234,
    records=420,
    octets=84_000,
    limit=1 << 30,
    oldest=NOW - 95,
    room_hours=2160.0,
    batches_waiting=2,
    batches_refused=0,
    octets_refused=0,
    next_batch=77,
    counters=MappingProxyType({("record", "accepted"): 5000, ("record", "bad-signature"): 3}),
    keys=[Key(KID, "gateway", "gateway/1"), Key(b"\x01" * 8, "device", "bin/1"), Key(b"\x02" * 8, "device", "tree/1")],
    devices=[Heard(b"\x01" * 8, NOW - 30, True, 0), Heard(b"\x02" * 8, NOW - 7200, False, 12)],
)
WELL = Snapshot(
    standing=STANDING,
    links=(DEVICES_UP, UP),
    bridges=(),
    now=NOW,
    wall=NOW,
    clock_alarm=None,
    clock_jumps=0,
    uptime=90_061.0,
    failing=None,
    version="0.1.0",
)


def standing(**changes: Any) -> Snapshot:
    """A well gateway but for what its spool says."""
    return replace(WELL, standing=replace(STANDING, **changes))


class Supervised:
    """`page` is the port it is served on; `collected` counts the snapshots made."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str] = MappingProxyType({}), listen: str = "127.0.0.1:0"
    ) -> None:
        self.folder = folder
        self.snapshot = WELL
        self.collected = 0
        self._blocked = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._wake = threading.Event()
        self._stopping = False
        settings = config.parse(
            {"realm": "test.example", "uplink_url": "mqtt://x", "data": str(folder), "page": {"listen": listen}},
            folder,
        )
        self.supervision = Supervision(settings, self._collect, self._wake.set, monotonic, environment)
        self._thread = threading.Thread(target=self._loop)

    def __enter__(self) -> Self:
        self.supervision.start()
        self.supervision.ready()
        self._thread.start()
        self.page = self.supervision.page_port
        return self

    def __exit__(self, *_: object) -> None:
        self.resume()
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self.supervision.close()

    def block(self) -> None:
        """From now on the loop hangs, as in a read from a dead disk."""
        self._blocked.clear()
        self._go.clear()
        self._wake.set()
        assert self._blocked.wait(10)

    def resume(self) -> None:
        self._go.set()

    def get(self, path: str, host: str = "127.0.0.1", method: str = "GET") -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.page, timeout=20)
        try:
            connection.request(method, path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.wait(min(self.supervision.wait(), 0.5))
            self._wake.clear()
            if not self._go.is_set():
                self._blocked.set()
                self._go.wait()
            self.supervision.turn()

    def _collect(self) -> Snapshot:
        self.collected += 1
        return self.snapshot
