"""Completeness: what became of every number of a device or gateway. Whoever does not believe it runs an audit."""

from typing import Literal

from civicroot_audit.completeness import Account
from civicroot_audit.ranges import Ranges
from civicroot_wire import batch, record, revocation
from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend import completeness
from civicroot_backend.api import export, export_completeness
from civicroot_backend.api.completeness_models import Completeness, FateCounts, Withdrawal
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, unknown_device
from civicroot_backend.api.export import FormatParameter
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.completeness import LastReport
from civicroot_backend.ingest.key_directory import EnrolledKey, RevokedKey
from civicroot_backend.log import sequencer
from civicroot_backend.paths import API
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

MAX_RANGES = 1000  # of each fate, the newest ones: a response stays below 200 kB
_REASONS: dict[int, Literal["retired", "rotated", "compromised", "lost"]] = {
    revocation.RETIRED: "retired",
    revocation.ROTATED: "rotated",
    revocation.COMPROMISED: "compromised",
    revocation.LOST: "lost",
}

router = APIRouter(prefix=API, tags=["completeness"])


@router.get(
    "/devices/{kid}/completeness",
    summary="What became of every record of a device",
    response_model=Completeness,
    responses=export.FILES,
)
def get_device_completeness(
    backend: BackendParameter, request: Request, kid: KidParameter, file_format: FormatParameter
) -> Completeness | StreamingResponse:
    """Every number up to the highest has one fate; a withheld reading is `lost`, an overdue device is silent."""
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        enrolled = _enrolled(backend, connection, key, record.ROLE)
        if enrolled is None:
            raise unknown_device(kid)
        last = completeness.last_report(connection, key)
        found = completeness.of_device(connection, key)
        size = sequencer.size(connection)
    if file_format is not None:
        table = export_completeness.table(backend, kid, found, size)
        return export.file(request, file_format, table)
    return _completeness(backend, enrolled, found, size, last, None if last is None else last.received)


@router.get("/gateways/{kid}/completeness", summary="What became of every batch of a gateway")
def get_gateway_completeness(backend: BackendParameter, kid: KidParameter) -> Completeness:
    """The same for batches. A gateway promises no next one, so it is never silent: its devices are."""
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        enrolled = _enrolled(backend, connection, key, batch.ROLE)
        if enrolled is None:
            raise Refusal(404, NOT_FOUND, f"no gateway {kid} is enrolled")
        found = completeness.of_gateway(connection, key)
        seen = completeness.last_batch(connection, key)
        size = sequencer.size(connection)
    return _completeness(backend, enrolled, found, size, None, seen)


def _enrolled(backend: Backend, connection: Connection, kid: bytes, role: str) -> EnrolledKey | None:
    backend.keys.refresh(connection)
    found = backend.keys.find(kid)
    return found if found is not None and found.role == role else None


def _completeness(
    backend: Backend, enrolled: EnrolledKey, found: Account, size: int, last: LastReport | None, seen: int | None
) -> Completeness:
    withdrawn = backend.keys.revocation(enrolled.kid)
    silent = None if last is None or withdrawn is not None else last.silent_since(int(backend.clock()))
    listed = {name: _newest(getattr(found, name)) for name in FateCounts.model_fields}
    return Completeness(
        kid=enrolled.kid.hex(),
        subject=enrolled.subject,
        highest=found.highest,
        **{name: ranges for name, (ranges, _) in listed.items()},
        counts=FateCounts(**found.counts),
        truncated=any(cut for _, cut in listed.values()),
        last_seen=None if seen is None else iso(seen),
        silent_since=iso_claim(silent),
        silence_clock=None if silent is None or last is None else last.clock,
        withdrawn=_withdrawal(withdrawn),
        as_of=size,
    )


def _newest(ranges: Ranges) -> tuple[list[tuple[int, int]], bool]:
    """The newest MAX_RANGES, ascending, and whether there were more."""
    listed = list(ranges)
    return listed[-MAX_RANGES:], len(listed) > MAX_RANGES


def _withdrawal(found: RevokedKey | None) -> Withdrawal | None:
    return None if found is None else Withdrawal(log_index=found.log_index, reason=_REASONS[found.reason])
