"""The application: routes, middleware and what lives as long as it does. Everything is passed in."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Lock

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api import (
    accounts,
    alarm_list,
    alarm_problems,
    alarm_rules,
    alarm_targets,
    alarms,
    anchors,
    api_keys,
    care,
    checkpoints,
    city,
    claims,
    completeness,
    crew_site,
    declared,
    devices,
    district_reports,
    districts,
    enrolment_labels,
    enrolments,
    entries,
    entry_list,
    events,
    health,
    invitation,
    labels,
    life,
    log,
    lost,
    map_view,
    metrics,
    oidc,
    passkeys,
    people_problems,
    problems,
    promise,
    proofs,
    readings,
    reference,
    reports,
    security,
    series,
    session,
    status_lists,
    subject_readings,
    subject_search,
    subject_state,
    subjects,
    visit_photos,
    visits,
    witnesses,
    worklist,
)
from civicroot_backend.api.alarm_watch import AlarmWatch
from civicroot_backend.api.body_limit import BodyLimit
from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.conditional import ConditionalGets
from civicroot_backend.api.cookies import Cookies
from civicroot_backend.api.cors import CrossOrigin
from civicroot_backend.api.dependencies import PROBLEMS
from civicroot_backend.api.enforce import enforce
from civicroot_backend.api.export import Exports
from civicroot_backend.api.headers import HeadRequests, SecurityHeaders
from civicroot_backend.api.limits import USUAL, Limits
from civicroot_backend.api.rate_limit import Bucket, RateLimit
from civicroot_backend.api.refusal_budget import RefusalBudget
from civicroot_backend.enrolling import sites
from civicroot_backend.map.base import origin_of_tiles
from civicroot_backend.map.board import MapBoard
from civicroot_backend.pages import policies, site
from civicroot_backend.paths import API
from civicroot_backend.service import Backend

TITLE = "Civicroot"
VERSION = "1"
DESCRIPTION = (
    "Readings of the city's bins and trees. Nothing here has to be believed: every reading has a proof file, which "
    "verifies against the trust policy (/policy.json) and the public log (/log/checkpoint) without this server. "
    "Errors are problems (RFC 9457). What may be stored has a strong entity tag: If-None-Match is answered 304. "
    "RateLimit and RateLimit-Policy say how many requests your address has left. Pages of any origin may read what is "
    "public."
)
_logger = logging.getLogger(__name__)
_RESOURCES = (
    anchors,
    city,
    devices,
    claims,
    completeness,
    readings,
    series,
    life,
    subjects,
    subject_search,
    subject_state,
    subject_readings,
    reports,
    care,
    worklist,
    visits,
    visit_photos,
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
    alarm_list,
    alarm_rules,
    alarm_targets,
    promise,
    map_view,
    health,
    metrics,
    session,
    oidc,
    invitation,
    passkeys,
    api_keys,
    districts,
    district_reports,
    accounts,
    crew_site,
    enrolments,
    enrolment_labels,
)


def create_app(backend: Backend, static: Path = site.STATIC, limits: Limits = USUAL) -> FastAPI:
    """The application over a running backend; `static` holds the built pages."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's page loads scripts from other servers; reference.py has one that does not
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(enforce)],
    )
    app.state.backend = backend
    app.state.refusal_budget = RefusalBudget()
    app.state.report_bucket = Bucket("reports", limits.reports_at_once, limits.reports_per_second, limits.monotonic)
    accounts_an_hour = crew_site.ACCOUNTS_AN_HOUR
    app.state.broker_accounts = Bucket("accounts", accounts_an_hour, accounts_an_hour / 3600, limits.monotonic)
    app.state.broadcast = Broadcast(backend.database, backend.events, limits.listeners, limits.listeners_of_one)
    app.state.exports = Exports()
    app.state.enrolled = city.Enrolled()
    app.state.alarms = alarms.AlarmCache(Lock())
    app.state.alarm_watch = AlarmWatch(backend, app.state.alarms, app.state.broadcast)
    app.state.map = MapBoard(backend.database, backend.gateways, backend.clock, time.monotonic)
    app.state.promise = promise.PromiseCache.of(backend)
    app.state.sites = sites.load(backend.config.sites, backend.policy)
    app.state.metrics = metrics.Metrics(backend, app.state.broadcast)
    for resource in _RESOURCES:
        app.include_router(resource.router, responses=PROBLEMS)
    app.include_router(reference.router)
    tiles = origin_of_tiles(backend.config.map)
    own = {
        "map": policies.map_of(tiles),
        "crew": policies.crew_of(tiles),
        "provision": policies.provision_of(tiles),
    }
    pages = site.pages(static, lambda digits: claims.page_of(backend, digits), own)
    app.include_router(pages)
    app.mount("/assets", site.assets(static), "assets")
    cookies = Cookies(backend.people.door.secure)
    app.openapi = lambda: security.describe(reference.document(app), cookies)  # type: ignore[method-assign]
    problems.add_handlers(app)
    lost.add_handler(app, site.lost(static), pages.routes)
    people_problems.add_handlers(app)
    alarm_problems.add_handlers(app)
    app.state.rules = declared.rules(app, pages.routes)
    # The last one that is added sees a request first.
    app.add_middleware(BodyLimit)
    app.add_middleware(ConditionalGets)
    app.add_middleware(HeadRequests, streams=frozenset({f"{API}/events"}))
    app.add_middleware(RateLimit, limits=limits)
    app.add_middleware(CrossOrigin)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(metrics.RequestDurations, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    broadcast: Broadcast = app.state.broadcast
    watch: AlarmWatch = app.state.alarm_watch
    tasks = [
        asyncio.create_task(broadcast.run(), name="broadcast"),
        asyncio.create_task(watch.run(), name="alarm watch"),
    ]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        broadcast.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await run_in_threadpool(app.state.map.close)


def _report(task: asyncio.Task[None]) -> None:
    """Say that live events have ended by a defect; /healthz then says so too."""
    if not task.cancelled() and task.exception() is not None:
        _logger.critical("%s failed", task.get_name(), exc_info=task.exception())
