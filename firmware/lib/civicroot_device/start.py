"""From the command line, or the board's start, to the running device.

    micropython main.py CONFIG.json                            run until interrupted (SIGINT; simulation/interrupt.py
                                                               says how that is safe) or, with --until-eof, until
                                                               standard input ends
    micropython main.py CONFIG.json --possession NONCE SUBJECT print a proof for the registrar, as JSON
    micropython main.py CONFIG.json --info                     print what the store says, as JSON
    micropython main.py CONFIG.json --self-test                read every sensor once and print what it said, as JSON
    micropython main.py CONFIG.json --calibrate SENSOR KEY=VALUE …       set a sensor's calibration, and record it
    micropython main.py CONFIG.json --calibrate SENSOR POINT [NUMBER]    the same by what the sensor reads now
                                                                         (calibration_points.py)

With factory.json beside CONFIG.json the device is provisioned over standard input and output before it runs, and
answers there while it does (provisioning/). The commands are for a device that does not run. Exit status 2: the
configuration or the arguments are not usable.
"""

import gc
import json
import random
import sys

from civicroot_device import board as boards
from civicroot_device import config
from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning import needed
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.board import Board
    from civicroot_device.boots import Boots
    from civicroot_device.config import Configuration

# Collecting often keeps what lives long together at the heap's lower end: when it was collected only when it was full,
# 200 KB were free after an hour in pieces of at most 6 KB, and a page for the display needs 5 KB in one piece.
GARBAGE_BYTES = 65_536
USAGE = (
    "usage: main.py CONFIG.json"
    " [--possession NONCE SUBJECT | --info | --self-test | --calibrate SENSOR … | --until-eof]"
)


def main(arguments: "list[str]") -> None:
    """Do what the command line says; SystemExit with the status."""
    gc.threshold(GARBAGE_BYTES)
    try:
        _run(arguments)
    except (ConfigurationError, OSError) as error:
        print("civicroot device: " + str(error), file=sys.stderr)
        raise SystemExit(2)


def _run(arguments: "list[str]") -> None:
    if not arguments:
        raise ConfigurationError(USAGE)
    rest = arguments[1:]
    serving = rest in ([], ["--until-eof"])
    usb = needed.look(arguments[0]) if serving else needed.NOTHING
    if usb == needed.FIRST:
        from civicroot_device.provisioning import usb as port  # noqa: PLC0415 (once in the life of a device)

        port.first(arguments[0])
        return
    try:
        configuration = config.load(arguments[0])
    except ConfigurationError as error:
        if usb != needed.BESIDE:
            raise
        from civicroot_device.provisioning import unusable  # noqa: PLC0415 (once in the life of few devices)

        unusable.serve(arguments[0], str(error))
        return
    board = boards.choose(configuration)
    asked_at = arguments[0] if usb == needed.BESIDE else ""
    if configuration.radio is not None:
        _run_tag(configuration, board, rest, serving, asked_at)
    else:
        _run_networked(configuration, board, rest, serving, asked_at)


def _run_tag(configuration: "Configuration", board: "Board", rest: "list[str]", serving: bool, asked_at: str) -> None:
    """A wake of a tag imports nothing that only a device with Wi-Fi needs: it would cost battery each time."""
    from civicroot_device.tag import app as tag  # noqa: PLC0415 (not on a bin's heap)

    visit = None
    if asked_at:
        from civicroot_device.provisioning.visit import Visit  # noqa: PLC0415 (only devices that answer on USB)

        visit = Visit(configuration, board, asked_at)
    store = _open(configuration, board)
    if serving:
        tag.serve(configuration, board, store, rest, visit)
    else:
        from civicroot_device.boots import Boots  # noqa: PLC0415 (a tag counts no starts)

        print(json.dumps(_answer(configuration, board, store, Boots(Flash(configuration.data)), rest)))


def _run_networked(
    configuration: "Configuration", board: "Board", rest: "list[str]", serving: bool, asked_at: str
) -> None:
    """`asked_at`: path of the configuration of a device that answers on USB; "" for one that does not."""
    from civicroot_device.boots import Boots  # noqa: PLC0415 (not in a tag's wakes)

    boots = Boots(Flash(configuration.data))
    if serving:
        boots.begin(board.reset_reason())  # before anything that could fail
    from civicroot_device.net import Network  # noqa: PLC0415 (not in a tag's wakes)

    network = Network(configuration.wifi)
    store = _open(configuration, board)
    if serving:
        from civicroot_device import serving as run  # noqa: PLC0415
        from civicroot_device.device import Device  # noqa: PLC0415

        store.begin()
        run.serve(Device(configuration, board, store, boots, print), network, bool(rest), asked_at)
    else:
        print(json.dumps(_answer(configuration, board, store, boots, rest)))


def _open(configuration: "Configuration", board: "Board") -> Store:
    random.seed(int.from_bytes(board.random(4), "big"))  # for jitter alone
    return Store(configuration.data, board.secret, configuration.outbox_bytes)


def _answer(
    configuration: "Configuration", board: "Board", store: Store, boots: "Boots", rest: "list[str]"
) -> "dict[str, object]":
    """What a command prints. Raises ConfigurationError."""
    from civicroot_device import commands  # noqa: PLC0415 (not on a running device's heap)
    from civicroot_device.app import reporter_of  # noqa: PLC0415
    from civicroot_device.calibration import Calibration  # noqa: PLC0415
    from civicroot_device.device import Device  # noqa: PLC0415

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
