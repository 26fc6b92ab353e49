"""A machine whose log has witnesses, for tests: the quorum, and logs opened as a new process opens them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend.log.below_quorum import WAIT
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.witnesses.panel import Panel, Patience
from civicroot_backend.witnesses.quorum import Quorum
from civicroot_wire import note
from civicroot_wire.policy import TrustedKey

from tests.backend.engines import Engine
from tests.backend.log_machine import ORIGIN, SIGNER, Machine
from tests.backend.outside_log import OutsideReader
from tests.backend.witness_server import NOW, WitnessServer

LONG = Patience(60.0, 0.01)  # nobody is late unless a test says so
SHORT = Patience(0.3, 0.01)  # seconds, for tests in which somebody is


def quorum_of(witnesses: Sequence[WitnessServer], needed: int) -> Quorum:
    """They are trusted for all sizes."""
    keys = [note.parse_key(witness.vkey) for witness in witnesses]
    return Quorum([TrustedKey(key.name, key.public, 0, None, key) for key in keys], needed)


class WitnessedMachine(Machine):
    """`uptime` is the clock of pauses; every log that is opened gets a panel of its own, closed with the machine."""

    def __init__(self, folder: Path, engine: Engine, witnesses: Sequence[WitnessServer], needed: int = 2) -> None:
        super().__init__(folder, engine)
        for witness in witnesses:
            witness.logs[ORIGIN] = SIGNER.public
        self.witnesses = list(witnesses)
        self.quorum = quorum_of(witnesses, needed)
        self.below = WAIT
        self.patience = LONG
        self.uptime = 0.0
        self.clock: Callable[[], float] = lambda: NOW
        self.panels: list[Panel] = []

    def log(self) -> CityLog:
        """A log as a new process opens it."""
        made = self.unrecovered()
        made.recover()
        return made

    def unrecovered(self) -> CityLog:
        """The same, before it looked at anything."""
        urls = {witness.name: witness.url for witness in self.witnesses}
        panel = Panel(self.quorum, urls, self.clock, self.patience)
        self.panels.append(panel)
        return CityLog(self.database, self.store, self.keys, self.clock, panel, self.below, lambda: self.uptime)

    def later(self) -> None:
        """So much later that witnesses are asked again."""
        self.uptime += 1000.0

    def outside(self) -> OutsideReader:
        """Somebody who reads what the store holds now, and looks at the log's own signature alone."""

        def fetch(name: str) -> bytes:
            content = self.engine.snapshot()[name]
            return _own(content) if name == "log/checkpoint" else content

        return OutsideReader(fetch, ORIGIN, (SIGNER.public, 0))

    def checkpoint(self) -> bytes | None:
        """The bytes that are published."""
        return self.engine.snapshot().get("log/checkpoint")

    def close(self) -> None:
        for panel in self.panels:
            panel.close()
        super().close()


def _own(content: bytes) -> bytes:
    body, _, lines = content.decode().rpartition("\n\n")
    return (body + "\n\n" + lines.splitlines(keepends=True)[0]).encode()


@contextmanager
def witnessed(
    folder: Path, engine: Engine, witnesses: Sequence[WitnessServer], needed: int = 2
) -> Iterator[WitnessedMachine]:
    """A machine for the length of the block."""
    made = WitnessedMachine(folder, engine, witnesses, needed)
    try:
        yield made
    finally:
        made.close()
