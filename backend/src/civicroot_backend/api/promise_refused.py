"""The line of the promise about records that were refused, by reason."""

from collections.abc import Mapping, Sequence

from civicroot_backend.api.promise_models import RefusedLine, RefusedReason
from civicroot_backend.ingest import evidence
from civicroot_backend.ingest.judge import ACCEPTED, DUPLICATE
from civicroot_backend.paths import entry_path
from civicroot_backend.promise import verdicts
from civicroot_backend.promise.counted import Recent


def refused_line(counts: Mapping[tuple[str, str], int], recent: Sequence[Recent]) -> RefusedLine:
    """Of all that was counted, and of what came in the last day."""
    totals = {
        reason: number
        for (scope, reason), number in counts.items()
        if scope == evidence.RECORD and reason not in (ACCEPTED, DUPLICATE)
    }
    lately = {item.reason: item for item in recent}
    rows = [_row(reason, total, lately.get(reason)) for reason, total in totals.items()]
    rows.sort(key=lambda row: (-row.recent, -row.total, row.reason))
    number = sum(row.recent for row in rows)
    return RefusedLine(verdict=verdicts.of_refusals(number), total=sum(totals.values()), recent=number, reasons=rows)


def _row(reason: str, total: int, recent: Recent | None) -> RefusedReason:
    entry = None if recent is None else recent.log_index
    return RefusedReason(
        reason=reason,
        total=total,
        recent=0 if recent is None else recent.count,
        entry=entry,
        proof=None if entry is None else f"{entry_path(entry)}/proof",
    )
