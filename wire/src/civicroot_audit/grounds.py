"""What batches and their records are judged on."""

from collections.abc import Callable
from dataclasses import dataclass

from .book import Book, Evidence
from .directory import Directory
from .findings import Finding
from .lives import Lives
from .ranges import Ranges
from .state import State

AUDITED, MISSING, DAMAGED, PRUNED = "audited", "missing", "damaged", "pruned"  # what became of a batch

Decided = dict[str, dict[str, list[tuple[int, int]]]]  # by kid in hex: what a batch decided of the key's numbers


@dataclass(frozen=True)
class Bounds:
    """What is known of times, in Unix seconds. `tolerance`: how wrong a gateway's clock may be.

    `published`: by when the checkpoint that is audited was witnessed; every batch below it had closed by then.
    """

    now: int
    tolerance: int
    published: int | None
    beacons: dict[bytes, tuple[int, int | None]]


@dataclass(frozen=True)
class Places:
    """Where evidence is read again: a log entry by index, a record by its header's index and its place."""

    entry: Callable[[int], bytes]
    record: Callable[[int, int], bytes]


@dataclass(frozen=True)
class Grounds:
    """The memory, the city, and what is known of its times."""

    state: State
    book: Book
    lives: Lives
    directory: Directory
    realm: str
    bounds: Bounds
    places: Places

    def find(self, name: str, about: str, detail: str, index: int, evidence: Evidence | None = None) -> None:
        """Enter a finding that its log index tells from others of its name."""
        self.book.add(Finding(name, about, detail, str(index), index), evidence)

    def entries(self, *indexes: int) -> Evidence:
        """Log entries as evidence."""
        return lambda: {f"entry-{at}.cbor": self.places.entry(at) for at in indexes}


def merged(decided: list[Decided]) -> dict[bytes, dict[str, Ranges]]:
    """What several batches decided, by kid and class."""
    found: dict[bytes, dict[str, Ranges]] = {}
    for item in decided:
        for kid, classes in item.items():
            mine = found.setdefault(bytes.fromhex(kid), {})
            for name, ranges in classes.items():
                into = mine.setdefault(name, Ranges())
                for first, last in ranges:
                    into.add(first, last)
    return found
