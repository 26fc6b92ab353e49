"""The board of the Unix port: a made-up street, or a file that is replayed, time-compressed."""

import os
import time

from civicroot_device import boots
from civicroot_device.simulation.replay import Replay
from civicroot_device.simulation.world import World
from civicroot_device.version import BUILD_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_simulator.time_lapse import TimeLapse

    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Reading
    from civicroot_device.wiring import Wiring

REASON_FILE = "restart"  # in the data folder; stands for the memory that outlasts an ESP32's reset
LID_S = 8  # for which the simulated lid is open


class UnixBoard:
    """Everything the firmware asks of its hardware. `names` are the sensors it has; None: those of its kind.

    World time is (Unix time − epoch) × speed: a speed of 60 lets an hour of the street pass in a minute. With a board
    file the street is behind models of its chips, and the true drivers read them; with "lapse_h" the device's own time
    leaps, too (civicroot_simulator/time_lapse.py). With "ailing" 1 a sensor is out of order in some hours, as in the
    demo; without it none ever is, so that a board's self-test says the same at all hours.
    """

    def __init__(self, configuration: "Configuration") -> None:
        self._speed = configuration.speed
        self._epoch = configuration.epoch
        self._reason_file = configuration.data + "/" + REASON_FILE
        self.wiring: "Wiring | None" = None
        self.lines: "Any" = None
        self.names: "list[str] | None" = None
        self._source: "World | Replay"
        self.lapse: "TimeLapse | None" = None
        if configuration.lapse_h is not None:
            from civicroot_simulator.time_lapse import TimeLapse  # noqa: PLC0415 (tests alone)

            self.lapse = TimeLapse(int(time.time()))
        if configuration.board is not None:
            self._wire(configuration.board, configuration)
        elif configuration.samples is None:
            self._source = World(configuration.seed, ailing=configuration.ailing == 1)
        else:
            self._source = replay = Replay(configuration.samples)
            self.names = replay.names

    def _wire(self, path: str, configuration: "Configuration") -> None:
        from civicroot_simulator.lines import Lines  # noqa: PLC0415 (only devices with drivers)

        from civicroot_device import wiring  # noqa: PLC0415

        self.wiring = wiring.load(path)
        self._source = world = World(configuration.seed, LID_S, configuration.speed, configuration.ailing == 1)
        if configuration.stage is None:
            self.lines = Lines(self.wiring, world, self._seconds)
            return
        from civicroot_simulator.stage import Stage  # noqa: PLC0415 (demo and tests of whole cities)

        stage = Stage(world, configuration.stage, self.ticks_ms)
        self.lines = Lines(self.wiring, stage, self._seconds)
        self.lines.show_on(stage)

    def _seconds(self) -> int:
        return max(0, int((self._now() - self._epoch) * self._speed))

    def _now(self) -> float:
        return time.time() if self.lapse is None else self.lapse.unix_time()

    def look(self) -> "Callable[[str], Reading]":
        """All sensors at one world time: a compressed hour must not pass between two of them."""
        seconds = self._seconds()
        return lambda name: self._source.read(name, seconds)

    def ticks_ms(self) -> int:
        """Milliseconds that wrap; time.ticks_diff computes with them."""
        if self.lapse is not None:
            return self.lapse.ticks_ms()
        return time.ticks_ms()  # type: ignore[return-value]  # an integer, kept opaque by the stubs

    def machine_time(self) -> int:
        """Unix seconds of the machine."""
        return int(self._now())

    def unix_time(self) -> "int | None":
        """Unix seconds; None if the machine's clock is not set."""
        now = self.machine_time()
        return now if now >= BUILD_TIME else None

    def set_time(self, _seconds: int, _told: bool) -> None:
        """The machine's clock is not ours to set."""

    def random(self, size: int) -> bytes:
        """Random bytes of the operating system."""
        return os.urandom(size)

    def secret(self, size: int) -> bytes:
        """The same: the operating system's are good at all times."""
        return self.random(size)

    def feed(self) -> None:
        """No watchdog: whoever started the process watches it."""

    def reset_reason(self) -> str:
        """What `restart` wrote down; else the power came on."""
        try:
            with open(self._reason_file) as file:
                why = file.read()
            os.remove(self._reason_file)
        except OSError:
            return boots.POWER_ON  # there is no such file
        return why if why in boots.REASONS else boots.UNKNOWN

    def restart(self, why: str = "") -> None:
        """End the process; whoever started it starts it again."""
        if why:
            with open(self._reason_file, "w") as file:
                file.write(why)
        raise SystemExit(1)
