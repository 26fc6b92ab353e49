"""Serial ports: which one a device is at, and reading and writing there."""

import os
import time
from pathlib import Path

from civicroot_cli.main import CommandError

from .errors import Unplugged

try:
    import serial
    from serial.tools import list_ports
except ImportError as missing:  # the extra is not installed; the command says so
    raise CommandError("`civicroot provision` needs more: pip install 'civicroot-wire[provision]'") from missing

BAUD = 115_200  # of boards with a converter; USB in the chip itself has none
PLUG_SECONDS = 600.0  # for which the next device is waited for
POLL_SECONDS = 0.05
RESTART_SECONDS = 3.0  # in which a port with USB in the chip goes away when the board restarts; another one stays
# Who made the USB side: Espressif's own (ESP32-S3, C3), and the converters of boards that have one.
VENDORS = {0x303A: "Espressif", 0x10C4: "Silicon Labs CP210x", 0x1A86: "WCH CH34x", 0x0403: "FTDI"}


class SerialLine:
    """The line to the device at `port`; a context manager. Raises CommandError if it cannot be opened."""

    def __init__(self, port: str) -> None:
        self._serial = serial.Serial()
        self._serial.port = port
        self._serial.baudrate = BAUD
        self._serial.exclusive = True  # two commands at one device would each read half of its answers
        # These lines restart some boards.
        self._serial.dtr = self._serial.rts = False
        try:
            self._serial.open()
        except (serial.SerialException, OSError) as error:
            raise CommandError(f"cannot open {port}: {error}") from error

    def __enter__(self) -> "SerialLine":
        return self

    def __exit__(self, *_: object) -> None:
        self._serial.close()

    def read(self, seconds: float) -> bytes:
        """See conversation.Line."""
        try:
            self._serial.timeout = seconds
            first: bytes = self._serial.read(1)
            return first + self._serial.read(self._serial.in_waiting) if first else b""
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed under pyserial's hands
            raise Unplugged(f"the device is gone: {error}", gone=True) from error

    def write(self, data: bytes) -> None:
        """See conversation.Line."""
        try:
            self._serial.write(data)
        except (serial.SerialException, OSError) as error:
            raise Unplugged(f"the device is gone: {error}", gone=True) from error


def candidates() -> list[str]:
    """Ports at which there may be a board."""
    return sorted(found.device for found in list_ports.comports() if found.vid in VENDORS)


def choose(given: str | None) -> str:
    """The port to use: the given one, or the only one there is. CommandError."""
    if given is not None:
        return given
    found = candidates()
    if not found:
        raise CommandError("there is no board at any port: plug one in, or say --port")
    if len(found) > 1:
        raise CommandError(f"there are boards at {', '.join(found)}: say --port")
    return found[0]


def wait_for_unplugging(line: SerialLine) -> None:
    """Until the device is taken out. CommandError after PLUG_SECONDS."""
    until = time.monotonic() + PLUG_SECONDS
    while time.monotonic() < until:
        try:
            line.read(POLL_SECONDS)
        except Unplugged:
            return
    raise CommandError("nobody unplugged the device")


def wait_for_restart(found: str) -> None:
    """Until the port of a board that restarts is gone, or seems to stay."""
    until = time.monotonic() + RESTART_SECONDS
    while Path(found).exists() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def check(given: str) -> None:
    """Raises CommandError if this is no serial port, or one that this user may not open; it is not opened."""
    path = Path(given)
    if not path.exists():
        raise CommandError(f"there is no port {given}: plug the device in, or leave --port out")
    if not path.is_char_device():
        raise CommandError(f"{given} is no serial port")
    if not os.access(path, os.R_OK | os.W_OK):
        raise CommandError(f"you may not open {given}: have yourself added to the group {path.group()}")


def wait_for_port(given: str | None) -> str:
    """The port of the next device, as soon as it is there. CommandError after PLUG_SECONDS."""
    until = time.monotonic() + PLUG_SECONDS
    while True:
        try:
            found = choose(given)
            if Path(found).exists() or given is None:
                return found
            missing = CommandError(f"there is no {found}")
        except CommandError as error:
            missing = error
        if time.monotonic() >= until:
            raise missing
        time.sleep(POLL_SECONDS)
