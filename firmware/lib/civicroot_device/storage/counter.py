"""Sequence numbers that are never used twice (SPEC.md §3.1).

Numbers are reserved in blocks of 64 in the identity file, so that flash is not rewritten for every record. Whether
a reserved number was used is known from the outbox, where a record is durable before it is transmitted. After a
power cut the unused rest of the block is not used any more; the next record declares it in its `skip`.
"""

from civicroot_device.errors import KeyExhausted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.identity import Identity

BLOCK = 64  # SPEC.md §3.1: `skip` is at most one block
END = 1 << 32  # numbers are below; the outbox stores the next one in 32 bits


class Counter:
    """Gives numbers under `identity`.

    highest   the highest number used, as the outbox knows it; -1 for none
    damaged   the outbox is not sure of it: the unused rest of the block is then not declared as skipped, because a
              record in it may have been transmitted; a verifier sees lost records, which is the truth
    """

    def __init__(self, identity: "Identity", highest: int, damaged: bool) -> None:
        self._identity = identity
        self._certain = -1 if damaged else highest
        reserved = identity.reserved
        self._next = max(reserved, highest + 1)
        self._skip = 0
        if damaged or highest >= reserved:
            return  # a reservation behind the outbox is of an older state of this flash
        begin = max(0, reserved - BLOCK)
        if highest >= begin:
            self._skip = reserved - 1 - highest
        elif begin - 1 - highest <= BLOCK:
            # Nothing of the last block is durable, so nothing of it was transmitted: it is still all free. (A new
            # block at every cut would leave more unused numbers than one `skip` can tell.)
            self._next = begin
            self._skip = begin - 1 - highest

    @property
    def next(self) -> int:
        """The number of the next record, reserved or not."""
        return self._next

    def resume(self, following: int) -> None:
        """Go on within the block after a sleep: a memory that outlived it says that `following` is the next number.

        If the outbox says the same, no record that may have been transmitted is missing in it, and nothing is skipped.
        """
        if following == self._certain + 1 and 0 < following < self._identity.reserved:
            self._next, self._skip = following, 0

    def peek(self) -> "tuple[int, int]":
        """(seq, skip) of the next record; its block is durably reserved. Raises KeyExhausted, OSError."""
        if self._next >= self._identity.reserved:
            if self._next + BLOCK >= END:
                raise KeyExhausted("sequence number %d" % self._next)
            self._identity.reserve(self._next + BLOCK)
        return self._next, self._skip

    def used(self, seq: int) -> None:
        """The record with the number that `peek` gave is durable."""
        if seq != self._next:
            raise ValueError("number %d was not given" % seq)
        self._next += 1
        self._skip = 0
