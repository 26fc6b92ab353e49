"""A gateway that starts again and again from the same moment, with one of its system calls failing each time."""

import re
import shutil
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from civicroot_gateway.keyfile import KEY_FILE

from tests.support import system_calls
from tests.support.brokers import Broker
from tests.support.system_calls import Call, Fault
from tests.support.torn_disk import contents, lay_out

from .backend import Kept
from .street import Bin
from .world import World

ROUNDS = 8  # of more records until the call comes: how records are grouped varies a little
_PATH = re.compile(r'"(/[^"]*)"|<(/[^>]*)>')


@dataclass
class Run:
    """What strace saw: `calls`, of which the first `before_end` were before the gateway was told to end."""

    calls: list[Call]
    before_end: int
    injected: int
    ended_by_itself: bool


class Stage:
    """The moment: a spool with records in batches and in none, and a broker that remembers nothing."""

    def __init__(self, world: World, broker: Broker, folder: Path) -> None:
        self.world = world
        self._broker = broker
        self._log = folder / "strace.log"
        world.backend.answering = False
        world.start()
        world.until(lambda: world.kept.received, "a batch")
        world.street.report(1)
        world.until(lambda: not world.street.waiting, "acknowledgements")
        world.gateway.kill()
        world.leave()
        self._origin = contents(world.gateway.data)
        world.kept.received.clear()  # they come again: nobody answered them
        self._kept, self._bins = deepcopy(world.kept), deepcopy(list(world.street.bins.values()))

    @property
    def injected(self) -> int:
        """How many calls failed by strace's hand in this run."""
        return system_calls.injected(self._log)

    def paths(self, calls: list[Call]) -> list[Path]:
        """The gateway's files that occur in a trace, and their folder."""
        data = str(self.world.gateway.data)
        found = {path for call in calls for pair in _PATH.findall(call.rest) for path in pair}
        return sorted(Path(path) for path in found if path == data or path.startswith(data + "/"))

    def run(self, fault: Fault | None, paths: list[Path], at_end: bool = False, kill: bool = False) -> Run:
        """A life with the fault, then the audit. `at_end`: the call is one of a clean end. `kill`: at the fault."""
        world = self.world
        self._log.unlink(missing_ok=True)
        restore(world, self._broker, self._origin, self._kept, self._bins)
        world.supervising = False
        world.gateway.prefix = system_calls.beside(self._log, fault, paths)
        world.gateway.start()
        pid = world.gateway.pid
        world.gateway.prefix = ()
        self._feed(rounds=1 if fault is None or at_end else ROUNDS)
        ended = not world.gateway.running
        before_end = len(system_calls.calls(self._log))
        if kill:
            world.gateway.kill()
        elif not ended and not self.injected:
            world.gateway.stop()
        world.supervising = True
        if fault is not None:
            world.street.report(1)
        world.audit()
        world.supervising = False
        if world.gateway.running:
            world.gateway.stop()
        world.leave()
        system_calls.last_lines(self._log, pid)
        return Run(system_calls.calls(self._log), before_end, self.injected, ended)

    def _feed(self, rounds: int) -> None:
        """Records until the call has failed, the gateway has ended by itself, or it was enough of them."""
        world = self.world
        online = len(world.kept.states)
        world.until(lambda: self._over or len(world.kept.states) > online, "it is online")  # else this broker forgets
        world.street.silent = False
        for _ in range(rounds):
            world.street.report(1)
            world.until(lambda: self._over or self._delivered, "delivery, the failing call, or an end")
            if self._over:
                return

    @property
    def _over(self) -> bool:
        return self.injected > 0 or not self.world.gateway.running

    @property
    def _delivered(self) -> bool:
        world = self.world
        return world.street.waiting == 0 and world.kept.records == world.signed and world.gateway.empty()


def restore(world: World, broker: Broker, files: dict[str, bytes], kept: Kept, bins: list[Bin]) -> None:
    """Back to a moment: the gateway's files, street and backend as they were, and a broker that remembers nothing."""
    broker.kill()
    shutil.rmtree(broker.folder / "store")
    broker.start()
    data = world.gateway.data
    shutil.rmtree(data)
    data.mkdir()
    lay_out(files, data)
    (data / KEY_FILE).chmod(0o600)
    world.come_back(kept, bins)


def alone(calls: list[Call]) -> list[Call]:
    """The calls whose number only one thread reaches: strace counts for each thread, and one call is to fail."""
    most: dict[str, Counter[int]] = {}
    for call in calls:
        most.setdefault(call.name, Counter())[call.thread] += 1
    second = {name: sorted([0, *by.values()])[-2] for name, by in most.items()}
    return [call for call in calls if call.nth > second[call.name]]
