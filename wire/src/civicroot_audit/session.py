"""What the parts of one audit share."""

from dataclasses import dataclass

from .book import Book
from .findings import Finding
from .heads import Heads
from .knowledge import Knowledge
from .options import Options
from .report import Check, Report
from .source import Source
from .state import State


@dataclass(frozen=True)
class Session:
    """One audit of `source`. `now`: Unix seconds at its beginning."""

    source: Source
    state: State
    book: Book
    known: Knowledge
    heads: Heads
    options: Options
    report: Report
    now: int

    @property
    def realm(self) -> str:
        """The city's name."""
        return self.report.realm

    def check(self, name: str, status: str, says: str) -> None:
        """Say what was looked at."""
        self.report.checks.append(Check(name, status, says))

    def find(self, finding: Finding, standing: bool = False) -> None:
        """Enter a finding in a step of its own."""
        with self.state.step():
            self.book.add(finding, standing=standing)
