"""What a tag asks of an ESP32: its RTC memory, the reason of a wake, deep sleep. Runs on a board only.

Deep sleep ends the program: the next wake begins at boot.py. The RTC's memory and clock go on (ESP-IDF programming
guide, "Sleep Modes", "System Time"); the accelerometer's line wakes through EXT1 where the chip has it (S3, C6) and
through a GPIO with RTC function where it has not (C3: pins 0 to 5).
"""

import time

from civicroot_device.tag.cycle import MOTION, POWER, TIMER
from civicroot_device.tag.settings import LORA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_radio.driver import Driver

    from civicroot_device.tag.cycle import Sleep
    from civicroot_device.tag.settings import RadioSettings

LEAST_LIGHT_SLEEP_MS = 5  # falling asleep and waking up take about one


class RtcMemory:
    """The bytes that `machine.RTC` keeps."""

    def __init__(self) -> None:
        import machine  # noqa: PLC0415 (only on a board)

        self._rtc = machine.RTC()

    def read(self) -> bytes:
        """What was written last; anything after a loss of power."""
        return bytes(self._rtc.memory())

    def write(self, data: bytes) -> None:
        """Remember it."""
        self._rtc.memory(data)


class Esp32Port:
    """`memory`; see the methods."""

    def __init__(self, settings: "RadioSettings") -> None:
        import machine  # noqa: PLC0415 (only on a board)

        self._machine = machine
        self._settings = settings
        self.memory = RtcMemory()

    def wall_ms(self) -> int:
        """Milliseconds of the RTC, which nobody sets on a tag: it goes on through deep sleep."""
        return time.time_ns() // 1_000_000

    def why(self) -> str:
        """Why the tag is awake."""
        machine = self._machine
        if machine.reset_cause() != machine.DEEPSLEEP_RESET:
            return POWER
        return TIMER if machine.wake_reason() == machine.TIMER_WAKE else MOTION

    def pause(self, ms: int) -> None:
        """Wait, awake."""
        time.sleep_ms(ms)

    def rest(self, ms: int) -> None:
        """Wait in light sleep, for sensors or while LoRa sends: pins keep their levels, the clock goes on."""
        if ms < LEAST_LIGHT_SLEEP_MS:
            time.sleep_ms(ms)
        else:
            self._machine.lightsleep(ms)

    def driver(self, channel: int = 1) -> "Driver":
        """The radio, turned on; `channel` is ESP-NOW's."""
        if self._settings.kind == LORA:
            from civicroot_radio.lora_radio import LoraRadio, wired  # noqa: PLC0415 (only what is used takes memory)

            set_to = self._settings
            chosen = (set_to.region, set_to.frequency, set_to.factor, set_to.power)
            return LoraRadio(wired(set_to.wiring), chosen, self.rest)
        from civicroot_radio.espnow_radio import EspNowRadio  # noqa: PLC0415

        return EspNowRadio(channel)

    def sleep(self, sleep: "Sleep") -> bool:
        """Deep sleep; does not return."""
        if sleep.motion and self._settings.motion is not None:
            self._arm(self._settings.motion)
        self._machine.deepsleep(sleep.ms)
        return False

    def _arm(self, number: int) -> None:
        import esp32  # noqa: PLC0415 (only on a board)

        pin = self._machine.Pin(number, self._machine.Pin.IN)
        if hasattr(esp32, "wake_on_ext1"):
            esp32.wake_on_ext1((pin,), esp32.WAKEUP_ANY_HIGH)
        else:
            esp32.wake_on_gpio((pin,), esp32.WAKEUP_ANY_HIGH)
