"""Logs of any size in memory, laid out by the backend's own integration."""

from civicroot_audit.errors import Missing
from civicroot_backend.log.integrate import grow
from civicroot_wire import merkle
from civicroot_wire.checkpoint import Checkpoint


class MemorySource:
    """A source whose files can be changed."""

    name = "memory"

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def get(self, name: str, limit: int) -> bytes:
        self.asked.append(name)
        if name not in self.files:
            raise Missing(name)
        assert len(self.files[name]) <= limit
        return self.files[name]

    def close(self) -> None:
        pass


def entries_of(size: int) -> list[bytes]:
    return [b"entry %d" % index for index in range(size)]


def source_of(entries: list[bytes]) -> MemorySource:
    """The tiles and bundles of a log that grew to these entries at once."""

    def no_tiles(level: int, number: int, size: int) -> bytes:
        raise AssertionError("an empty tree has no tiles")

    return MemorySource(dict(grow(0, entries, no_tiles, [])))


def checkpoint_of(entries: list[bytes]) -> Checkpoint:
    return Checkpoint("city.example/log", len(entries), merkle.root([merkle.leaf_hash(entry) for entry in entries]))
