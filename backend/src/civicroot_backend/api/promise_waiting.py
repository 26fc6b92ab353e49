"""The lines of the promise about readings on their way: in devices, gateways and the backend."""

from civicroot_wire import batch
from sqlalchemy import Connection

from civicroot_backend.api.alarm_models import Alarms
from civicroot_backend.api.promise_models import BackendWaiting, DevicesWaiting, GatewaysWaiting, GatewayWaiting
from civicroot_backend.database import queries
from civicroot_backend.gateways.board import Standing
from civicroot_backend.ingest.key_directory import EnrolledKey
from civicroot_backend.paths import API
from civicroot_backend.promise import verdicts
from civicroot_backend.promise.counted import Unpublished
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

MAX_NEEDING = 20  # gateways that are named; all are counted


def devices(connection: Connection, needing: Alarms) -> DevicesWaiting:
    """No device says how much waits in it; one that is overdue may hold anything."""
    number = queries.count_devices(connection)
    never = queries.count_never_reported(connection)
    return DevicesWaiting(
        verdict=verdicts.of_devices(number, never, needing.silent_count, needing.behind),
        devices=number,
        never=never,
        silent=needing.silent_count,
        behind=needing.behind,
    )


def gateways(backend: Backend, needing: Alarms) -> GatewaysWaiting:
    """A gateway that is offline may have taken in more since it last said how much waits."""
    standings = backend.gateways.standings()
    enrolled = [key for key in backend.keys.of_role(batch.ROLE) if backend.keys.revocation(key.kid) is None]
    heard = [standings[key.kid].said for key in enrolled if key.kid in standings]
    saying = [said.waiting for said in heard if said.online and said.waiting is not None]
    unheard = len(enrolled) - len(heard)
    rows = [row for key in enrolled if (row := _row(key, standings.get(key.kid))) is not None]
    rows.sort(key=lambda row: not row.reasons)
    return GatewaysWaiting(
        verdict=verdicts.of_gateways(len(enrolled), unheard, len(needing.gateways)),
        gateways=len(enrolled),
        waiting=sum(saying),
        unsaid=len(enrolled) - len(saying),
        unheard=unheard,
        needing=rows[:MAX_NEEDING],
        needing_count=len(rows),
    )


def backend(late: Unpublished, now: int) -> BackendWaiting:
    """Committed and not published."""
    return BackendWaiting(
        verdict=verdicts.of_checkpoint(True, late.since, now),
        entries=late.entries,
        records=late.records,
        since=None if late.since is None else iso(late.since),
    )


def _row(key: EnrolledKey, standing: Standing | None) -> GatewayWaiting | None:
    reasons = [] if standing is None else standing.reasons
    if standing is not None and not reasons:
        return None
    return GatewayWaiting(
        kid=key.kid.hex(),
        subject=key.subject,
        reasons=reasons,
        since=None if standing is None else iso(standing.since),
        waiting=None if standing is None else standing.said.waiting,
        proof=f"{API}/gateways/{key.kid.hex()}/completeness",
    )
