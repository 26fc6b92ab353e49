"""What the firmware does, read from its own constants, defaults and board files. The only importer of firmware here.

Nothing is repeated here that stands there: whoever changes an interval, a window or a board file changes the lives.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device.claim import offer, scanner  # noqa: E402
from civicroot_device.config import Configuration  # noqa: E402
from civicroot_device.display import ssd1681  # noqa: E402
from civicroot_device.lamp import colours, lamp, states  # noqa: E402
from civicroot_device.reporting import deposits, report  # noqa: E402
from civicroot_device.reporting.kinds import KINDS, Quantity  # noqa: E402
from civicroot_device.reporting.sampling import Due, Sample  # noqa: E402
from civicroot_device.sensors import (  # noqa: E402
    ads1115,
    dendrometer,
    ds18b20,
    hx711,
    lis3dh,
    sht3x,
    soil_capacitive,
    vl53l1x,
)
from civicroot_device.storage.segment import HEARTBEAT  # noqa: E402
from civicroot_device.tag import endurance, motion_watch, timing  # noqa: E402
from civicroot_device.tag.esp32_sleep import Esp32Port  # noqa: E402
from civicroot_device.tag.settings import RadioSettings  # noqa: E402
from civicroot_radio import sx1262  # noqa: E402
from civicroot_wire import lora  # noqa: E402
from civicroot_wire.sequence import Sequence  # noqa: E402

SENSING_MS = {  # of one reading, by driver; what takes less than a millisecond is 0
    "soil_capacitive": soil_capacitive.SETTLE_MS,
    "ds18b20": ds18b20.CONVERSION_MS,
    "sht3x": sht3x.MEASURE_MS,
    "lis3dh": lis3dh.SLOW_WAKE_MS,
    "dendrometer": dendrometer.SETTLE_MS + 2 * ads1115.CONVERSION_MS,
    "battery": 0,
    "vl53l1x": 2 * vl53l1x.RANGING_MS,
    "hx711": hx711.SETTLE_MS,
}
OWN_TIMES = {"soil_capacitive": int(soil_capacitive.SoilCapacitive.times)}
QUANTITY = {  # what each driver is for: the kind says how often a sample reads it
    "soil_capacitive": "soil",
    "ds18b20": "soiltemp",
    "sht3x": "temp",
    "lis3dh": "tilt",
    "dendrometer": "girth",
    "battery": "battery",
    "vl53l1x": "fill",
    "hx711": "weight",
}


def board(name: str) -> dict[str, Any]:
    """A board file."""
    found: dict[str, Any] = json.loads((ROOT / "firmware" / "boards" / f"{name}.json").read_text())
    return found


def drivers(name: str) -> dict[str, dict[str, Any]]:
    """The sensors of a board file, by driver."""
    return {part["driver"]: part for part in board(name)["sensors"]}


def times(kind: str, driver: str) -> int:
    """How often one sample reads a sensor: as its kind wants, less if the driver says so."""
    wanted = max(int(item.times) for item in KINDS[kind] if item.name == QUANTITY[driver])
    return min(wanted, OWN_TIMES.get(driver, wanted))


def look_ms(kind: str, sensors: list[str]) -> int:
    """How long one look at all sensors lasts: they run together, those with a median again and again."""
    rounds = {driver: times(kind, driver) for driver in sensors}
    return sum(
        max(SENSING_MS[driver] for driver in sensors if rounds[driver] > turn) for turn in range(max(rounds.values()))
    )


def configuration(kind: str, interval_s: float) -> Configuration:
    """A device's, with the defaults of everything else."""
    fields: dict[str, Any] = {"realm": "city.example", "data": "/", "kind": kind, "interval_s": interval_s}
    if kind == "tree":
        return Configuration({**fields, "radio": {"kind": "espnow"}})
    broker = {"host": "gateway", "port": 8883}
    wifi = {"ssid": "city", "password": "…"}
    return Configuration({**fields, "gateway": "0" * 16, "broker": broker, "wifi": wifi})


LEAN_FACTOR: int = endurance.LEAN_FACTOR


def least_s(radio: dict[str, Any], frozen: bool = True) -> int:
    """Seconds between two wakes, at the least, of a tag with this radio."""
    return int(endurance.least_s(RadioSettings({"gateway": "00" * 32, **radio}), not frozen))


RESTS = hasattr(Esp32Port, "rest")  # a tag waits for its sensors in light sleep
ESPNOW = timing.espnow()
WATCH_SETTLE_MS: int = motion_watch.SETTLE_MS
ANSWER_BYTES: int = timing.ANSWER_BYTES
COMMIT_MS: int = timing.COMMIT_MS
OFFER_S: float = offer.WINDOW_MS / 1000
SCAN_S: float = scanner.READ_MS / 1000
REST_S: float = deposits.REST_MS / 1000
WEIGHING_S: float = deposits.SETTLE_MS / 1000
RING_LIMIT_MA: float = colours.LIMIT_MA
REFRESH_LIMIT_S: float = ssd1681.REFRESH_LIMIT_MS / 1000


def airtime_s(size: int, factor: int) -> float:
    """Of a LoRa frame."""
    return float(lora.airtime_us(size, factor)) / 1e6


def lora_look_s(factor: int) -> float:
    """Light sleep between two looks whether an answer has come."""
    return float(timing.of_lora(factor).look_ms) / 1000


def lora_first_s(factor: int) -> float:
    """After a frame, until the first look."""
    return float(timing.of_lora(factor).first_ms) / 1000


def heartbeat_bytes(kind: str, promise_s: int, lean: bool = False) -> int:
    """Of a kind's heartbeat with its widest values, time and beacon, from a device that has reported for a year.

    lean   a tag's with a slow radio (tag/endurance.py)
    """
    quantities = endurance.leaner(KINDS[kind]) if lean else KINDS[kind]
    values = {item.name: int(item.high) for item in quantities if isinstance(item, Quantity) and item.beat}
    due = Due(Sample(values, {}), HEARTBEAT, list(values), None, False)
    items = report.measurements(quantities, due)
    kid, realm, sequence = bytes(8), "city.example", Sequence(70_000, 0, bytes(8))
    return int(report.fit(kid, realm, items, 1 << 31, promise_s, sequence).size)


def lora_window_s(factor: int) -> float:
    """How long a tag listens after a frame, at the longest."""
    return float(timing.of_lora(factor).window_ms) / 1000


def ring_ma(state: str, pixels: int, milliseconds: int) -> float:
    """Mean of a state of the lamp over its first so many milliseconds, without what dark pixels take."""
    ring = lamp.Lamp(pixels)
    ring.set(state)
    frames = range(0, milliseconds, lamp.FRAME_MS)
    return sum(float(colours.milliampere(ring.frame(ms))) for ms in frames) / len(frames)


LID_OPEN: str = states.LID_OPEN
WEIGHING: str = states.WEIGHING
CLAIM_OPEN: str = states.CLAIM_OPEN
BREATH_MS: int = states.BREATH_MS


def lora_tries(factor: int) -> int:
    """Transmissions of a record in a wake."""
    return int(timing.of_lora(factor).tries)


def amplifier(power: int) -> tuple[int, int]:
    """Duty cycle and size of the SX1262's amplifier for so many dBm (its data sheet, table 13-21)."""
    rows = [(int(duty), int(size)) for highest, duty, size in sx1262._AMPLIFIERS if power <= highest]
    return rows[0]
