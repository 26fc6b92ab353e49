"""Whether the gateway does its first job: to take in a record and keep it.

The rule: 503 when no record can be taken in, or when none that is taken in can ever be delivered. A cut uplink is
everyday life and no fault of this process; so is a clock that waits for its time server: both are alarms, not failures.
A restart mends none of them, so nothing is restarted for them either; the watchdog looks at the loop only.
"""

from dataclasses import dataclass

from . import alarms
from .snapshot import Snapshot

FATAL = ("spool-failing", "disk-full", "spool-full", "revoked")  # alarms that are failures
NO_ANSWER = "the gateway's loop does not turn"


@dataclass(frozen=True, slots=True)
class Health:
    """`ok`, and otherwise why not; `alarms` beside it fail nothing."""

    ok: bool
    reasons: list[str]
    alarms: list[str]

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {"ok": self.ok, "reasons": self.reasons, "alarms": self.alarms}


def of(snapshot: Snapshot | None) -> Health:
    """Judge a snapshot; None: the loop made none in time."""
    if snapshot is None:
        return Health(ok=False, reasons=[NO_ANSWER], alarms=[])
    found = alarms.of(snapshot)
    reasons = [alarm.text for alarm in found if alarm.name in FATAL]
    return Health(not reasons, reasons, [alarm.name for alarm in found])
