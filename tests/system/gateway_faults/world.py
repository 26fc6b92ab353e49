"""A gateway between brokers, a street and a backend, and the audit at the end."""

import os
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Self

from tests.gateway.city import REALM, City
from tests.gateway.live import eventually
from tests.support.brokers import Broker

from .backend import Backend, Kept
from .gateway import Address, Gateway
from .outside import Evidence, Report, audit
from .street import Bin, Street

SEED_VARIABLE = "CIVICROOT_FAULT_SEED"
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
SUITE_SEED = 20261127


def seed() -> int:
    """CIVICROOT_FAULT_SEED if it is set; else a new one in `make soak`, and always the same in `make test`."""
    chosen = os.environ.get(SEED_VARIABLE)
    if chosen is not None:
        return int(chosen)
    return int.from_bytes(os.urandom(4), "big") if SOAK else SUITE_SEED


class World:
    """All but the brokers, which the test owns. A context manager: the gateway does not run when it is entered.

    `broker` is the street's side, `uplink` the backend's; `broker_at`, `uplink_at` where the gateway finds them, if
    there is a proxy between.
    """

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        uplink: Broker | None = None,
        *,
        broker_at: Address | None = None,
        uplink_at: Address | None = None,
        city: City | None = None,
        devices: int = 3,
        chunk: int = 4,
        window: int = 4,
        **limits: float,
    ) -> None:
        self.city = city or City()
        self.kept = Kept()
        self.since = time.time()
        self._online = 0
        self.supervising = False  # start the gateway again when it ended by itself
        self._broker = broker
        self._uplink = uplink or broker
        self._chunk = chunk
        self._window = window
        bins = [Bin(self.city.device()) for _ in range(devices)]
        self.gateway = Gateway(self.city, folder, broker_at or broker, uplink_at or self._uplink, **limits)
        self._open(bins)

    def _open(self, bins: list[Bin]) -> None:
        self.street = Street(self.city, self._broker, bins, self._chunk, self._window)
        self.backend = Backend(self.city, self._uplink, self.kept)

    def __enter__(self) -> Self:
        self.backend.__enter__()
        self.street.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.gateway.kill()
        self.leave()

    def leave(self) -> None:
        """Disconnect street and backend."""
        self.street.__exit__()
        self.backend.__exit__()

    def come_back(self, kept: Kept, bins: list[Bin]) -> None:
        """Street and backend connect again, as they were at another time; the street is still silent."""
        self.kept = deepcopy(kept)
        self._online = len(kept.states)
        self._open(deepcopy(bins))
        self.street.silent = True
        self.__enter__()

    def wait_online(self) -> None:
        """Wait until the gateway has said that it is online, since street and backend came."""
        self.until(lambda: any(state.online for state in self.kept.states[self._online :]), "online")

    def start(self) -> None:
        """Start the gateway, and wait until it has taken a record of everybody."""
        self.gateway.start()
        self.street.report(1)
        self.until(lambda: not self.street.waiting, "the first records are acknowledged")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for it, with the gateway's last words if it never comes."""

        def look() -> object:
            if self.supervising:
                self.gateway.supervise()
            return condition()

        try:
            eventually(look, what)
        except AssertionError as error:
            kept = self.kept
            here = f"{self.street.waiting} waiting, {kept.records} committed, {len(kept.refused)} refused"
            last = "\n".join(str(event) for event in self.gateway.events()[-12:])
            raise AssertionError(f"{error} ({here})\n{last}") from None

    @property
    def signed(self) -> int:
        """How many records the devices signed."""
        return sum(len(one.signed) for one in self.street.bins.values())

    def settle(self) -> None:
        """Wait until every record is acknowledged and committed, and the spool is empty."""
        self.until(lambda: self.street.waiting == 0, "every record is acknowledged")
        self.until(lambda: self.kept.records >= self.signed, "every record is committed")
        self.until(self.gateway.empty, "an empty spool")

    def audit(self, ordered: bool = False, duplicates: int = 0) -> Report:
        """Settle, then look from outside: nothing lost, nothing twice, and nobody told to give a record up."""
        self.settle()
        report = self.look(ordered)
        assert report.duplicates == duplicates
        assert not self.street.refused
        print(report.batches, "batches,", len(report.positions), "records,", report.repeats, "messages repeated")
        return report

    def look(self, ordered: bool = False) -> Report:
        """The audit of what there is now."""
        refused = [message for message in self.kept.refused if message in set(self.kept.received)]
        evidence = Evidence(
            REALM,
            self.city.gateway.public,
            list(self.kept.received),
            list(self.kept.committed.values()),
            refused,
            {kid: dict(one.signed) for kid, one in self.street.bins.items()},
            {kid: set(one.acknowledged) for kid, one in self.street.bins.items()},
            self.since - 2,
            time.time() + 2,
        )
        return audit(evidence, ordered)
