"""From the command line, or the board's start, to the running device.

    micropython main.py CONFIG.json                            run until interrupted (SIGINT) or, with --until-eof,
                                                               until standard input ends
    micropython main.py CONFIG.json --possession NONCE SUBJECT print a proof for the registrar, as JSON
    micropython main.py CONFIG.json --info                     print what the store says, as JSON
    micropython main.py CONFIG.json --self-test                read every sensor once and print what it said, as JSON
    micropython main.py CONFIG.json --calibrate SENSOR KEY=VALUE …       set a sensor's calibration, and record it
    micropython main.py CONFIG.json --calibrate SENSOR POINT [NUMBER]    the same by what the sensor reads now
                                                                         (calibration_points.py)

The commands are for a device that does not run. Exit status 2: the configuration or the arguments are not usable.
"""

import asyncio
import json
import random
import sys

from civicroot_device import board as boards
from civicroot_device import config
from civicroot_device.app import App, reporter_of
from civicroot_device.boots import CRASH, Boots
from civicroot_device.calibration import Calibration
from civicroot_device.device import Device
from civicroot_device.errors import ConfigurationError
from civicroot_device.net import Network
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.store import Store
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.board import Board
    from civicroot_device.config import Configuration

USAGE = (
    "usage: main.py CONFIG.json"
    " [--possession NONCE SUBJECT | --info | --self-test | --calibrate SENSOR … | --until-eof]"
)


def main(arguments: "list[str]") -> None:
    """Do what the command line says; SystemExit with the status."""
    try:
        _run(arguments)
    except (ConfigurationError, OSError) as error:
        print("civicroot device: " + str(error), file=sys.stderr)
        raise SystemExit(2)


def _run(arguments: "list[str]") -> None:
    if not arguments:
        raise ConfigurationError(USAGE)
    configuration = config.load(arguments[0])
    board = boards.choose(configuration)
    rest = arguments[1:]
    boots = Boots(Flash(configuration.data))
    serving = rest in ([], ["--until-eof"])
    if configuration.radio is not None:
        from civicroot_device.tag import app as tag  # noqa: PLC0415 (not on a bin's heap)

        tag.prepare(configuration)
    elif serving:
        boots.begin(board.reset_reason())  # before anything that could fail
    # Before the key is made: an ESP32's random numbers are random only while its radio is on.
    network = Network(configuration.wifi)
    random.seed(int.from_bytes(board.random(4), "big"))  # for jitter alone
    store = Store(configuration.data, board.random, configuration.outbox_bytes)
    if not serving:
        print(json.dumps(_answer(configuration, board, store, boots, rest)))
    elif configuration.radio is not None:
        tag.serve(configuration, board, store, rest)
    else:
        store.begin()
        device = Device(configuration, board, store, boots, print)
        _serve(App(device, network.opener), device, bool(rest))


def _answer(
    configuration: "Configuration", board: "Board", store: Store, boots: Boots, rest: "list[str]"
) -> "dict[str, object]":
    """What a command prints. Raises ConfigurationError."""
    from civicroot_device import commands  # noqa: PLC0415 (not on a running device's heap)

    if rest == ["--info"]:
        return commands.info(store, boots, Calibration(store.flash))
    if len(rest) == 3 and rest[0] == "--possession":
        return dict(commands.prove_possession(store, configuration.realm, rest[1], rest[2]))
    if rest == ["--self-test"]:
        return commands.self_test(Device(configuration, board, store, boots, print))
    if len(rest) >= 3 and rest[0] == "--calibrate":
        store.begin()
        device = Device(configuration, board, store, boots, print)
        answer = commands.calibrate(device, reporter_of(device, configuration.kind, ()), rest[1], rest[2:])
        store.outbox.note()
        return answer
    raise ConfigurationError("arguments: " + " ".join(rest))


def _serve(app: App, device: Device, until_eof: bool) -> None:
    lapse_h = device.configuration.lapse_h
    try:
        if lapse_h is not None:
            from civicroot_simulator.day import lapse  # noqa: PLC0415 (tests alone)

            asyncio.run(lapse(app, device, lapse_h))
        else:
            asyncio.run(_until_eof(app) if until_eof else app.run())
    except KeyboardInterrupt:
        asyncio.run(app.stop())
    except Exception as error:  # noqa: BLE001 (reported, then the board starts again)
        sys.print_exception(error)
        device.board.restart(CRASH)


async def _until_eof(app: App) -> None:
    """Run the device until standard input ends, so that it does not outlive whoever started it."""
    running = asyncio.create_task(app.run())
    reader = asyncio.StreamReader(sys.stdin)
    while not running.done():
        try:
            if not await asyncio.wait_for(reader.read(64), LOOK_MS / 1000):
                await app.stop()
                break
        except asyncio.TimeoutError:
            continue
    await running
