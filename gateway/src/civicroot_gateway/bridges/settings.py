"""The `[[bridge]]` tables of the configuration."""

import re
import termios
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import lora
from civicroot_wire.bridge_message import Settings
from civicroot_wire.errors import MalformedError

from ..errors import ConfigError

MAX_BRIDGES = 16  # USB ports of a cabinet
DEFAULT_BAUD = 460_800  # what every USB-UART chip does without errors; 222-byte frames need a hundredth of it
EXAMPLE = """\
[[bridge]]
name = "roof"                # 1 to 32 of a-z 0-9 -: in logs, status and metrics
serial = "/dev/serial/by-id/usb-Silicon_Labs_CP2102N-if00-port0"  # of the ESP32; or socket = "…", a Unix socket that
                             # the gateway listens on, for another process; relative to this file
baud = 460800                # a USB port of the chip itself does not care
espnow_channel = 6           # 1 to 13: ESP-NOW on this Wi-Fi channel; left out: off

[bridge.lora]                # left out: off
region = "EU868"             # EU868, KR920 or CN470: bounds frequency, power and airtime
frequency = 868100000        # Hz, the middle of a channel of 125 kHz
spreading_factor = 9         # 7 to 12
power = 14                   # dBm at the antenna
"""
_NAME = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True)
class BridgeSettings:
    """One bridge: `serial` port (with `baud`) or `socket`, and how its `radios` are to be set."""

    name: str
    serial: Path | None
    socket: Path | None
    baud: int
    radios: Settings


def parse(tables: object, base: Path) -> tuple[BridgeSettings, ...]:
    """The bridges of a file in folder `base`; raises ConfigError."""
    if not isinstance(tables, list) or len(tables) > MAX_BRIDGES:
        raise ConfigError(f"is not a list of at most {MAX_BRIDGES} tables")
    found = tuple(_bridge(table, base) for table in tables)
    for what in ("name", "serial", "socket"):
        values = [value for value in (getattr(item, what) for item in found) if value is not None]
        if len(set(values)) < len(values):
            raise ConfigError(f"has a {what} twice")
    return found


def _bridge(table: object, base: Path) -> BridgeSettings:
    if not isinstance(table, dict):
        raise ConfigError("is not a list of tables")
    _check_keys(table, ("name",), ("serial", "socket", "baud", "espnow_channel", "lora"))
    name = table["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError("name is not 1 to 32 of a-z 0-9 -")
    try:
        return BridgeSettings(name, *_place(table, base), _baud(table), _radios(table))
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error


def _place(table: dict[str, object], base: Path) -> tuple[Path | None, Path | None]:
    serial, socket = (table.get(key) for key in ("serial", "socket"))
    if (serial is None) == (socket is None):
        raise ConfigError("has not one of serial and socket")
    path = serial if serial is not None else socket
    if not isinstance(path, str) or not path:
        raise ConfigError("serial or socket is not a path")
    return (base / path, None) if serial is not None else (None, base / path)


def _baud(table: dict[str, object]) -> int:
    baud = _whole(table, "baud", DEFAULT_BAUD, 9_600, 4_000_000)
    if not hasattr(termios, f"B{baud}"):
        raise ConfigError(f"baud {baud} is none that this system has")
    return baud


def _radios(table: dict[str, object]) -> Settings:
    channel = _whole(table, "espnow_channel", 6, 1, 13) if "espnow_channel" in table else None
    wanted = table.get("lora")
    if wanted is None:
        if channel is None:
            raise ConfigError("has neither espnow_channel nor lora")
        return Settings(channel)
    if not isinstance(wanted, dict):
        raise ConfigError("lora is not a table")
    _check_keys(wanted, ("region", "frequency", "spreading_factor"), ("power",))
    region = wanted["region"]
    frequency = _whole(wanted, "frequency", 0, 1, 1_000_000_000)
    factor = _whole(wanted, "spreading_factor", 7, 7, 12)
    power = _whole(wanted, "power", 10, -9, 22)
    try:
        lora.band(str(region), frequency, power)
    except MalformedError as error:
        raise ConfigError(f"lora: {error.detail}") from error
    return Settings(channel, (str(region), frequency, factor, power))


def _whole(table: dict[str, object], key: str, default: int, low: int, high: int) -> int:
    value = table.get(key, default)
    if type(value) is not int or not low <= value <= high:
        raise ConfigError(f"{key} is not a whole number from {low} to {high}")
    return value


def _check_keys(table: dict[str, object], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for key in table:
        if key not in required and key not in optional:
            raise ConfigError(f"unknown key {key}")
    for key in required:
        if key not in table:
            raise ConfigError(f"missing key {key}")
