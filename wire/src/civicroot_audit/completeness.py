"""Completeness: what became of every number of a key, and whether the key is silent (SPEC.md §3.1).

Pure functions over ranges: the backend's API and the auditor give the same account because they run this.
"""

from dataclasses import dataclass, field

from .ranges import Ranges


@dataclass
class Facts:
    """What is known of one key's numbers; the sets may overlap.

    `received`: records (or batch headers) that the key signed and that count. `skipped`, `thinned`: what the key's own
    signed sequence headers say. `rejected`: records that the key itself signed and that do not count all the same
    (revoked, in a skipped range). A forgery under the key's name explains nothing: who drops a record could put rubbish
    in its place. `pruned`: numbers that a logged pruning statement accounts for. `equivocated`: numbers signed with
    two contents; they are received as well.
    """

    received: Ranges = field(default_factory=Ranges)
    skipped: Ranges = field(default_factory=Ranges)
    thinned: Ranges = field(default_factory=Ranges)
    rejected: Ranges = field(default_factory=Ranges)
    pruned: Ranges = field(default_factory=Ranges)
    equivocated: Ranges = field(default_factory=Ranges)


@dataclass(frozen=True)
class Account:
    """Every number from 0 to `highest` stands in exactly one of received, skipped, thinned, rejected, pruned, lost.

    `highest` is None for a key that never used a number. `conflicts` are numbers that the key used although it said it
    skipped them; `equivocated` those with two contents. Both are marks on numbers that stand elsewhere too.
    """

    highest: int | None
    received: Ranges
    skipped: Ranges
    thinned: Ranges
    rejected: Ranges
    pruned: Ranges
    lost: Ranges
    conflicts: Ranges
    equivocated: Ranges

    @property
    def counts(self) -> dict[str, int]:
        """How many numbers each class has."""
        return {
            "received": self.received.count,
            "skipped": self.skipped.count,
            "thinned": self.thinned.count,
            "rejected": self.rejected.count,
            "pruned": self.pruned.count,
            "lost": self.lost.count,
            "conflicts": self.conflicts.count,
            "equivocated": self.equivocated.count,
        }


def account(facts: Facts) -> Account:
    """Give every number its one fate: what was seen comes before what was said, and what explains nothing is lost.

    A number that was received counts as that whatever else was said of it: a device may give up (thin) a record whose
    acknowledgement it never got, and the record arrived.
    """
    rejected = facts.rejected.difference(facts.received)
    used = facts.received.union(rejected)
    skipped = facts.skipped.difference(used)
    thinned = facts.thinned.difference(used).difference(skipped)
    explained = used.union(skipped).union(thinned)
    pruned = facts.pruned.difference(explained)
    explained = explained.union(pruned)
    highest = explained.highest
    whole = Ranges() if highest is None else Ranges([(0, highest)])
    return Account(
        highest=highest,
        received=facts.received,
        skipped=skipped,
        thinned=thinned,
        rejected=rejected,
        pruned=pruned,
        lost=whole.difference(explained),
        conflicts=facts.skipped.intersection(used),
        equivocated=facts.equivocated,
    )


def silent_since(reported: int | None, promised: int | None, now: int) -> int | None:
    """Since when a key is overdue against its own promise, in Unix seconds; None if it is not, or promised nothing.

    `reported` is the time of its last report, `promised` the seconds until the next (SenML `ut`). A device's clock is a
    claim, so a caller passes the time that its gateway took the report when the device gives none.
    """
    if reported is None or promised is None:
        return None
    due = reported + promised
    return due if due < now else None
