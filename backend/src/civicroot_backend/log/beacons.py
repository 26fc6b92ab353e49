"""Beacon checkpoints: what devices were told of, kept for ever in the public store (wire specification §5.4).

Each lies under its beacon before any gateway is told of it. So whoever has a record with a beacon finds the checkpoint
that it was made after, without asking anybody's database.
"""

import logging

from civicroot_wire import beacon, head, note
from civicroot_wire.errors import WireError
from civicroot_wire.head import keys_at
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify

from civicroot_backend.log.publish import Published
from civicroot_backend.store.presentation import BEACONS
from civicroot_backend.store.store import BlobStore

_log = logging.getLogger(__name__)


def name_of(told: bytes) -> str:
    """Where the checkpoint of a beacon lies."""
    digits = told.hex()
    return f"{BEACONS}{digits[:2]}/{digits}"


class Beacons:
    """Threads may use it at the same time. Without a quorum in the policy beacons say nothing, and none are kept."""

    def __init__(self, store: BlobStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    def keep(self, published: Published) -> None:
        """Put a checkpoint that met the quorum where its beacon leads. Raises StoreError."""
        if not self._policy.quorum:
            return
        if not published.met:
            raise AssertionError("a checkpoint below the quorum is no beacon")
        self._store.put([(name_of(self._beacon(note.parse(published.note), published.size)), published.note.encode())])

    def find(self, told: bytes) -> str | None:
        """The note of the checkpoint that a device was told of; None if none says when. Raises StoreError."""
        content = self._store.get(name_of(told)) if self._policy.quorum else None
        if content is None:
            return None
        try:
            # Whoever can write to the store could put anything there; a bundle with it would be refused as a whole.
            found = head.verify(content, self._policy, verify, True)
        except WireError as error:
            _log.warning("beacon %s: %s", told.hex(), error)
            return None
        if len(found.cosigned) < self._policy.quorum or self._beacon(found.note, found.checkpoint.size) != told:
            _log.warning("beacon %s: not what lies there, or below the quorum", told.hex())
            return None
        return content.decode()

    def _beacon(self, signed: note.Note, size: int) -> bytes:
        return beacon.of(signed, keys_at(self._policy.witnesses, max(size - 1, 0)))
