"""From the command line, or the board's start, to the running device.

    micropython main.py CONFIG.json                            run until interrupted (SIGINT) or, with --until-eof,
                                                               until standard input ends
    micropython main.py CONFIG.json --possession NONCE SUBJECT print a proof for the registrar, as JSON
    micropython main.py CONFIG.json --info                     print what the store says, as JSON

The commands are for a device that does not run. Exit status 2: the configuration or the arguments are not usable.
"""

import asyncio
import json
import random
import sys

from civicroot_device import board as boards
from civicroot_device import commands, config
from civicroot_device.app import App
from civicroot_device.boots import CRASH, Boots
from civicroot_device.device import Device
from civicroot_device.errors import ConfigurationError
from civicroot_device.net import Network
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.store import Store
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.board import Board

USAGE = "usage: main.py CONFIG.json [--possession NONCE SUBJECT | --info | --until-eof]"


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
    if serving:
        boots.begin(board.reset_reason())  # before anything that could fail
    # Before the key is made: an ESP32's random numbers are random only while its radio is on.
    network = Network(configuration.wifi)
    random.seed(int.from_bytes(board.random(4), "big"))  # for jitter alone
    store = Store(configuration.data, board.random, configuration.outbox_bytes)
    if serving:
        store.begin()
        device = Device(configuration, board, store, boots, print)
        _serve(App(device, network.opener), board, bool(rest))
    elif rest == ["--info"]:
        print(json.dumps(commands.info(store, boots)))
    elif len(rest) == 3 and rest[0] == "--possession":
        print(json.dumps(commands.prove_possession(store, configuration.realm, rest[1], rest[2])))
    else:
        raise ConfigurationError("arguments: " + " ".join(rest))


def _serve(app: App, board: "Board", until_eof: bool) -> None:
    try:
        asyncio.run(_until_eof(app) if until_eof else app.run())
    except KeyboardInterrupt:
        asyncio.run(app.stop())
    except Exception as error:  # noqa: BLE001 (reported, then the board starts again)
        sys.print_exception(error)
        board.restart(CRASH)


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
