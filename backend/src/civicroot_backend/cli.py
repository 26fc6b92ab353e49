"""The backend's sub-commands of `civicroot`: realm, backend, and those of the registrar's desk, device among them."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire.errors import WireError

from civicroot_backend import config
from civicroot_backend.audit_trail.command import add_audit_trail
from civicroot_backend.ceremony.commands import add_realm
from civicroot_backend.claims.command import add_forget_card, forget_card
from civicroot_backend.desk import commands as desk
from civicroot_backend.desk.device_command import add_device
from civicroot_backend.desk.enrolments_command import add_enrolments
from civicroot_backend.errors import ArtefactRefused, BackendError
from civicroot_backend.inventory import command as inventory
from civicroot_backend.people.command import add_account
from civicroot_backend.telemetry.errors import TelemetryError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_commands(subparsers: "Subparsers") -> None:
    """Add the commands; each sets `func`, which returns the exit status."""
    add_realm(subparsers)
    desk.add_commands(subparsers)
    add_device(subparsers)
    add_enrolments(subparsers)
    _add_backend(subparsers)
    inventory.add_inventory(subparsers).set_defaults(func=_reporting(inventory.run))


def _add_backend(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("backend", help="run the city's backend")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, action, text in (
        ("run", _run, "serve until SIGTERM"),
        ("rebuild-telemetry", _rebuild, "empty the telemetry store and fill it from the records"),
    ):
        command = actions.add_parser(name, help=text)
        command.add_argument("--config", required=True, type=Path)
        command.set_defaults(func=_reporting(action))
    add_forget_card(actions).set_defaults(func=_reporting(forget_card))
    add_account(actions, _reporting)
    add_audit_trail(actions, _reporting)
    offer = actions.add_parser(
        "offer",
        help="give out files to gateways, by their SHA-256",
        description="Put files, like those of a release, into the public store. Gateways fetch them in pieces, once, "
        "for all devices that a signed message told of them. The backend may run meanwhile.",
    )
    offer.add_argument("--config", required=True, type=Path)
    offer.add_argument("files", nargs="+", type=Path, metavar="FILE")
    offer.set_defaults(func=_reporting(_offer))


def _reporting(action: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action with its errors as one line on stderr and exit status 1."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (BackendError, TelemetryError, WireError) as error:
            print(f"civicroot: {error}", file=sys.stderr)
            return 1

    return reported


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: the other commands need neither web server nor database engine, and start at once.
    from civicroot_backend import run  # noqa: PLC0415

    _log_to_stderr()
    return run.run(config.load(arguments.config, os.environ))


def _rebuild(arguments: argparse.Namespace) -> int:
    from civicroot_backend import run  # noqa: PLC0415 - see _run

    _log_to_stderr()
    print(f"{run.rebuild_telemetry(config.load(arguments.config, os.environ))} records")
    return 0


def _offer(arguments: argparse.Namespace) -> int:
    from civicroot_backend.artefacts import shelf  # noqa: PLC0415 - see _run
    from civicroot_backend.store.open import open_store  # noqa: PLC0415

    store = open_store(config.load(arguments.config, os.environ).store_url)
    try:
        for path in arguments.files:
            try:
                content = path.read_bytes()
            except OSError as error:
                raise ArtefactRefused(f"{path}: {error}") from error
            print(f"{shelf.offer(store, content).hex()} {len(content)} {path}")
    finally:
        store.close()
    return 0


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
