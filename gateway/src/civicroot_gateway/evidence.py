"""Samples of what was refused, for the operator: bounded for each reason, and for each device within it."""

from dataclasses import dataclass

from .spool import Spool

MAX_PER_REASON = 256  # 2 MiB at most for each of some forty reasons
MAX_PER_DEVICE = 8  # one loud device does not push out what others did
MAX_SAMPLE_BYTES = 8 * 1024  # an `up` message at its limit; of longer ones the beginning is kept


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes refused for `reason` from `kid` at Unix seconds `at`; `other` is what they conflict with."""

    reason: str
    kid: bytes | None
    at: int
    detail: str
    data: bytes
    other: bytes | None = None


def keep(spool: Spool, sample: Sample) -> None:
    """Keep the sample, within the open transaction, unless its device has enough of them; the oldest give way."""
    total, of_device = spool.evidence_counts(sample.reason, sample.kid)
    if of_device >= MAX_PER_DEVICE:
        return
    if total >= MAX_PER_REASON:
        spool.drop_oldest_evidence(sample.reason)
    detail = f"{sample.detail} ({len(sample.data)} bytes)"
    other = None if sample.other is None else sample.other[:MAX_SAMPLE_BYTES]
    spool.add_evidence(sample.reason, sample.kid, sample.at, detail, sample.data[:MAX_SAMPLE_BYTES], other)
