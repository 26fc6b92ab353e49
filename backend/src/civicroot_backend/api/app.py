"""The application: routes, middleware and what lives as long as it does. Everything is passed in."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Lock

from fastapi import FastAPI

from civicroot_backend.api import (
    alarms,
    anchors,
    checkpoints,
    city,
    claims,
    completeness,
    devices,
    entries,
    entry_list,
    events,
    health,
    labels,
    log,
    metrics,
    problems,
    proofs,
    readings,
    reference,
    status_lists,
    subject_readings,
    witnesses,
)
from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.dependencies import PROBLEMS
from civicroot_backend.api.headers import HeadRequests, SecurityHeaders
from civicroot_backend.api.paths import API
from civicroot_backend.api.refusal_budget import RefusalBudget
from civicroot_backend.pages import site
from civicroot_backend.service import Backend

TITLE = "Civicroot"
VERSION = "1"
DESCRIPTION = (
    "Readings of the city's bins and trees. Nothing here has to be believed: every reading has a proof file, which "
    "verifies against the trust policy (/policy.json) and the public log (/log/checkpoint) without this server."
)
_logger = logging.getLogger(__name__)
_RESOURCES = (
    anchors,
    city,
    devices,
    claims,
    completeness,
    readings,
    subject_readings,
    proofs,
    labels,
    events,
    entries,
    entry_list,
    status_lists,
    checkpoints,
    witnesses,
    log,
    alarms,
    health,
    metrics,
)


def create_app(backend: Backend, static: Path = site.STATIC) -> FastAPI:
    """The application over a running backend; `static` holds the built pages."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's page loads scripts from other servers; reference.py has one that does not
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.backend = backend
    app.state.refusal_budget = RefusalBudget()
    app.state.broadcast = Broadcast(backend.database, backend.events)
    app.state.alarms = alarms.AlarmCache(Lock())
    app.state.metrics = metrics.Metrics(backend, app.state.broadcast)
    for resource in _RESOURCES:
        app.include_router(resource.router, responses=PROBLEMS)
    app.include_router(reference.router)
    app.include_router(site.pages(static, lambda digits: claims.page_of(backend, digits)))
    app.mount("/assets", site.assets(static), "assets")
    app.openapi = lambda: reference.document(app)  # type: ignore[method-assign]
    problems.add_handlers(app)
    app.add_middleware(HeadRequests, streams=frozenset({f"{API}/events"}))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(metrics.RequestDurations, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    broadcast: Broadcast = app.state.broadcast
    task = asyncio.create_task(broadcast.run(), name="broadcast")
    task.add_done_callback(_report)
    try:
        yield
    finally:
        broadcast.close()
        task.cancel()
        await asyncio.wait([task])


def _report(task: asyncio.Task[None]) -> None:
    """Say that live events have ended by a defect; /healthz then says so too."""
    if not task.cancelled() and task.exception() is not None:
        _logger.critical("%s failed", task.get_name(), exc_info=task.exception())
