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
    heartbeats; `speed` how many seconds of the street pass in one; `limit` records per device, None for no end;
    `board`: whether the first bin runs with every driver, on models of the chips (board.py);
    `contracts` the checkout's folder that says which anvil runs the local chain, None for no chain.
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
    contracts: Path | None = None
    board: bool = False
    batch_age: float = 2.0
    status_seconds: float = 10.0  # a city publishes its status list each minute or so; who looks at a demo waits less
    beacon_seconds: int = 2  # likewise: a city tells its devices a new beacon each minute
    anchor_seconds: int = 20  # likewise: on a public chain an anchor costs money (docs/anchors.md)


def find_firmware(start: Path) -> Path | None:
    """The `firmware` folder of the checkout that holds `start`."""
    return _find(start, Path("firmware", "main.py"))


def find_contracts(start: Path) -> Path | None:
    """The `backend/contracts` folder of the checkout that holds `start`."""
    return _find(start, Path("backend", "contracts", "package-lock.json"))


def _find(start: Path, file: Path) -> Path | None:
    for folder in start.resolve().parents:
        if (folder / file).is_file():
            return (folder / file).parent
    return None
