"""Openings from devices to the backend, and its claim notices to them (SPEC.md §8): passed on and never kept.

An opening must stay deletable, so nothing of it touches the spool, a log or the quarantine. What is lost on the way
comes again: a device repeats an opening until a notice says that it has arrived.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator

from civicroot_wire import claim_notice, opening, record, relayed, topic
from civicroot_wire.errors import MalformedError, WireError
from civicroot_witness.token_buckets import TokenBuckets

from ..registry.registry import Registry
from .publication import DEVICES, UPLINK, Publication

# Of each device: what a bin gathers in an outage of an hour at once, then more deposits than a bin can have.
OPENINGS_AT_ONCE, OPENINGS_PER_SECOND = 64, 1.0
MAX_DEVICES = 16_384  # that are remembered
MAX_WAITING = 512  # 160 KiB of memory; the device says again what finds no place


class Relay:
    """`own` is the gateway's kid; `counts` says what became of messages, without their content."""

    def __init__(self, own: bytes, registry: Registry, monotonic: Callable[[], float]) -> None:
        self._own = own
        self._registry = registry
        self._shares = TokenBuckets(OPENINGS_AT_ONCE, OPENINGS_PER_SECOND, MAX_DEVICES, monotonic)
        self._waiting: deque[Publication] = deque()
        self.counts: Counter[str] = Counter()

    def from_device(self, kid: bytes, payload: bytes) -> None:
        """An opening of device `kid`."""
        try:
            # 1. A device of ours, that keeps to its share.
            self._registry.signer(kid, record.ROLE)
            if self._shares.take(kid):
                self.counts["too-fast"] += 1
                return
            # 2. An opening: nothing else goes this way. Whether it is that of a record the backend finds out.
            opening.decode(payload)
        except WireError as error:
            self.counts[error.reason] += 1
            return
        self._add(
            "opening", Publication(UPLINK, topic.of_gateway(self._own, topic.PRIVATE), relayed.encode(kid, payload))
        )

    def from_backend(self, payload: bytes) -> None:
        """A claim notice for a device."""
        try:
            kid, message = relayed.decode(payload)
            self._registry.signer(kid, record.ROLE)
            claim_notice.decode(message)
        except MalformedError:
            self.counts["malformed"] += 1
            return
        except WireError as error:
            self.counts[error.reason] += 1
            return
        self._add("notice", Publication(DEVICES, topic.of_device(self._own, kid, topic.CLAIM), message))

    def due(self, most: int) -> Iterator[Publication]:
        """At most `most` messages, the oldest first."""
        while self._waiting and most > 0:
            most -= 1
            yield self._waiting.popleft()

    @property
    def is_due(self) -> bool:
        """Whether a message waits."""
        return bool(self._waiting)

    def _add(self, name: str, one: Publication) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self.counts["no-room"] += 1
            return
        self.counts[name] += 1
        self._waiting.append(one)
