"""`civicroot provision`: identify, test, enrol, configure and label devices at the USB port, one or a box of them."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli import verify
from civicroot_cli.main import CommandError, printable

from . import box_list
from . import site as sites
from .box_list import Row
from .errors import ListError
from .unlock_command import add_unlock

if TYPE_CHECKING:
    from .crew import Options
    from .flashing import Firmware

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

WAIT_SECONDS = 120.0  # a reading goes through gateway and log in under a minute


def add_commands(subparsers: "Subparsers") -> None:
    """Add `provision` and `unlock`."""
    add_unlock(subparsers)
    parser = subparsers.add_parser(
        "provision",
        help="identify, test, enrol, configure and label devices at the USB port",
        description="Takes a device at the USB port from its box to the street: self-test, enrolment, configuration, "
        "label, first verified reading. Run the same command again after any interruption: it goes on where it was. "
        "Exit code 0: all is done; 1: something was refused; 2: it could not be done; 3: the registrar or the first "
        "reading is waited for.",
    )
    parser.add_argument("--site", required=True, type=Path, metavar="FILE.toml", help="what all devices have in common")
    parser.add_argument("--out", type=Path, default=Path("provisioned"), metavar="FOLDER", help="journal and labels")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", type=Path, metavar="LIST.csv", help="a box of devices, one after the other")
    which.add_argument("--subject", help="one device, like bin/12")
    for name in box_list.COLUMNS[1:]:
        parser.add_argument(f"--{name}", default="", help=f"with --subject: as the list's column {name}")
    parser.add_argument("--port", help="serial port (default: the one at which there is a board)")
    parser.add_argument("--registrar-key", type=Path, metavar="FILE", help="enrol at once; else it is queued")
    parser.add_argument(
        "--calibrate",
        action="append",
        default=[],
        metavar="SENSOR:POINT[:NUMBER]",
        help="before the self-test, like weight:tare with the bin empty",
    )
    parser.add_argument("--allow-faults", action="store_true", help="go on although the self-test fails")
    parser.add_argument("--start-over", action="store_true", help="forget what an unfinished device was told")
    parser.add_argument("--font", type=Path, metavar="FILE", help="for the PDF (default: one that has the letters)")
    parser.add_argument("--wait", type=float, default=WAIT_SECONDS, metavar="SECONDS", help="for first readings")
    parser.add_argument("--dry-run", action="store_true", help="check everything that was given, touch nothing")
    flashing = parser.add_argument_group("flashing", "for boards that have no firmware yet")
    flashing.add_argument("--flash", type=Path, metavar="IMAGE", help="MicroPython's image for the chip")
    flashing.add_argument("--firmware", type=Path, metavar="FOLDER", help="the checkout's firmware folder")
    flashing.add_argument("--board", default="smart_bin", help="what the board is (default: %(default)s)")
    parser.set_defaults(func=_provision)


def _provision(arguments: argparse.Namespace) -> int:
    # Everything that can be wrong on paper is found before a device is touched.
    site = sites.load(arguments.site)
    rows = _rows(arguments)
    policy = verify.load_policy(site.policy)
    if policy.realm != site.realm:
        raise ListError(f"{site.policy} is the policy of {policy.realm}, not of {site.realm}")
    options = _options(arguments)
    if arguments.dry_run:
        for row in rows:
            print(json.dumps({name: value for name, value in asdict(row).items() if value}, ensure_ascii=False))
        print(f"{len(rows)} devices of {site.realm}; nothing was touched")
        return 0
    from .run import Run  # noqa: PLC0415 (needs the extra; help and --dry-run do not)

    arguments.out.mkdir(parents=True, exist_ok=True)
    run = Run(site, rows, policy, arguments.out, options, _say)
    return run.all(arguments.port, arguments.wait, _firmware(arguments), arguments.batch is not None)


def _rows(arguments: argparse.Namespace) -> list[Row]:
    given = {name: getattr(arguments, name) for name in box_list.COLUMNS[1:]}
    if arguments.batch is not None:
        if any(given.values()):
            raise ListError(f"--batch goes without --{', --'.join(name for name, value in given.items() if value)}")
        return box_list.load(arguments.batch)
    values = given | {"subject": arguments.subject}
    faults = [f"--{column}: {what}" for column, what in box_list.check(values, Path())]
    if faults:
        raise ListError("; ".join(faults))
    return [box_list.row_of(values, Path())]


def _options(arguments: argparse.Namespace) -> "Options":
    from .crew import Options  # noqa: PLC0415 (draws labels, so it needs the extra)
    from .label_pdf import Font  # noqa: PLC0415

    return Options(
        registrar_key=arguments.registrar_key,
        calibrate=[calibration(text) for text in arguments.calibrate],
        allow_faults=arguments.allow_faults,
        start_over=arguments.start_over,
        font=None if arguments.font is None else Font(arguments.font),
    )


def calibration(text: str) -> tuple[str, str, int | None]:
    """(sensor, point, known number) of SENSOR:POINT[:NUMBER]. CommandError."""
    parts = text.split(":")
    try:
        if len(parts) not in (2, 3) or not all(parts):
            raise ValueError
        return parts[0], parts[1], int(parts[2]) if len(parts) == 3 else None
    except ValueError as error:
        raise CommandError(f"--calibrate {text}: it is SENSOR:POINT or SENSOR:POINT:NUMBER") from error


def _firmware(arguments: argparse.Namespace) -> "Firmware | None":
    if arguments.flash is None:
        return None
    if arguments.firmware is None:
        raise CommandError("--flash goes with --firmware")
    from .flashing import Firmware  # noqa: PLC0415

    return Firmware(arguments.firmware, arguments.flash, arguments.board)


def _say(text: str) -> None:
    print(printable(text), flush=True)
