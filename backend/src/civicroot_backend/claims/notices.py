"""Claim notices that wait to be told to bins: put by any thread, taken by the one that has the broker's connection."""

from collections import deque
from collections.abc import Callable, Iterator

from civicroot_wire import claim_notice, relayed
from civicroot_wire.claim_notice import ClaimNotice

MAX_WAITING = 4096  # a lost one costs nothing: an offer ends by itself, an opening comes again and is answered again


class Notices:
    """`wake` is called when there is one."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[tuple[bytes, bytes]] = deque(maxlen=MAX_WAITING)

    def put(self, gateway: bytes, kid: bytes, seq: int, status: int) -> None:
        """Tell the device `kid`, through this gateway, what became of number `seq`."""
        self._waiting.append((gateway, relayed.encode(kid, claim_notice.encode(ClaimNotice(seq, status)))))
        self._wake()

    def take(self) -> Iterator[tuple[bytes, bytes]]:
        """(gateway, message) of those that wait; each is given once."""
        while self._waiting:
            yield self._waiting.popleft()
