"""What came in since the last commit and becomes durable with the next: all of it, or none."""

from collections import Counter
from dataclasses import dataclass, field

from civicroot_wire.verdict import Verdict

from .admission.evidence import Sample
from .errors import SpoolFault
from .spool.frame import RECORD_OVERHEAD
from .spool.spool import NewRecord

# Counters that are no refusals.
PROGRESS = frozenset(
    {
        ("record", "accepted"),
        ("record", "duplicate"),
        ("record", "committed"),
        ("batch", "sealed"),
        ("batch", "committed"),
        ("batch", "returned"),
        ("registration", "accepted"),
        ("revocation", "accepted"),
        ("checkpoint", "accepted"),
        ("command", "accepted"),
        ("verdict", "settled-before"),
    }
)


@dataclass(slots=True)
class Answer:
    """What a device is to be told: `numbers` to acknowledge, and those `refused` for ever with their reasons."""

    numbers: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """Changes to the spool that wait for a commit, and answers that wait for its end.

    `octets` of its records; `fault`: what the disk said when it was asked for something, so that nothing is committed;
    `free`: the disk's free bytes, looked at once.
    """

    records: list[NewRecord] = field(default_factory=list)
    by_number: dict[tuple[bytes, int], NewRecord] = field(default_factory=dict)
    trust: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: dict[bytes, Answer] = field(default_factory=dict)
    messages: int = 0
    octets: int = 0
    fault: SpoolFault | None = None
    free: int | None = None

    def answer(self, device: bytes) -> Answer:
        """The device's answer, to be added to."""
        return self.answers.setdefault(device, Answer())

    def add(self, record: NewRecord) -> None:
        """Take in an accepted record."""
        self.records.append(record)
        self.by_number[record.kid, record.seq] = record
        self.octets += len(record.frame.encoded) + RECORD_OVERHEAD
