"""Composition of a tag: one wake after the other, each from what flash and RTC memory say, as after deep sleep."""

import sys

import starter

from civicroot_device.errors import ConfigurationError
from civicroot_device.storage.store import Store
from civicroot_device.tag.cycle import Sleep
from civicroot_device.tag.settings import RadioSettings
from civicroot_device.tag.tag import Tag

TRIAL_MS = 300_000  # from a wake of a version on trial that failed to the next, of which there are three

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from civicroot_radio.driver import Driver

    from civicroot_device.board import Board
    from civicroot_device.config import Configuration
    from civicroot_device.tag.retained import Memory

    class Port(Protocol):
        """unix_port.py, esp32_sleep.py."""

        @property
        def memory(self) -> Memory: ...
        def pause(self, ms: int) -> None: ...
        def rest(self, ms: int) -> None: ...
        def wall_ms(self) -> int: ...
        def why(self) -> str: ...
        def driver(self, channel: int = 1) -> Driver: ...
        def sleep(self, sleep: Sleep) -> bool: ...


def serve(
    configuration: "Configuration",
    board: "Board",
    store: Store,
    arguments: "list[str]",
    visit: "Callable[[Store, Sleep, str], None] | None",
) -> None:
    """Wake and sleep until interrupted, or, on a board, until deep sleep ends the program.

    `visit` is called at the end of each wake: it may stay awake for whoever is at the USB port.
    """
    assert configuration.radio is not None
    settings = RadioSettings(configuration.radio)
    port = _port(configuration, settings, bool(arguments))
    try:
        while True:
            why = port.why()  # before the tag writes to the memory that tells
            tag = Tag(configuration, settings, board, store, port)
            sleep = tag.wake(why)
            if tag.restart:
                board.restart()  # without a word in the RTC's memory, which is the tag's
            if visit is not None:
                visit(store, sleep, why)
            if not port.sleep(sleep):
                return
            store = Store(configuration.data, board.secret, configuration.outbox_bytes)
    except KeyboardInterrupt:
        return
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 (reported, then the tag starts again)
        sys.print_exception(error)
        _count_failure()
        # Not at once: a tag that fails at each wake would empty its battery within a day.
        interval_ms = int(configuration.sample_s * 1000)
        port.sleep(Sleep(min(interval_ms, TRIAL_MS) if starter.on_trial else interval_ms, False))
        board.restart()


def _count_failure() -> None:
    """A wake from sleep that fails counts against the slot that is followed, as any other start does by itself."""
    if starter.chosen == starter.FACTORY or starter.counted:
        return
    from civicroot_device.update.compose import slots_of  # noqa: PLC0415 (only after an update, and a failure)

    try:
        slots_of().bad()
    except OSError as error:
        print("update: %r" % (error,))  # the flash fails as well; the watchdog's resets are counted


def rest(configuration: "Configuration") -> None:
    """Sleep for an interval: nobody is there to provision the tag. On a board this does not return."""
    assert configuration.radio is not None
    port = _port(configuration, RadioSettings(configuration.radio), False)
    port.sleep(Sleep(int(configuration.interval_s * 1000), False))


def _port(configuration: "Configuration", settings: RadioSettings, until_eof: bool) -> "Port":
    if sys.platform in ("linux", "darwin"):
        from civicroot_device.tag.unix_port import UnixPort  # noqa: PLC0415 (not on the ESP32's flash)

        return UnixPort(configuration.data, settings, until_eof)
    from civicroot_device.tag.esp32_sleep import Esp32Port  # noqa: PLC0415 (only on a board)

    return Esp32Port(settings)
