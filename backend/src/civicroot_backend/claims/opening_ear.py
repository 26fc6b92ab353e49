"""Openings as gateways pass them on: who may, how many, and nothing of their content in a log."""

import logging
from collections.abc import Callable

from civicroot_wire import batch, relayed
from civicroot_wire.errors import WireError
from civicroot_witness.token_buckets import TokenBuckets

from civicroot_backend.claims.claims import Claims
from civicroot_backend.database.connection import Database
from civicroot_backend.ingest.key_directory import KeyDirectory

MAX_GATEWAYS = 4096  # whose shares are remembered
OPENINGS_AT_ONCE, OPENINGS_PER_SECOND = 512, 20.0  # of each gateway: a deposit a minute at a thousand bins

_log = logging.getLogger(__name__)


class OpeningEar:
    """`clock` is monotonic seconds; one thread uses it."""

    def __init__(self, claims: Claims, database: Database, keys: KeyDirectory, clock: Callable[[], float]) -> None:
        self._claims = claims
        self._database = database
        self._keys = keys
        self._shares = TokenBuckets(OPENINGS_AT_ONCE, OPENINGS_PER_SECOND, MAX_GATEWAYS, clock)

    def heard(self, gateway: bytes, payload: bytes) -> None:
        """A gateway passes on what it calls an opening of a device."""
        kid = b""
        try:
            # 1. An enrolled gateway, which keeps to its share.
            self._keys.require_newest(self._database, gateway, batch.ROLE)
            if self._keys.revocation(gateway) is not None or self._shares.take(gateway):
                return
            # 2. An opening of a device.
            kid, message = relayed.decode(payload)
            self._claims.opened(gateway, kid, message)
        except WireError as error:
            _log.warning("opening of device %s by gateway %s: %s", kid.hex(), gateway.hex(), error.reason)
