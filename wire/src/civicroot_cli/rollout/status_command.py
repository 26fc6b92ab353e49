"""`civicroot release status`."""

import argparse
import time
from typing import TYPE_CHECKING

from civicroot_cli.rollout import content, report, which_devices
from civicroot_cli.rollout.outcome import judge
from civicroot_cli.rollout.street import LOOK_BACK, NEVER, Street
from civicroot_cli.submission import City

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_action(actions: "Subparsers") -> None:
    """Add `status` to `civicroot release`."""
    parser = actions.add_parser(
        "status",
        help="how devices stand with a version, by what they say in their records",
        description="What each device says of a version, and when its last record came; then how many say what.",
    )
    parser.add_argument("--version", required=True, metavar="X.Y.Z", help="of the release")
    which_devices.add_options(parser)
    parser.set_defaults(func=_status)


def _status(arguments: argparse.Namespace) -> int:
    version = content.shown(content.version(arguments.version))
    with City(arguments.url) as city:
        street = Street(city, lambda: time.sleep(1.0))
        devices = street.devices()
        rows = []
        for subject in sorted(which_devices.subjects(arguments, street), key=which_devices.by_number):
            words = street.words(devices[subject].kid, NEVER, LOOK_BACK)
            rows.append((subject, judge(version, words).says, devices[subject].received))
    report.standing(version, rows, arguments.json)
    return report.EXIT_OK
