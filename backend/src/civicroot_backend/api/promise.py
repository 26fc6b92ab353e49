"""Does the promise hold? One answer with a verdict for each line. Public: whoever may check a city may see this too."""

import time
from dataclasses import dataclass, field
from threading import Lock

from fastapi import APIRouter, Request, Response

from civicroot_backend.api import alarms, promise_waiting
from civicroot_backend.api import promise_models as models
from civicroot_backend.api.alarm_models import Alarms
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.promise_outside import anchors_line, audit_line, checkpoint_line, witnesses_line
from civicroot_backend.api.promise_refused import refused_line
from civicroot_backend.paths import API
from civicroot_backend.promise import counted, verdicts
from civicroot_backend.promise.audit_file import AuditFile
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

KEPT_SECONDS = 2.0  # an answer is for all who ask meanwhile; it counts in tables of millions

router = APIRouter(prefix=API, tags=["operation"])


@dataclass(slots=True)
class PromiseCache:
    """The last answer, until when (monotonic seconds) it is good, and the auditor's file, if there is one."""

    audit: AuditFile | None
    lock: Lock = field(default_factory=Lock)
    answer: models.Promise | None = None
    until: float = 0.0

    @classmethod
    def of(cls, backend: Backend) -> "PromiseCache":
        """For the file of the configuration."""
        path = backend.config.audit_report_file
        return cls(None if path is None else AuditFile(path, backend.realm))


@router.get("/promise", summary="Does the promise hold?")
def get_promise(backend: BackendParameter, request: Request, response: Response) -> models.Promise:
    """Every line with its verdict, its numbers and the way to its proof. The city says this of itself."""
    response.headers["Cache-Control"] = "no-store"
    cache: PromiseCache = request.app.state.promise
    with cache.lock:
        if cache.answer is None or time.monotonic() >= cache.until:
            needing = alarms.current(backend, request.app.state.alarms)
            cache.answer = _promise(backend, cache.audit, needing)
            cache.until = time.monotonic() + KEPT_SECONDS
        return cache.answer


def _promise(backend: Backend, audit: AuditFile | None, needing: Alarms) -> models.Promise:
    now, published = int(backend.clock()), backend.published
    with backend.database.read() as connection:
        late = counted.unpublished(connection, 0 if published is None else published.size)
        anchored = counted.anchor_states(connection)
        recent = counted.refused_since(connection, now - verdicts.RECENT_SECONDS)
        audited = audit_line(connection, audit, now)
        devices = promise_waiting.devices(connection, needing)
    checkpoint = checkpoint_line(published, late, now)
    witnesses = witnesses_line(backend, published)
    anchors = anchors_line(backend, anchored, now)
    gateways = promise_waiting.gateways(backend, needing)
    waiting = models.Waiting(devices=devices, gateways=gateways, backend=promise_waiting.backend(late, now))
    refused = refused_line(backend.counts(), recent)
    lines = (checkpoint, witnesses, anchors, audited, devices, gateways, waiting.backend, refused)
    return models.Promise(
        verdict=verdicts.whole(line.verdict for line in lines),
        as_of=iso(now),
        realm=backend.realm,
        checkpoint=checkpoint,
        witnesses=witnesses,
        anchors=anchors,
        audit=audited,
        waiting=waiting,
        refused=refused,
    )
