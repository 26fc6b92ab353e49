"""How much each device may send: no device, broken or hostile, takes the signature checks and the disk of the others.

Counted in bytes of `up` messages, before anything in them is read: a byte stands for as much work in a good record as
in a forged one. What is over the limit is not acknowledged; a device keeps it and sends it again later.
"""

from collections.abc import Callable

from civicroot_wire import record
from civicroot_witness.token_buckets import TokenBuckets

from ..config.model import Admission as Limits
from ..registry.registry import MAX_KEYS, Registry
from .limits import MAX_UP_BYTES

RATE_LIMITED = "rate-limited"
LEAST_BYTES = 128  # what the smallest message counts for: a record has no fewer, and each costs its handling
_EVERYBODY_ELSE = b""


class RateLimit:
    """A token bucket for each enrolled device. All other kids share one, so that made-up topics fill no memory."""

    def __init__(self, limits: Limits, registry: Registry, monotonic: Callable[[], float]) -> None:
        self._registry = registry
        self._buckets = TokenBuckets(limits.device_burst, limits.device_rate, MAX_KEYS, monotonic)

    def exceeded(self, kid: bytes, octets: int) -> bool:
        """Whether a message of `octets` bytes under `kid`'s topic is over the limit; it is counted if not."""
        key = self._registry.get(kid)
        bucket = kid if key is not None and key.role == record.ROLE else _EVERYBODY_ELSE
        counted = min(max(octets, LEAST_BYTES), MAX_UP_BYTES)  # what is longer is refused unread, and told why
        return self._buckets.take(bucket, counted) > 0
