"""The replay window: what content came under which number of a device key, in state.db and, the newest, in memory.

Digests are scattered over the tables by device, so that storing each group's would rewrite a page for every device in
it. They wait in memory until there are many for each page; until then the journal has their records.
"""

from collections.abc import Iterator
from dataclasses import dataclass

DIGEST_BYTES = 32
POSITION_BYTES = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """The content `digest` that was accepted under a number, and the `position` of its record."""

    digest: bytes
    position: int


class Window:
    """The part in memory; about 200 bytes for each number."""

    def __init__(self) -> None:
        self._by_kid: dict[bytes, dict[int, bytes]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, kid: bytes, seq: int, digest: bytes, position: int) -> None:
        """A record was accepted."""
        of_kid = self._by_kid.get(kid)
        if of_kid is None:
            of_kid = self._by_kid[kid] = {}
        of_kid[seq] = digest + position.to_bytes(POSITION_BYTES, "little")
        self._count += 1

    def get(self, kid: bytes, seq: int) -> Seen | None:
        """What was accepted under a number."""
        found = self._by_kid.get(kid, {}).get(seq)
        if found is None:
            return None
        return Seen(found[:DIGEST_BYTES], int.from_bytes(found[DIGEST_BYTES:], "little"))

    def rows(self) -> Iterator[tuple[bytes, int, bytes, int]]:
        """(kid, seq, digest, position) of all."""
        for kid, numbers in self._by_kid.items():
            for seq, found in numbers.items():
                yield kid, seq, found[:DIGEST_BYTES], int.from_bytes(found[DIGEST_BYTES:], "little")

    def kids(self) -> list[bytes]:
        """Whose numbers are here."""
        return list(self._by_kid)

    def clear(self) -> None:
        """They are in state.db."""
        self._by_kid.clear()
        self._count = 0
