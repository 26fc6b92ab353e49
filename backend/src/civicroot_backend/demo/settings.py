"""What the demo is asked for."""

from dataclasses import dataclass
from pathlib import Path

REALM = "demo.civicroot.example"  # RFC 2606: a name that nobody can own


class DemoError(Exception):
    """The demo cannot go on; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Options of `civicroot demo`.

    `directory` holds everything; `port` is for HTTP; `devices` how many of the 20 places; `interval` seconds between
    heartbeats; `speed` how many seconds of the street pass in one; `limit` records per device, None for no end.
    """

    directory: Path
    firmware: Path
    port: int
    lan: bool = False
    devices: int = 20
    interval: float = 20.0
    speed: float = 300.0
    replay: Path | None = None
    limit: int | None = None
    batch_age: float = 2.0
    status_seconds: float = 10.0  # a city publishes its status list each minute or so; who looks at a demo waits less


def find_firmware(start: Path) -> Path | None:
    """The `firmware` folder of the checkout that holds `start`."""
    for folder in start.resolve().parents:
        if (folder / "firmware" / "main.py").is_file():
            return folder / "firmware"
    return None
