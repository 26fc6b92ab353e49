"""The report of an audit, as data: what was done, what was found, what was not checked."""

from dataclasses import dataclass, field

from .book import Entry
from .directory import Enrolled
from .findings import ALARM
from .standing import KeyAccount

EXIT_OK, EXIT_ALARMS, EXIT_NOT_DONE = 0, 1, 2
HELD, FAILED, NOT_CHECKED = "held", "failed", "not checked"


@dataclass(frozen=True)
class Check:
    """One thing that the audit looks at: HELD, FAILED or NOT_CHECKED, and what it says."""

    name: str
    status: str
    says: str


@dataclass(frozen=True)
class Witnessed:
    """Of the newest checkpoint: `known` witnesses, (name, Unix seconds) of who cosigned, and how many must.

    `met` of `seen` checkpoints, all that were ever seen, have a quorum.
    """

    known: tuple[str, ...]
    cosigned: tuple[tuple[str, int], ...]
    quorum: int
    seen: int
    met: int


@dataclass(frozen=True)
class Named:
    """How many records name beacons, how many of them one that is not known, and how many such beacons there are."""

    records: int
    unknown: int
    unknown_beacons: int


@dataclass(frozen=True)
class Newest:
    """Of an anchor of the policy: how many trees it fixed, and the newest of them. Times are Unix seconds."""

    name: str
    kind: str
    count: int
    checked: int
    size: int | None = None
    time: int | None = None
    says: str = ""


@dataclass
class Report:
    """Times are Unix seconds. `not_done` says why the audit could not be finished; None if it was."""

    city: str
    realm: str
    policy_version: int
    started: int
    evidence_folder: str
    finished: int = 0
    origin: str = ""
    size: int = 0
    size_before: int = 0
    root: str = ""
    entries: dict[str, int] = field(default_factory=dict)  # new ones by kind
    records: dict[str, int] = field(default_factory=dict)  # new ones by what became of them
    seconds: float = 0.0  # spent following the log
    checks: list[Check] = field(default_factory=list)
    findings: list[Entry] = field(default_factory=list)
    accounts: list[KeyAccount] = field(default_factory=list)
    enrolments: list[Enrolled] = field(default_factory=list)  # new ones
    not_done: str | None = None
    witnesses: Witnessed | None = None
    anchors: list[Newest] = field(default_factory=list)
    beacons: Named | None = None

    @property
    def alarms(self) -> list[Entry]:
        """Findings that call for somebody."""
        return [item for item in self.findings if item.severity == ALARM and not item.acknowledged]

    @property
    def notices(self) -> list[Entry]:
        """Findings that are good to know."""
        return [item for item in self.findings if item.severity != ALARM and not item.acknowledged]

    @property
    def acknowledged(self) -> list[Entry]:
        """Findings that somebody has seen."""
        return [item for item in self.findings if item.acknowledged]

    @property
    def exit_code(self) -> int:
        """EXIT_ALARMS if there are alarms, else EXIT_NOT_DONE if the audit was not finished, else EXIT_OK."""
        if self.alarms:
            return EXIT_ALARMS
        return EXIT_OK if self.not_done is None else EXIT_NOT_DONE
