"""The way down for devices that no MQTT reaches: commands are told with an answer, and fetched like contents.

A device names a content by the first bytes of its SHA-256: a command that is for it, or what its release names.
"""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable

from civicroot_wire import acknowledgement, record
from civicroot_wire.acknowledgement import HEAD_BYTES
from civicroot_wire.errors import WireError
from civicroot_wire.piece import NOT_YET, UNKNOWN, Want
from civicroot_witness.token_buckets import TokenBuckets

from ..registry.registry import Registry
from ..registry.trust_store import CONFIGURATION, RELEASE
from .command import Command
from .configurations import Configurations
from .pieces import Pieces
from .prefetch import Prefetch

# Of each device: a release of 150 files in one wake, and four times what ESP-NOW carries; LoRa has its own limit.
ASKS_AT_ONCE, ASKS_PER_SECOND = 256, 32.0
MAX_DEVICES = 16_384  # that are remembered
KINDS = {acknowledgement.CONFIGURATION: CONFIGURATION, acknowledgement.RELEASE: RELEASE}


class ByRadio:
    """See bridges/radio_desk.py. What is settled is remembered in memory: after a restart it is told once more."""

    def __init__(
        self,
        registry: Registry,
        configurations: Configurations,
        pieces: Pieces,
        prefetch: Prefetch,
        monotonic: Callable[[], float],
    ) -> None:
        self._registry = registry
        self._configurations = configurations
        self._pieces = pieces
        self._prefetch = prefetch
        self._monotonic = monotonic
        self._shares = TokenBuckets(ASKS_AT_ONCE, ASKS_PER_SECOND, MAX_DEVICES, monotonic)
        self._settled: OrderedDict[bytes, frozenset[bytes]] = OrderedDict()
        self.counts: Counter[str] = Counter()

    def waiting(self, kid: bytes) -> dict[int, tuple[bytes, int]]:
        """The commands that the device is to be told of; what a release names is fetched meanwhile."""
        found = {}
        settled = self._settled.get(kid, frozenset())
        for label, kind in KINDS.items():
            command = self._configurations.current(kid, kind)
            if command is not None and head_of(command) not in settled:
                found[label] = head_of(command), len(command.message)
                self._prefetch.add(command.contents)
        return found

    def settled(self, kid: bytes, heads: list[bytes]) -> None:
        """The device follows these, or has refused them, or has them and goes on by itself."""
        self._settled[kid] = frozenset(heads)
        self._settled.move_to_end(kid)
        if len(self._settled) > MAX_DEVICES:
            self._settled.popitem(last=False)

    def part(self, kid: bytes, head: bytes, offset: int, length: int) -> bytes | str | None:
        """Octets of a content; the reason why there are none; None: it asks too fast."""
        try:
            # 1. A device of ours.  2. That keeps to its share.
            self._registry.signer(kid, record.ROLE)
        except WireError as error:
            self.counts[error.reason] += 1
            return UNKNOWN
        if self._shares.take(kid):
            self.counts["too-fast"] += 1
            return None
        # 3. Something that is for this device.
        found = self._find(kid, head, offset, length)
        self.counts["served" if isinstance(found, bytes) else found] += 1
        return found

    def _find(self, kid: bytes, head: bytes, offset: int, length: int) -> bytes | str:
        for kind in KINDS.values():
            command = self._configurations.current(kid, kind)
            if command is None:
                continue
            if head == head_of(command):
                return command.message[offset : offset + length] or "out-of-range"
            digest = next((digest for digest in command.contents if digest.startswith(head)), None)
            if digest is not None:
                found = self._pieces.look(kid, Want(digest, offset, length), self._monotonic())
                if found.reason == NOT_YET:
                    self._prefetch.add(command.contents)  # a gateway that was restarted meanwhile
                return found.octets if found.reason is None else found.reason
        return UNKNOWN


def head_of(command: Command) -> bytes:
    """By which a device knows it."""
    return hashlib.sha256(command.message).digest()[:HEAD_BYTES]
