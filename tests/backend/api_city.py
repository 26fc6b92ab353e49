"""A small city with a real Backend on a folder of its own, served over HTTP by the real server.

Records and batches are signed as devices and gateways sign them, and committed in the caller's thread, so that every
test decides when something is committed, published and projected. No broker is needed.
"""

import atexit
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from civicroot_backend import realm
from civicroot_backend.api.app import create_app
from civicroot_backend.api.limits import USUAL, Limits
from civicroot_backend.api.server import Server, make_server
from civicroot_backend.pages import site
from civicroot_wire import batch, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.record import Sequence as Number
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sodium import Signer
from fastapi import FastAPI

from tests.backend.city import NOW, City, batch_message, commit
from tests.support.postgres import Postgres

STARTED_WITHIN = 20.0  # seconds for the server to listen, or to end
ENTRIES = "/entries"
ENGINE = "CIVICROOT_TEST_ENGINE"  # postgresql: every city of these tests is on that, not on SQLite
COSE = {"content-type": 'application/cose; cose-type="cose-sign1"'}


@cache
def shared_postgres() -> Postgres:
    """One server for all cities of this process."""
    server = Postgres().__enter__()
    atexit.register(server.__exit__, None, None, None)
    return server


class OpenCity:
    """A founded realm with its Backend opened, an enrolled gateway, and devices by subject.

    `days`: how long it keeps batches; `changes`: to its configuration.
    """

    def __init__(
        self, folder: Path, addresses: realm.Addresses | None = None, days: int = 0, **changes: object
    ) -> None:
        self.city = City(folder / "realm", addresses or realm.Addresses(public_url="https://city.example"))
        if os.environ.get(ENGINE) == "postgresql":
            changes.setdefault("database_url", shared_postgres().url())
        self._open = ExitStack()
        self.backend = self._open.enter_context(self.city.backend(retention_days=days, **changes))
        self.gateway = self.city.enrolled(self.backend, "gateway/1", batch.ROLE)
        self.devices: dict[str, Signer] = {}
        self._batches = itertools.count()

    def enrol_device(self, subject: str, **fields: object) -> Signer:
        """Enrol a new key as a device; `fields` are those of Enrolment."""
        key = self.devices[subject] = self.city.key()
        self.backend.submit(self.city.enrolment(key, subject, record.ROLE, **fields))
        return key

    def report(self, key: Signer, seq: int, measurements: list[Measurement], base_time: int | None = NOW) -> bytes:
        """A signed record."""
        return record.sign(key.kid, Number(seq), Pack(measurements, base_time), self.city.realm, key)

    def fill(self, key: Signer, seq: int, percent: int, base_time: int | None = NOW) -> bytes:
        """A bin's record that it is so full."""
        return self.report(key, seq, [Measurement("fill", DecimalFraction(-2, percent), "/")], base_time)

    def promised(self, key: Signer, seq: int, seconds: int) -> bytes:
        """A bin's record that promises the next one in so many seconds."""
        return self.report(key, seq, [Measurement("fill", DecimalFraction(-2, 50), "/", update_time=seconds)])

    def commit(self, records: list[bytes]) -> None:
        """Commit a batch of the gateway, closed now."""
        commit(self.backend, self.gateway, batch_message(self.gateway, next(self._batches), records, 0, self.city.now))

    def publish(self) -> None:
        """Publish what is committed."""
        self.backend.publish_pending()

    def close(self) -> None:
        """Close the backend."""
        self._open.close()


@dataclass
class Served:
    """A city's server, listening at `url`."""

    city: OpenCity
    url: str
    client: httpx.Client
    server: Server
    thread: threading.Thread
    app: FastAPI


@contextmanager
def serve(
    city: OpenCity,
    static: Path | None = None,
    port: int = 0,
    limits: Limits = USUAL,
    trusted_proxies: Sequence[str] = (),
) -> Iterator[Served]:
    """Serve the city on this machine, on a free port if none is given, until the block ends."""
    app = create_app(city.backend, static or site.STATIC, limits)
    server = make_server(app, "127.0.0.1", port, trusted_proxies=trusted_proxies)
    thread = threading.Thread(target=server.run, name="http")
    thread.start()
    try:
        url = f"http://127.0.0.1:{_port(server, thread)}"
        with httpx.Client(base_url=url, timeout=20.0, trust_env=False) as client:
            yield Served(city, url, client, server, thread, app)
    finally:
        server.should_exit = True
        thread.join(STARTED_WITHIN)
        assert not thread.is_alive(), "the server did not end"


def _port(server: Server, thread: threading.Thread) -> int:
    deadline = time.monotonic() + STARTED_WITHIN
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.005)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
