"""Which devices a command is about: all of a kind, or those of a list."""

import argparse
from pathlib import Path

from civicroot_cli import files
from civicroot_cli.main import CommandError
from civicroot_cli.rollout.street import Street

MAX_LIST = 4 * 1024 * 1024  # bytes of a list of subjects


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which ones, of which city, and how the answer is printed."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--kind", help="all devices of a kind, like bin")
    which.add_argument("--subjects", type=Path, metavar="FILE", help="a list of them, one a line, # for remarks")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")
    parser.add_argument("--json", action="store_true", help="lines of JSON")


def subjects(arguments: argparse.Namespace, street: Street) -> list[str]:
    """CommandError if there are none, or one of them has no device."""
    devices = street.devices()
    if arguments.subjects is None:
        found = [subject for subject in devices if subject.partition("/")[0] == arguments.kind]
    else:
        lines = files.read(arguments.subjects, MAX_LIST).decode(errors="replace").splitlines()
        found = [name for name in (line.partition("#")[0].strip() for line in lines) if name]
    unknown = [subject for subject in found if subject not in devices]
    if unknown or not found:
        raise CommandError(f"no device is enrolled as {', '.join(unknown)}" if unknown else "there are no such devices")
    return found


def by_number(subject: str) -> tuple[str, int, str]:
    """To sort by: bin/2 comes before bin/10."""
    kind, _, name = subject.partition("/")
    return kind, int(name) if name.isascii() and name.isdecimal() else 0, name
