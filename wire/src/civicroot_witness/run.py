"""Running a witness: one process that holds its folder until SIGTERM."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from . import config, lock, server
from .app import Service
from .gate import Gate
from .metrics import Metrics
from .store import Store
from .witness import Witness

_log = logging.getLogger(__name__)


def run(folder: Path, address: tuple[str, int] | None = None, clock: Callable[[], float] = time.time) -> None:
    """Serve until told to end. Raises WitnessError."""
    settings = config.load(folder)
    signer = config.load_signer(folder)
    with lock.hold(folder), Store(folder, recover=True) as store:
        witness = Witness(settings.name, signer, store, folder, clock)
        service = Service(witness, Gate(settings.burst, settings.requests_per_second), Metrics(witness))
        with server.listen(*(address or (settings.host, settings.port))) as opened:
            _log.info("witness %s", witness.key)
            _log.info("listening on %s", server.url(opened))
            try:
                server.serve(service.app(settings.prefix), opened, settings.trusted_proxies)
            finally:
                service.close()
