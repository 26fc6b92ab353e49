"""Looks whether what needs somebody has changed, for as long as anybody listens, and lets them know."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api.alarms import AlarmCache, current
from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.events import AlarmsChanged
from civicroot_backend.service import Backend

WATCH_SECONDS = 10.0  # silence is told in minutes; looking costs the newest record of every device

_logger = logging.getLogger(__name__)


class AlarmWatch:
    """`run` is one task of the event loop."""

    def __init__(self, backend: Backend, cache: AlarmCache, broadcast: Broadcast) -> None:
        self._backend = backend
        self._cache = cache
        self._broadcast = broadcast
        self._last: str | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._broadcast.listeners:
                await self.look()

    async def look(self) -> None:
        """Compare with the time before; the first time there is nothing to compare with: pages fetch when they open."""
        try:
            found = (await run_in_threadpool(current, self._backend, self._cache)).model_dump_json()
        except SQLAlchemyError:
            _logger.exception("alarms could not be read; looking again in %g s", WATCH_SECONDS)
            return
        if self._last is not None and found != self._last:
            self._backend.events.publish([AlarmsChanged(found)])
        self._last = found
