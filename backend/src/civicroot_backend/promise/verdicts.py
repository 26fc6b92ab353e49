"""The rules by which a line of the promise holds, is broken, or is not known. Plain numbers in, a verdict out.

Not known is a verdict of its own: what nobody outside looks at, or what nobody can see from here, is not called good.
"""

from collections.abc import Iterable
from typing import Final, Literal

from civicroot_backend.anchor.runner import TRUSTED_SECONDS

Verdict = Literal["holds", "broken", "unknown"]
HOLDS: Final = "holds"
BROKEN: Final = "broken"
UNKNOWN: Final = "unknown"

LATE_SECONDS = 300  # what is committed is published within seconds; minutes are a fault
AUDIT_SECONDS = 2 * 86_400  # cron audits hourly or daily; two days without a report and nobody looks
RECENT_SECONDS = 86_400  # refusals of the last day call for somebody, older ones are history


def whole(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them."""
    found = set(verdicts)
    return BROKEN if BROKEN in found else UNKNOWN if UNKNOWN in found else HOLDS


def of_checkpoint(published: bool, waits_since: int | None, now: int) -> Verdict:
    """`waits_since`: Unix seconds from which on something is committed and not published; None: nothing is."""
    if waits_since is not None and now - waits_since > LATE_SECONDS:
        return BROKEN
    return HOLDS if published else UNKNOWN


def of_witnesses(ok: bool, needed: int, published: bool, alarm: bool) -> Verdict:
    """Without a quorum in the policy nobody outside looks; a witness that tells of another log must be looked into."""
    if not ok:
        return BROKEN
    return HOLDS if needed > 0 and published and not alarm else UNKNOWN


def of_anchor(confirmed: bool, trouble_seconds: float | None, pending_seconds: int | None) -> Verdict:
    """An anchor that does not get on, or whose oldest open anchoring is older than a day, is stuck."""
    if max(trouble_seconds or 0, pending_seconds or 0) >= TRUSTED_SECONDS:
        return BROKEN
    return HOLDS if confirmed else UNKNOWN


def of_audit(alarms: int, same_log: bool, done: bool, age: int) -> Verdict:
    """An auditor who found something, or saw another log, is believed however old the report; good news ages."""
    if alarms or not same_log:
        return BROKEN
    return HOLDS if done and age <= AUDIT_SECONDS else UNKNOWN


def of_devices(devices: int, never: int, silent: int, behind: int) -> Verdict:
    """A device that is overdue may hold readings, or be gone: nobody can know which."""
    return HOLDS if devices and not (never or silent or behind) else UNKNOWN


def of_gateways(enrolled: int, unheard: int, needing: int) -> Verdict:
    """`needing`: those that are offline or say that they need somebody; `unheard`: those that have said nothing."""
    if needing:
        return BROKEN
    return HOLDS if enrolled and not unheard else UNKNOWN


def of_refusals(recent: int) -> Verdict:
    """Every refused record has a cause that somebody should know."""
    return BROKEN if recent else HOLDS
