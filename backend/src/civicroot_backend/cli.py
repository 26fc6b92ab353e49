"""The backend's sub-commands of `civicroot`: realm, enrol, backend."""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire.errors import WireError

from civicroot_backend import config, enrolment_request, keyfile, realm
from civicroot_backend.errors import BackendError, ConfigurationError
from civicroot_backend.telemetry.errors import TelemetryError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_commands(subparsers: "Subparsers") -> None:
    """Add the commands; each sets `func`, which returns the exit status."""
    _add_realm(subparsers)
    _add_enrol(subparsers)
    _add_backend(subparsers)


def _add_realm(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("realm", help="found a realm: keys, trust policy, configuration")
    init = parser.add_subparsers(required=True, metavar="ACTION").add_parser("init", help="write a new realm")
    init.add_argument("--realm", required=True, help="the city's permanent name, like example.city")
    init.add_argument("--dir", required=True, type=Path, help="folder for keys, policy and configuration")
    init.add_argument("--broker-url", default=realm.Addresses.broker_url)
    init.add_argument("--http-host", default=realm.Addresses.http_host)
    init.add_argument("--http-port", type=int, default=realm.Addresses.http_port)
    init.add_argument("--public-url", help="what QR codes begin with (default: the HTTP address)")
    init.set_defaults(func=_reporting(_realm_init))


def _add_enrol(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("enrol", help="enrol keys: sign with the registrar's key, send to the backend")
    parser.add_argument("--registrar-key", required=True, type=Path, help="key file of the registrar")
    parser.add_argument("--realm", required=True)
    parser.add_argument("--backend", required=True, metavar="URL", help="HTTP address of the backend")
    parser.add_argument("--from", dest="file", type=Path, metavar="FILE.jsonl", help="one JSON object a line")
    parser.add_argument("--subject", help="like bin/12")
    parser.add_argument("--role", help="device, gateway, …")
    parser.add_argument("--public", metavar="HEX", help="the new public key")
    parser.add_argument("--possession", metavar="HEX", help="the new key's signed request")
    parser.add_argument("--label", help="what people call the place")
    parser.add_argument("--latitude", metavar="DEGREES")
    parser.add_argument("--longitude", metavar="DEGREES")
    parser.add_argument("--model", help="hardware model")
    parser.add_argument("--simulated", action="store_true", default=None, help="the device only simulates")
    parser.set_defaults(func=_reporting(_enrol))


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


def _reporting(action: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action with its errors as one line on stderr and exit status 1."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (BackendError, TelemetryError, WireError) as error:
            print(f"civicroot: {error}", file=sys.stderr)
            return 1

    return reported


def _realm_init(arguments: argparse.Namespace) -> int:
    addresses = realm.Addresses(arguments.broker_url, arguments.http_host, arguments.http_port, arguments.public_url)
    path = realm.found_realm(arguments.realm, arguments.dir, addresses, int(time.time()))
    print(f"realm {arguments.realm} founded in {arguments.dir}")
    print(f"keep {realm.ROOT_KEY} offline, and {realm.REGISTRAR_KEY} where enrolments are made")
    print(f"start: civicroot backend run --config {path}")
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    registrar = keyfile.load(arguments.registrar_key)
    for request in _requests(arguments):
        signed = enrolment_request.sign(request, registrar, arguments.realm, int(time.time()))
        answer = enrolment_request.submit(arguments.backend, signed)
        print(json.dumps({"subject": request.subject} | answer), flush=True)
    return 0


def _requests(arguments: argparse.Namespace) -> Iterator[enrolment_request.Request]:
    names = ("subject", "role", "public", "possession", "label", "latitude", "longitude", "model", "simulated")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    if arguments.file is not None:
        if given:
            raise ConfigurationError(f"--from goes without --{', --'.join(given)}")
        return enrolment_request.from_lines(arguments.file)
    return iter([enrolment_request.from_mapping(given)])


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


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
