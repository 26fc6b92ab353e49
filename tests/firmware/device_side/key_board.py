"""An ESP32's first starts with stand-ins for its modules that write down what was asked of them, in order.

What matters is that the Wi-Fi radio is on before the bytes of a key are drawn: ("radio", True), then ("drawn", 32).
"""

import os
import sys
import time

import fake_esp32

LOG = []
true_urandom = os.urandom


class Os:
    """The true `os`, whose random bytes are written down."""

    def __getattr__(self, name):
        return getattr(os, name)

    @staticmethod
    def urandom(size):
        LOG.append(("drawn", size))
        return true_urandom(size)


class Wlan:
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, which) -> None:
        if which != "station":
            raise AssertionError("another radio")

    def active(self, on) -> None:
        LOG.append(("radio", on))

    def config(self, **_) -> None:
        pass


class Network:
    STA_IF = "station"
    WLAN = Wlan


def install() -> None:
    """Before the firmware is imported."""
    true_time = time
    fake_esp32.install()
    for name in ("ticks_ms", "ticks_add", "ticks_diff", "time", "gmtime"):
        setattr(sys.modules["time"], name, getattr(true_time, name))
    sys.modules["machine"].WDT = fake_esp32.Recorder
    sys.modules["os"], sys.modules["network"] = Os(), Network


def starts(fields, again):
    """What is written down while a device with this configuration opens its store, once or for the second time."""
    from civicroot_device import start  # noqa: PLC0415 (after install)
    from civicroot_device.board_esp32 import Esp32Board  # noqa: PLC0415
    from civicroot_device.config import Configuration  # noqa: PLC0415

    configuration = Configuration(fields)
    board = Esp32Board(configuration)
    if again:
        start._open(configuration, board)
    del LOG[:]
    start._open(configuration, board)
    return list(LOG)


def challenge(fields):
    """What is written down while a device draws a challenge."""
    from civicroot_device.board_esp32 import Esp32Board  # noqa: PLC0415
    from civicroot_device.config import Configuration  # noqa: PLC0415

    board = Esp32Board(Configuration(fields))
    del LOG[:]
    return len(board.secret(16)), list(LOG)
