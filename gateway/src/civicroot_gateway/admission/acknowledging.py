"""The acknowledgements for one device after a commit (SPEC.md §8)."""

from itertools import zip_longest

from civicroot_wire import acknowledgement
from civicroot_wire.acknowledgement import MAX_RANGES, Acknowledgement

from ..group import Answer
from .sequence_ledger import SequenceLedger


def messages(answer: Answer, ledger: SequenceLedger | None, beacon: bytes | None, now: int | None) -> list[bytes]:
    """One message, or more if holes or refusals do not fit one; at least one, which then tells beacon and time.

    `now` in Unix seconds, or None while the gateway does not trust its clock: then no time is told.
    """
    coverages = ledger.coverage(answer.numbers) if ledger else []
    refused = sorted(answer.refused.items())
    refusals = [refused[start : start + MAX_RANGES] for start in range(0, len(refused), MAX_RANGES)]
    found = []
    for coverage, refusal in list(zip_longest(coverages, refusals)) or [(None, None)]:
        ack = Acknowledgement(beacon=beacon, time=now, refused=refusal)
        if coverage:
            ack.durable, ack.holes = coverage
        found.append(acknowledgement.encode(ack))
    return found
