"""`civicroot register new | show | check | rebuild`."""

import argparse
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli import keyfile, public_log
from civicroot_cli.main import CommandError, printable
from civicroot_cli.verify import load_policy
from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm
from civicroot_wire.policy import Policy

from civicroot_backend.desk import lock, rebuild
from civicroot_backend.desk import register as registers
from civicroot_backend.desk.desk import REASONS
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Key
from civicroot_backend.desk.status_uri import uri_of

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_DIFFERS = 0, 1


def add_register(subparsers: "Subparsers") -> None:
    """Add `register`."""
    parser = subparsers.add_parser(
        "register",
        help="the registrar's register of keys and status indices",
        description="The register lies beside the registrar's key (registrar.register beside registrar.key).",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    new = actions.add_parser("new", help="an empty register, for a registrar key that has enrolled nobody")
    new.add_argument("--realm", required=True, help="the city's permanent name")
    _finish(new, _new)
    show = actions.add_parser("show", help="list its keys, a line of JSON each")
    _finish(show, _show)
    check = actions.add_parser(
        "check",
        help="compare it with the public log",
        description="Compare the register with the public log. Exit code 0: they agree; 1: they do not.",
    )
    _add_log(check)
    _finish(check, _check)
    again = actions.add_parser(
        "rebuild",
        help="make it again from the public log",
        description="Make the register again from the public log, every entry verified against the policy. A register "
        "that is there is kept under another name.",
    )
    _add_log(again)
    _finish(again, _rebuild)


def _add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address, or a folder with a copy")
    parser.add_argument("--policy", required=True, type=Path, metavar="FILE", help="the city's trust policy")
    parser.add_argument(
        "--predecessor",
        action="append",
        default=[],
        metavar="KID",
        help="an earlier registrar key, whose list and keys this one takes over",
    )


def _finish(parser: argparse.ArgumentParser, action: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("--registrar-key", required=True, type=Path, metavar="FILE", help="key file of the registrar")

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except WireError as error:
            raise CommandError(str(error)) from error
        except sqlite3.Error as error:
            raise RegisterError(f"{registers.path_of(arguments.registrar_key)}: {error}") from error

    parser.set_defaults(func=reported)


def _new(arguments: argparse.Namespace) -> int:
    registrar = keyfile.load(arguments.registrar_key)
    path = registers.path_of(arguments.registrar_key)
    registers.create(path, check_realm(arguments.realm), registrar.kid).close()
    print(path)
    return EXIT_OK


def _show(arguments: argparse.Namespace) -> int:
    register = registers.open_register(
        registers.path_of(arguments.registrar_key), keyfile.load(arguments.registrar_key).kid
    )
    names = {number: name for name, number in REASONS.items()}
    for key in register.all_keys():
        line = {
            "subject": key.subject,
            "role": key.role,
            "kid": key.kid.hex(),
            "uri": key.uri,
            "status_index": key.status_index,
            "enrolled": key.enrolled,
            "revoked": key.revoked,
            "reason": None if key.reason is None else names[key.reason],
        }
        print(json.dumps(line))
    register.close()
    return EXIT_OK


def _check(arguments: argparse.Namespace) -> int:
    registrar = keyfile.load(arguments.registrar_key)
    policy = load_policy(arguments.policy)
    path = registers.path_of(arguments.registrar_key)
    with lock.held(path):
        register = registers.open_register(path, registrar.kid)
        logged = _logged(arguments, policy, registrar.kid)
        lines = list(rebuild.differences(register, logged))
        register.close()
    print("\n".join([*(printable(line) for line in lines), f"{len(logged)} keys in the log, {len(lines)} differ"]))
    return EXIT_DIFFERS if lines else EXIT_OK


def _rebuild(arguments: argparse.Namespace) -> int:
    registrar = keyfile.load(arguments.registrar_key)
    policy = load_policy(arguments.policy)
    path = registers.path_of(arguments.registrar_key)
    fresh = path.with_name(path.name + ".new")
    with lock.held(path):
        logged = _logged(arguments, policy, registrar.kid)
        fresh.unlink(missing_ok=True)  # of an interrupted rebuild
        register = registers.create(fresh, policy.realm, registrar.kid)
        with register.together():
            for key in logged:
                register.write(key)
        register.close()
        if path.exists():
            kept = path.with_name(f"{path.name}.before-{int(time.time())}")
            path.rename(kept)
            print(f"the register that was there is {kept}")
        fresh.rename(path)
    print(f"{path}: {len(logged)} keys, {sum(key.revoked is not None for key in logged)} of them revoked")
    return EXIT_OK


def _logged(arguments: argparse.Namespace, policy: Policy, registrar: bytes) -> list[Key]:
    try:
        kids = {registrar, *(bytes.fromhex(kid) for kid in arguments.predecessor)}
    except ValueError as error:
        raise CommandError(f"--predecessor is a kid in hex: {error}") from error
    with public_log.opened(arguments.url, policy) as log:
        return rebuild.from_log(log, policy, kids, {uri_of(policy.realm, kid) for kid in kids})
