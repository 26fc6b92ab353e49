"""The city at a glance."""

from threading import Lock

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.models import City, Counts, LogState
from civicroot_backend.database import queries
from civicroot_backend.ingest import evidence
from civicroot_backend.ingest.judge import ACCEPTED, DUPLICATE
from civicroot_backend.paths import API
from civicroot_backend.times import iso


class Enrolled:
    """How many devices and gateways there are: counted again only when something was enrolled."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: tuple[int | None, tuple[int, int]] | None = None

    def counts(self, connection: Connection) -> tuple[int, int]:
        """Devices and gateways."""
        newest = queries.last_enrolment(connection)
        with self._lock:
            if self._counted is None or self._counted[0] != newest:
                found = queries.count_devices(connection), queries.count_gateways(connection)
                self._counted = newest, found
            return self._counted[1]


router = APIRouter(prefix=API, tags=["city"])


@router.get("/city", summary="Realm, log and counts")
def get_city(backend: BackendParameter, request: Request) -> City:
    """Where to begin: whose city this is, and how far its log is published."""
    published = backend.published
    enrolled: Enrolled = request.app.state.enrolled
    with backend.database.read() as connection:
        devices, gateways = enrolled.counts(connection)
    records = {reason: count for (scope, reason), count in backend.counts().items() if scope == evidence.RECORD}
    accepted = records.pop(ACCEPTED, 0)
    records.pop(DUPLICATE, None)  # the same content again is no fault
    log = LogState(
        origin=backend.origin,
        size=published.size if published else 0,
        checkpoint_time=iso(published.time) if published else None,
    )
    counts = Counts(devices=devices, gateways=gateways, records=accepted, rejected=sum(records.values()))
    return City(realm=backend.realm, log=log, counts=counts)
