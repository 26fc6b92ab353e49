"""Everything that can be wrong before a device is touched, and before the city is asked: all of it is said at once."""

import argparse
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from civicroot_wire.policy import Policy

from civicroot_cli import keyfile, verify
from civicroot_cli.main import CommandError

from . import calibration_points, enrolling, flashing, label_pdf, labels, port
from .box_list import Row
from .errors import ListError
from .flashing import Firmware
from .journal import Journal
from .options import Options
from .run import JOURNAL
from .site import Site

KID = "0" * 16  # on the labels that are drawn to see whether they can be
MAX_WAIT = 86_400.0  # seconds


def check(arguments: argparse.Namespace, site: Site, rows: list[Row], options: Options) -> Policy:
    """The city's trust policy, if nothing is wrong. Raises ListError with everything that is."""
    policies: list[Policy] = []
    checks: list[Callable[[], None]] = [
        lambda: policies.append(_policy(site)),
        lambda: _registrar(options.registrar_key, policies),
        lambda: _operator(site, options.operator_key),
        lambda: calibration_points.check(options.calibrate),
        lambda: _labels(site, rows, options),
        lambda: _out(arguments.out),
        lambda: _flashing(arguments),
        lambda: _port(arguments),
        lambda: _wait(arguments.wait),
        lambda: _broken(options.broken),
    ]
    faults = list(_faults(checks))
    if faults:
        raise ListError("; ".join(faults))
    return policies[0]


def firmware(arguments: argparse.Namespace) -> Firmware | None:
    """What is to be flashed. CommandError if only half of it is said."""
    if (arguments.flash is None) != (arguments.firmware is None):
        raise CommandError("--flash and --firmware go together")
    return None if arguments.flash is None else Firmware(arguments.firmware, arguments.flash, arguments.board)


def _faults(checks: list[Callable[[], None]]) -> Iterator[str]:
    for one in checks:
        try:
            one()
        except CommandError as error:
            yield str(error)


def _policy(site: Site) -> Policy:
    found = verify.load_policy(site.policy)
    if found.realm != site.realm:
        raise ListError(f"{site.policy} is the policy of {found.realm}, not of {site.realm}")
    return found


def _registrar(key: Path | None, policies: list[Policy]) -> None:
    if key is None:
        return
    enrolling.check_desk(key)
    kid = keyfile.load(key).kid
    for policy in policies:
        if not any(one.kid == kid and one.last is None for one in policy.registrars):
            raise ListError(f"{key} is the key of no registrar of {policy.realm}, as its policy says")


def _operator(site: Site, key: Path | None) -> None:
    if key is None:
        return
    if not site.settings:
        raise ListError("--operator-key is for the site file's [configuration], and there is none")
    if keyfile.load(key).public.hex() != site.keys["operator"]:
        raise ListError(f"{key} is not the key that the site file names as operator: no device would follow it")


def _labels(site: Site, rows: list[Row], options: Options) -> None:
    label_pdf.check([labels.of(row, site, KID) for row in rows], options.font)


def _out(folder: Path) -> None:
    """The folder can be written, or made; what an earlier run left in it can be read."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise ListError(f"--out {folder}: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ListError(f"--out {folder}: you may not write to {there}")
    Journal(folder / JOURNAL)


def _flashing(arguments: argparse.Namespace) -> None:
    found = firmware(arguments)
    if found is not None:
        flashing.check(found)


def _port(arguments: argparse.Namespace) -> None:
    # A box's next device may be plugged in later, and who is only waited for need not be plugged in at all.
    if arguments.port is not None and (Path(arguments.port).exists() or (arguments.dry_run and not arguments.batch)):
        port.check(arguments.port)


def _wait(seconds: float) -> None:
    if not 0 <= seconds <= MAX_WAIT:
        raise ListError(f"--wait is from 0 to {MAX_WAIT:.0f} seconds")


def _broken(kids: list[str]) -> None:
    for kid in kids:
        if re.fullmatch("[0-9a-f]{16}", kid) is None:
            raise ListError(f"--broken {kid} is no key's number: 16 digits of 0 to 9 and a to f, as the journal has it")
