"""`civicroot provision`: identify, test, enrol, configure and label devices at the USB port, one or a box of them."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import printable

from . import box_list, calibration_points
from .box_list import Row
from .errors import ListError
from .unlock_command import add_unlock

if TYPE_CHECKING:
    from .options import Options

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
        "Exit code 0: all is done; 1: something was refused; 2: it could not be done; 3: it waits for the registrar, "
        "the operator or a first reading.",
    )
    parser.add_argument("--site", required=True, type=Path, metavar="FILE.toml", help="what all devices have in common")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("provisioned"),
        metavar="FOLDER",
        help="journal, labels, photos, what is queued (default: %(default)s)",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", type=Path, metavar="LIST.csv", help="a box of devices, one after the other")
    which.add_argument("--subject", help="one device, like bin/12")
    parser.add_argument("--port", help="serial port (default: the one at which there is a board)")
    parser.add_argument("--registrar-key", type=Path, metavar="FILE", help="enrol at once; else it is queued")
    parser.add_argument(
        "--operator-key",
        type=Path,
        metavar="FILE",
        help="sign the site file's [configuration] at once; else it is queued",
    )
    parser.add_argument(
        "--calibrate",
        action="append",
        default=[],
        metavar="SENSOR:POINT[:NUMBER]",
        help="before the self-test, like weight:tare with the bin empty; may be repeated",
    )
    parser.add_argument("--allow-faults", action="store_true", help="go on although the self-test fails")
    parser.add_argument("--start-over", action="store_true", help="forget what an unfinished device was told")
    parser.add_argument(
        "--broken",
        action="append",
        default=[],
        metavar="KID",
        help="give up the device with this key, which broke before it was configured: the next one takes its row",
    )
    parser.add_argument("--font", type=Path, metavar="FILE", help="for the PDF (default: one that has the letters)")
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT_SECONDS,
        metavar="SECONDS",
        help="how long for first readings, in all (default: %(default).0f)",
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything that was given, touch nothing")
    _add_row(parser.add_argument_group("one device", "with --subject, as in the columns of a list"))
    _add_flashing(parser.add_argument_group("flashing", "of boards that do not answer; one that does is left as it is"))
    parser.set_defaults(func=_provision)


def _add_row(group: "argparse._ArgumentGroup") -> None:
    for name, shown, text in (
        ("asset", "NUMBER", "number of the city's inventory, on the label"),
        ("label", "TEXT", "what people call the place"),
        ("latitude", "DEGREES", "north of the equator, like 37.5665"),
        ("longitude", "DEGREES", "east of Greenwich, like 126.9780"),
        ("model", "NAME", "hardware that the board must be, like smart-bin"),
        ("photo", "FILE", "JPEG or PNG of where it hangs; a copy without metadata is kept"),
    ):
        group.add_argument(f"--{name}", default="", metavar=shown, help=text)


def _add_flashing(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--flash", type=Path, metavar="IMAGE", help="MicroPython's image for the chip")
    group.add_argument("--firmware", type=Path, metavar="FOLDER", help="the checkout's firmware folder")
    group.add_argument("--board", default="smart_bin", metavar="NAME", help="smart_bin (default) or tree_tag")


def _provision(arguments: argparse.Namespace) -> int:
    # The first one says what to install if the extra is not there; help needs none of them.
    from . import port, preflight, site  # noqa: PLC0415, F401
    from .run import Run  # noqa: PLC0415

    # Everything that can be wrong on paper is found before a device is touched.
    found, rows = site.load(arguments.site), _rows(arguments)
    options = _options(arguments)
    policy = preflight.check(arguments, found, rows, options)
    if arguments.dry_run:
        for row in rows:
            print(json.dumps({name: value for name, value in asdict(row).items() if value}, ensure_ascii=False))
        print(f"nothing is wrong; {_counted(len(rows))} of {found.realm}; nothing was touched")
        return 0
    _make(arguments.out)
    run = Run(found, rows, policy, arguments.out, options, _say)
    return run.all(arguments.port, arguments.wait, preflight.firmware(arguments), arguments.batch is not None)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ListError(f"cannot create {folder}: {error.strerror}") from error


def _counted(devices: int) -> str:
    return "1 device" if devices == 1 else f"{devices} devices"


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
    from .label_pdf import Font  # noqa: PLC0415
    from .options import Options  # noqa: PLC0415

    return Options(
        registrar_key=arguments.registrar_key,
        operator_key=arguments.operator_key,
        calibrate=[calibration_points.parse(text) for text in arguments.calibrate],
        allow_faults=arguments.allow_faults,
        start_over=arguments.start_over,
        broken=arguments.broken,
        font=None if arguments.font is None else Font(arguments.font),
    )


def _say(text: str) -> None:
    print(printable(text), flush=True)
