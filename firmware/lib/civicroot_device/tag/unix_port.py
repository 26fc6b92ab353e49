"""What a tag asks of the Unix port: a file for its RTC memory, and sleep that waits or ends the process."""

import os
import select
import sys
import time

from civicroot_device.tag.cycle import MOTION, POWER, TIMER
from civicroot_device.tag.settings import END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_radio.driver import Driver

    from civicroot_device.tag.cycle import Sleep
    from civicroot_device.tag.settings import RadioSettings

MEMORY_FILE = "rtc"  # in the data folder; a loss of power is its removal
MOTION_FILE = "motion"  # whoever makes this file beside it moved the tree


class FileMemory:
    """A file in place of RTC memory, replaced whole."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> bytes:
        """What was written last; nothing if there is no file."""
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except OSError:
            return b""  # as after a loss of power

    def write(self, data: bytes) -> None:
        """Remember it."""
        with open(self._path + ".new", "wb") as file:
            file.write(data)
        os.rename(self._path + ".new", self._path)


class UnixPort:
    """`memory`; see the methods. `until_eof`: the end of standard input ends the sleep and the tag."""

    def __init__(self, data: str, settings: "RadioSettings", until_eof: bool) -> None:
        self._settings = settings
        self._until_eof = until_eof
        self._motion_path = data + "/" + MOTION_FILE
        self.memory = FileMemory(data + "/" + MEMORY_FILE)

    def wall_ms(self) -> int:
        """Milliseconds of a clock that goes on while the process does not run."""
        return time.time_ns() // 1_000_000

    def why(self) -> str:
        """Why the tag is awake."""
        if self._moved():
            os.remove(self._motion_path)
            return MOTION
        return TIMER if self.memory.read() else POWER

    def pause(self, ms: int) -> None:
        """Wait, awake."""
        time.sleep_ms(ms)

    def rest(self, ms: int) -> None:
        """Wait for the sensors."""
        time.sleep_ms(ms)

    def driver(self, _channel: int = 1) -> "Driver":
        """The radio, turned on."""
        from civicroot_radio.udp_radio import Air, OwnRadio  # noqa: PLC0415
        from civicroot_wire.bridge_message import ESPNOW, LORA  # noqa: PLC0415 (not on the ESP32's flash)

        return OwnRadio(Air(self._settings.port), LORA if self._settings.acts_as == "lora" else ESPNOW)

    def sleep(self, sleep: "Sleep") -> bool:
        """Sleep; whether the tag wakes in this process."""
        if self._settings.sleep == END:
            return False
        until = self.wall_ms() + sleep.ms
        while self.wall_ms() < until and not (sleep.motion and self._moved()):
            rest = min(until - self.wall_ms(), 100)  # between two looks at the file
            if not self._until_eof:
                time.sleep_ms(rest)
            elif self._input_ended(rest):
                return False
        return True

    def _moved(self) -> bool:
        try:
            os.stat(self._motion_path)
        except OSError:
            return False
        return True

    @staticmethod
    def _input_ended(ms: int) -> bool:
        poll = select.poll()
        poll.register(sys.stdin, select.POLLIN)
        return bool(poll.poll(ms)) and not sys.stdin.buffer.read(1)
