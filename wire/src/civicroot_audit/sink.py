"""What judging an entry leaves behind, until the step that it belongs to is written."""

from collections.abc import Iterable

from .book import Book, Evidence
from .findings import Finding
from .state import State


class Sink:
    """Findings and rows of one step. Entries are judged ahead of the steps that are written, so both wait here."""

    def __init__(self) -> None:
        self._findings: list[tuple[Finding, Evidence | None]] = []
        self._rows: list[tuple[str, tuple[object, ...]]] = []

    def find(
        self,
        name: str,
        about: str,
        detail: str,
        *identity: object,
        index: int | None = None,
        evidence: Evidence | None = None,
        severity: str = "",
    ) -> None:
        """Note a finding. Without `identity` its log index tells it from others."""
        key = " ".join(str(part) for part in identity or (index,))
        self._findings.append((Finding(name, about, detail, key, index, severity=severity), evidence))

    def row(self, table: str, *values: object) -> None:
        """Note a row."""
        marks = ", ".join("?" * len(values))
        self._rows.append((f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values))

    def write(self, state: State, book: Book) -> None:
        """Put all of it into the step."""
        for statement, values in self._rows:
            state.sql.execute(statement, values)
        self._rows.clear()
        for finding, evidence in self._findings:
            book.add(finding, evidence)
        self._findings.clear()


def files(**contents: bytes) -> Evidence:
    """Evidence at hand: `entry=…` becomes the file `entry.cbor`."""
    return lambda: {f"{name}.cbor": content for name, content in contents.items()}


def spelled(ranges: Iterable[tuple[int, int]], most: int = 20) -> str:
    """Ranges for people: `3, 7–9`; at most so many."""
    listed = [str(first) if first == last else f"{first}–{last}" for first, last in ranges]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more ranges" if len(listed) > most else "")
