"""A city that was founded at a table, served over HTTP until the block ends; no broker is needed."""

import dataclasses
import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from civicroot_backend import config
from civicroot_backend.log import sequencer
from civicroot_backend.service import Backend

from tests.backend.api_city import OpenCity, Served, serve
from tests.support.brokers import free_port

PUBLISHED_SECONDS = 20.0


class _Founded(OpenCity):
    """Only what the ceremony left."""

    def __init__(self, configuration: Path) -> None:
        found = dataclasses.replace(config.load(configuration, {}), broker_url=f"mqtt://127.0.0.1:{free_port()}")
        self.backend = Backend(found, time.time)
        self._open = ExitStack()
        self._open.callback(self.backend.stop)
        self.devices = {}
        self._batches = itertools.count()


class Running:
    """What the tests ask of it."""

    def __init__(self, served: Served) -> None:
        self.url = served.url
        self._backend = served.city.backend

    def size(self) -> int:
        """How many entries the log has, once all of them are published."""
        with self._backend.database.read() as connection:
            size = sequencer.size(connection)
        deadline = time.monotonic() + PUBLISHED_SECONDS
        while (at := self._backend.published) is None or at.size < size:
            assert time.monotonic() < deadline, f"{size} entries are not published"
            time.sleep(0.005)
        return size


@contextmanager
def running(configuration: Path) -> Iterator[Running]:
    """Start the backend of a configuration; it is stopped at the end of the block."""
    city = _Founded(configuration)
    failed: list[bool] = []
    city.backend.start(lambda: failed.append(True))
    try:
        with serve(city) as served:
            yield Running(served)
    finally:
        city.close()
    assert not failed
