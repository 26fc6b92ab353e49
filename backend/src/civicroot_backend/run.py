"""Running the backend: its threads and the HTTP server in one process, ended by SIGTERM or SIGINT."""

import gc
import logging
import resource
import signal
import sys
from types import FrameType

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from civicroot_backend.api.app import create_app
from civicroot_backend.api.server import MAX_CONNECTIONS, Tls, make_server
from civicroot_backend.config import Config
from civicroot_backend.errors import DatabaseFailed
from civicroot_backend.service import Backend

# Objects made between two searches for cycles, instead of 700: a batch makes tens of thousands, freed without a search.
GC_THRESHOLD = 50_000
FILES = MAX_CONNECTIONS + 1_000  # connections, and files of databases and store

_log = logging.getLogger(__name__)


def run(config: Config) -> int:
    """Serve until told to end: 0. A part that failed: 1. Raises what Backend raises, and DatabaseFailed."""
    backend = _open(config)
    try:
        return _serve(backend)
    finally:
        backend.stop()


def _open(config: Config) -> Backend:
    try:
        return Backend(config)
    except (SQLAlchemyError, CommandError) as error:
        raise DatabaseFailed(f"database: {str(error).splitlines()[0]}") from error


def _serve(backend: Backend) -> int:
    config = backend.config
    tls = Tls(config.tls_certificate_file, config.tls_key_file) if config.uses_tls else None
    _allow_files()
    app = create_app(backend)
    server = make_server(app, config.http_host, config.http_port, tls, trusted_proxies=config.trusted_proxies)

    def end(_number: int = 0, _frame: FrameType | None = None) -> None:
        server.should_exit = True

    # uvicorn puts its own handlers in front, and raises the signal again when it has ended: it must end up here.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    gc.freeze()  # what is loaded by now stays; it need not be searched again and again
    gc.set_threshold(GC_THRESHOLD)
    backend.start(end)
    _log.info("serving %s on %s port %d", backend.realm, config.http_host, config.http_port)
    server.run()
    if backend.failure is not None:
        print(f"civicroot backend: {backend.failure}", file=sys.stderr)
        return 1
    return 0


def _allow_files() -> None:
    """As many open files as connections and everything else need, if the system lets it: many begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def rebuild_telemetry(config: Config) -> int:
    """Empty the telemetry store and fill it from the records; how many records it then holds. Raises as `run`."""
    backend = _open(config)
    try:
        backend.telemetry.reset()
        backend.project_pending()
        return backend.counts().get(("record", "accepted"), 0)
    finally:
        backend.stop()
