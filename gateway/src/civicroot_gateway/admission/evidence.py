"""Samples of what was refused, for the operator: bounded for each reason, and for each device within it."""

from dataclasses import dataclass

from ..spool.state import State

MAX_PER_REASON = 256  # 4 MiB at most (both sides of a conflict) for each of some forty reasons
MAX_PER_DEVICE = 8  # one loud device does not push out what others did
MAX_SAMPLE_BYTES = 8 * 1024  # an `up` message at its limit; of longer ones the beginning is kept
CONTRADICTIONS = frozenset({"equivocation", "skipped-seq"})  # reasons of which one sample is too many
MAX_DETAIL = 256  # characters: a topic that is none of ours can have 65,535


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes refused for `reason` from `kid` at Unix seconds `at`; `other` is what they conflict with."""

    reason: str
    kid: bytes | None
    at: int
    detail: str
    data: bytes
    other: bytes | None = None

    @property
    def is_contradiction(self) -> bool:
        """Whether a key was cloned, its counter went back, or there are two truths: somebody must look at it."""
        return self.reason in CONTRADICTIONS


def sample(reason: str, kid: bytes | None, at: int, detail: str, data: bytes, other: bytes | None = None) -> Sample:
    """The sample within its limits, at once: a broker may let messages of many megabytes through."""
    text = f"{detail[:MAX_DETAIL]} ({len(data)} bytes)"
    return Sample(reason, kid, at, text, data[:MAX_SAMPLE_BYTES], None if other is None else other[:MAX_SAMPLE_BYTES])


def keep(state: State, found: Sample) -> None:
    """Keep the sample, within the open transaction, unless its device has enough of them; the oldest give way."""
    total, of_device = state.evidence_counts(found.reason, found.kid)
    if of_device >= MAX_PER_DEVICE:
        return
    if total >= MAX_PER_REASON:
        state.drop_oldest_evidence(found.reason)
    state.add_evidence(found.reason, found.kid, found.at, found.detail, found.data, found.other)
