"""The gate before the witness: what one client, and all of them together, may ask for at a time."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from .errors import WitnessError
from .token_buckets import TokenBuckets

MAX_CLIENTS = 4096  # whose buckets are remembered: some hundred kilobytes
MAX_AT_ONCE = 64  # requests of all clients that are read or wait for the disk: at most 1.3 MB
MAX_OF_ONE = 8  # of them, of one client: nobody takes all the places
BUSY_SECONDS = 1  # after which a client may try again when all places were taken
_SITE_BITS = 64  # of an IPv6 address; the rest is one customer's own to choose


class TooMuch(WitnessError):
    """A client asks for too much, or all do together; `status` 429 or 503, `wait` in seconds."""

    def __init__(self, status: int, reason: str, wait: float) -> None:
        super().__init__("too many requests" if status == 429 else "too busy")
        self.status = status
        self.reason = reason
        self.wait = wait


class Gate:
    """Lets requests pass; used by one thread."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._buckets = TokenBuckets(burst, per_second, MAX_CLIENTS, time.monotonic)
        self._inside: Counter[str] = Counter()

    @contextmanager
    def enter(self, host: str) -> Iterator[None]:
        """A place for a request of the client at `host`. Raises TooMuch."""
        client = site(host)
        wait = self._buckets.take(client)
        if wait:
            raise TooMuch(429, "rate", wait)
        if self._inside[client] >= MAX_OF_ONE:
            raise TooMuch(429, "client-busy", BUSY_SECONDS)
        if self._inside.total() >= MAX_AT_ONCE:
            raise TooMuch(503, "busy", BUSY_SECONDS)
        self._inside[client] += 1
        try:
            yield
        finally:
            self._inside[client] -= 1
            if not self._inside[client]:
                del self._inside[client]


def site(host: str) -> str:
    """Whom an address stands for: itself, or the /64 of an IPv6 address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host  # what a proxy wrote
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped) if address.ipv4_mapped else f"{int(address) >> _SITE_BITS:x}::/64"
