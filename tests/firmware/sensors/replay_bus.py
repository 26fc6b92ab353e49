"""Replays of recorded bus traffic, on CPython and on the real MicroPython (see device_side/replay_bus.py)."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

import replay_bus  # noqa: E402
from civicroot_device.errors import SensorFault  # noqa: E402
from replay_bus import (  # noqa: E402
    SILENT,
    ReplayAdc,
    ReplayI2c,
    ReplayInput,
    ReplayOneWire,
    ReplayOutput,
    ReplayPixels,
    ReplayShift,
    ReplaySpi,
    ReplayUart,
    Tape,
)

__all__ = [
    "SILENT",
    "ReplayAdc",
    "ReplayI2c",
    "ReplayInput",
    "ReplayOneWire",
    "ReplayOutput",
    "ReplayPixels",
    "ReplayShift",
    "ReplaySpi",
    "ReplayUart",
    "Tape",
    "drive",
    "measure_on_both",
]

Transaction = tuple[Any, ...]
Rounds = list[tuple[int | None, Any]]


def measure_on_both(
    device: MicroPython,
    driver: tuple[str, str],
    faces: Sequence[tuple[str, str]],
    transactions: Iterable[Transaction],
    arguments: Sequence[Any] = (),
    rounds: int = 1,
) -> Rounds:
    """The driver (module, class) on the tape, under CPython and under MicroPython: they must agree.

    Returns [(milliseconds that start() asked for, {name: reading or "!flag"} or "!flag")]. `device` is the
    fixture `replaying`.
    """
    asked = [*driver, list(faces), list(transactions), list(arguments), rounds]
    here: Rounds = replay_bus.measure(*asked)
    there: Rounds = device.call("replay_bus.measure", *asked)
    assert there == here, f"MicroPython says {there}, CPython {here}"
    return here


def drive(sensor: Any) -> tuple[list[int], Any]:
    """One measurement with all its steps: ([milliseconds it asked for], {name: reading or "!flag"} or "!flag")."""
    waits: list[int] = []
    try:
        waits.append(sensor.start())
        found = sensor.read()
        while isinstance(found, int):
            waits.append(found)
            found = sensor.read()
    except SensorFault as fault:
        return waits, replay_bus.said(fault)
    return waits, {name: replay_bus.said(reading) for name, reading in found.items()}
