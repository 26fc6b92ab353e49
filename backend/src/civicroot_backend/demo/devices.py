"""The demo's devices: a folder each with configuration and flash; the firmware in a MicroPython process each."""

import dataclasses
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from . import board, replay
from .places import PLACES, Place
from .settings import REALM, DemoError, Settings

COMMAND_SECONDS = 60.0  # a device's first start makes its key; on two busy cores twenty of them take a moment
NONCE_BYTES = 16
# coreutils: the firmware looks for the signal itself (firmware/lib/civicroot_device/simulation/interrupt.py).
_BLOCKED = ("env", "--block-signal=INT")
_SEED_STEP = 7919  # spreads the devices over the made-up street's randomness


@dataclass(frozen=True, kw_only=True)
class Device:
    """One device of the demo. `folder` holds `config.json` and the flash; `series` is what it replays, if anything.

    `board`: the board file of one that runs with every driver, on models of the chips; `own`: keys of its own in the
    configuration.
    """

    place: Place
    folder: Path
    seed: int
    series: replay.Series | None = None
    board: Path | None = None
    own: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The process's name: device-bin-12."""
        return "device-" + self.place.subject.replace("/", "-")

    @property
    def configuration(self) -> Path:
        """The firmware's configuration file."""
        return self.folder / "config.json"

    @property
    def label(self) -> str:
        """What people call the place; a replayed series keeps its own name."""
        return self.series.label if self.series and self.series.label else self.place.label


def plan(settings: Settings) -> list[Device]:
    """The devices, bins and trees in the proportion of the places. Raises DemoError for a folder without series."""
    series = _series(settings.replay)
    bins = [place for place in PLACES if place.kind == "bin"]
    trees = [place for place in PLACES if place.kind == "tree"]
    share = round(settings.devices * len(bins) / len(PLACES))
    chosen = [*bins[:share], *trees[: settings.devices - share]]
    found = [
        Device(
            place=place,
            folder=settings.directory / "devices" / place.subject.replace("/", "-"),
            seed=number * _SEED_STEP,
            series=next(series[place.kind], None),
        )
        for number, place in enumerate(chosen, start=1)
    ]
    if settings.board and found[0].place.kind == board.KIND and found[0].series is None:
        found[0] = dataclasses.replace(found[0], board=board.file(settings.firmware))
    return found


def _series(folder: Path | None) -> dict[str, "cycle[replay.Series]"]:
    if folder is None:
        return {"bin": cycle([]), "tree": cycle([])}
    try:
        return {kind: cycle(found) for kind, found in replay.read_folder(folder).items()}
    except replay.ReplayError as error:
        raise DemoError(str(error)) from error


def configure(device: Device, settings: Settings, gateway: str, mqtt_port: int, claim_host: str) -> None:
    """Write the device's configuration; its flash is left as it is. `claim_host` stands in QR codes."""
    device.folder.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, object] = {
        "realm": REALM,
        "gateway": gateway,
        "broker": {"host": "127.0.0.1", "port": mqtt_port},
        "data": str(device.folder / "flash"),
        "kind": device.place.kind,
        "interval_s": settings.interval,
        "seed": device.seed,
        "speed": settings.speed,
        "epoch": _epoch(device),
        "ailing": 1,  # so that faults are seen, too
    }
    if settings.limit is not None:
        wanted["limit"] = settings.limit
    if device.series is not None:
        samples = device.folder / "samples.csv"
        replay.write_samples(device.series, samples)
        wanted["samples"] = str(samples)
    if device.board is not None:
        wanted.update(board.options(device.board, device.folder, device.label, claim_host, settings))
    wanted.update(device.own)
    device.configuration.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")


def _epoch(device: Device) -> int:
    """When the street began for this device: its first start, kept over restarts so that the street goes on."""
    try:
        return int(json.loads(device.configuration.read_text(encoding="utf-8"))["epoch"])
    except FileNotFoundError:
        return int(time.time())


def command(settings: Settings, device: Device) -> list[str]:
    """What runs the real firmware in a real MicroPython process, which hears SIGINT when it can end cleanly."""
    micropython = Path(sys.executable).with_name("micropython")
    return [*_BLOCKED, str(micropython), str(settings.firmware / "main.py"), str(device.configuration)]


def ask(settings: Settings, device: Device, *arguments: str) -> dict[str, object]:
    """Run the firmware's own command and return what it answers. Raises DemoError."""
    done = subprocess.run(
        [*command(settings, device), *arguments], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    if done.returncode:
        raise DemoError(f"{device.name} {' '.join(arguments)}: {done.stderr or done.stdout}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def calibrate(settings: Settings, device: Device) -> None:
    """Set the sensors of a device with drivers, as its provisioning does; once in its life. Raises DemoError."""
    done = device.folder / "calibrated"
    if device.board is not None and not done.is_file():
        for sensor, *values in board.CALIBRATION:
            ask(settings, device, "--calibrate", sensor, *values)
        done.touch()


def enrolment_request(settings: Settings, device: Device) -> dict[str, object]:
    """What the registrar enrols: the device's own signed request, and where it stands."""
    answer = ask(settings, device, "--possession", secrets.token_hex(NONCE_BYTES), device.place.subject)
    position = device.series.position if device.series else None
    latitude, longitude = position or (device.place.latitude, device.place.longitude)
    return {
        "subject": device.place.subject,
        "role": "device",
        "public": answer["public"],
        "possession": answer["possession"],
        "label": device.label,
        "latitude": latitude,
        "longitude": longitude,
        "model": f"sim-{device.place.kind}",
        "simulated": True,
    }
