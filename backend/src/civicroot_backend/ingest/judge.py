"""Judging: what becomes of an opened batch and each of its records, given what was committed before. Pure.

Idempotent by (key, seq, content): the same content again changes nothing; other content under a used seq is
equivocation, kept as evidence and never merged (wire specification §2, §3.1, §4.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from civicroot_wire.errors import TrustError

from civicroot_backend.ingest.examine import BadRecord, GoodRecord, Opened
from civicroot_backend.ingest.history import History, KnownBatch, KnownRecord

ACCEPTED, DUPLICATE, REJECTED, EQUIVOCATION = "accepted", "duplicate", "rejected", "equivocation"


class Equivocation(TrustError):
    """Other content under a used seq; `other` is the exact message that was there first."""

    def __init__(self, detail: str, other: bytes) -> None:
        super().__init__("equivocation", detail)
        self.other = other


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the record at `index`. `reason` is None if it is accepted or a duplicate."""

    index: int
    status: str
    examined: GoodRecord | BadRecord
    reason: str | None = None
    detail: str = ""
    other: bytes | None = None  # for equivocation: the accepted record with that seq, unless it is pruned


@dataclass(frozen=True, slots=True)
class Judgement:
    """A batch that is committed. `conflict` says why its header is kept as evidence nevertheless."""

    decisions: list[Decision]
    conflict: str | None = None

    @property
    def rejected(self) -> list[tuple[int, str]]:
        """(index, reason) of each record that was not accepted and is no duplicate: label 4 of the verdict."""
        return [(item.index, item.reason) for item in self.decisions if item.reason is not None]


def committed_before(opened: Opened, history: History) -> KnownBatch | None:
    """The commit of this very batch, if there is one. Raises Equivocation if its seq has other content."""
    header = opened.header
    known = history.batches.get((header.kid, header.sequence.seq))
    if known is not None and known.content_digest != opened.content_digest:
        raise Equivocation(f"batch {header.sequence.seq} of {header.kid.hex()} has other content", known.header)
    return known


def refuse_revoked(opened: Opened, history: History) -> None:
    """Raise TrustError for a batch that was not committed before and whose gateway's key was withdrawn."""
    header = opened.header
    if history.is_revoked(header.kid, header.sequence.seq):
        raise TrustError("revoked", f"the key of gateway {header.kid.hex()} was withdrawn")


def judge(opened: Opened, examined: Sequence[GoodRecord | BadRecord], history: History) -> Judgement:
    """Decide on every record of a batch that was not committed before; `history` then holds what is accepted."""
    header = opened.header
    conflict = None
    # A cloned gateway key: §4.1 does not refuse the batch for it, but it does not stay unseen.
    if history.is_skipped(header.kid, header.sequence.seq) or history.skips_a_batch(header.kid, header.sequence):
        conflict = "skipped-seq"
    else:
        history.add_skip(header.kid, header.sequence)
    return Judgement([_decide(index, item, history) for index, item in enumerate(examined)], conflict)


def _decide(index: int, item: GoodRecord | BadRecord, history: History) -> Decision:
    # 1. It was bad by itself.
    if isinstance(item, BadRecord):
        return Decision(index, REJECTED, item, item.reason, item.detail)
    found = item.record
    # 2. The key was withdrawn before: whoever has it now says nothing any more, not even again.
    if history.is_revoked(found.kid, found.seq):
        return Decision(index, REJECTED, item, "revoked", "its key was withdrawn before")
    known = history.records.get((found.kid, found.seq))
    if known is not None:
        # 3. The same content again: a no-op, whatever its signature.
        if known.content_digest == item.content_digest:
            return Decision(index, DUPLICATE, item)
        # 4. Other content under a used number: a cloned key or a lost counter.
        return Decision(index, EQUIVOCATION, item, "equivocation", "seq has other content", known.encoded)
    # 5. A number that the key said it never used, or the other way round.
    if history.is_skipped(found.kid, found.seq):
        return Decision(index, REJECTED, item, "skipped-seq", "another record says that it skipped this number")
    if history.skips_a_record(found.kid, found.sequence):
        return Decision(index, REJECTED, item, "skipped-seq", "it says that it skipped a number that was used")
    history.records[found.kid, found.seq] = KnownRecord(item.content_digest, found.encoded)
    history.add_skip(found.kid, found.sequence)
    return Decision(index, ACCEPTED, item)
