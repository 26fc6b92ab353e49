"""`civicroot enrol | revoke | rotate | status-list | register`: the registrar's desk on a command line."""

import argparse
import json
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli import keyfile
from civicroot_cli.main import CommandError, printable
from civicroot_cli.submission import City
from civicroot_wire import keys
from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm
from civicroot_wire.sodium import Signer

from civicroot_backend import enrolment_request
from civicroot_backend.desk import desk as desks
from civicroot_backend.desk import lock
from civicroot_backend.desk import register as registers
from civicroot_backend.desk.desk import Desk, Done, Refusal
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Register
from civicroot_backend.desk.register_command import add_register
from civicroot_backend.enrolment_request import EnrolmentRequestError, Request

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_REFUSED = 0, 1
_FIELDS = ("subject", "role", "public", "possession", "label", "latitude", "longitude", "model", "simulated")


def add_commands(subparsers: "Subparsers") -> None:
    """Add the desk's commands."""
    _add_enrol(subparsers)
    _add_revoke(subparsers)
    _add_rotate(subparsers)
    _add_status_list(subparsers)
    add_register(subparsers)


def _add_enrol(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser(
        "enrol",
        help="enrol keys: sign with the registrar's key, have it logged",
        description="Enrol keys that asked for it. Each enrolment gets a status index, kept in the register beside the "
        "registrar's key before anything is sent; run it again after an interruption. Prints a line of JSON for each. "
        "Exit code 0: all are enrolled; 1: some were refused; 2: it could not be done.",
    )
    add_desk(parser)
    parser.add_argument("--from", dest="file", type=Path, metavar="FILE.jsonl", help="one JSON object a line")
    parser.add_argument("--subject", help="like bin/12")
    parser.add_argument("--role", help="device, gateway, organisation, …")
    parser.add_argument("--public", metavar="HEX", help="the new public key")
    parser.add_argument("--possession", metavar="HEX", help="the new key's signed request")
    parser.add_argument("--label", help="what people call the place")
    parser.add_argument("--latitude", metavar="DEGREES")
    parser.add_argument("--longitude", metavar="DEGREES")
    parser.add_argument("--model", help="hardware model")
    parser.add_argument("--simulated", action="store_true", default=None, help="the device only simulates")
    parser.set_defaults(func=reporting(_enrol))


def _add_revoke(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser(
        "revoke",
        help="withdraw a key, for everything that is logged from then on",
        description="Withdraw a key. What was logged before stays valid. A status list is published just before and "
        "just after, so that proofs of earlier readings can show that the key was valid then.",
    )
    parser.add_argument("who", metavar="KID|SUBJECT", help="the key's kid, or a subject that has one valid key")
    reasons = sorted(name for name in desks.REASONS if name != "rotated")
    parser.add_argument("--reason", required=True, choices=reasons, help="why; a rotation is `civicroot rotate`")
    parser.add_argument("--last-seq", type=int, metavar="N", help="the last number that the key used, if known")
    add_desk(parser)
    parser.set_defaults(func=reporting(_revoke))


def _add_rotate(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser(
        "rotate",
        help="replace a key by its successor",
        description="Enrol a new key of the same subject and role, then withdraw the old one, naming its last number "
        "and its successor. What the old key signed up to that number stays valid even if it is logged later.",
    )
    parser.add_argument("who", metavar="OLD", help="the old key's kid, or a subject that has one valid key")
    parser.add_argument(
        "--new", type=Path, required=True, metavar="FILE", help="the new key's request: one JSON object, as for enrol"
    )
    parser.add_argument("--last-seq", type=int, required=True, metavar="N", help="the last number the old key used")
    add_desk(parser)
    parser.set_defaults(func=reporting(_rotate))


def _add_status_list(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("status-list", help="publish which keys are revoked")
    publish = parser.add_subparsers(required=True, metavar="ACTION", title="actions").add_parser(
        "publish",
        help="sign the current list and have it logged",
        description="Sign the status list as it is now and have it logged, so that proofs of everything before it can "
        "show `not revoked`. Meant for cron; sends first what an interrupted command left pending.",
    )
    publish.add_argument(
        "--if-grown", action="store_true", help="only if something was logged since this registrar's last list"
    )
    publish.add_argument(
        "--every",
        type=float,
        metavar="SECONDS",
        help="do so again and again until SIGINT or SIGTERM, where cron is not",
    )
    add_desk(publish)
    publish.set_defaults(func=reporting(_publish))


def add_desk(parser: argparse.ArgumentParser) -> None:
    """What every command of the desk takes."""
    parser.add_argument("--registrar-key", required=True, type=Path, metavar="FILE", help="key file of the registrar")
    parser.add_argument("--realm", help="the city's permanent name (default: the register's)")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")


def reporting(action: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action with everything that the person at the desk can mend as one line."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (EnrolmentRequestError, WireError) as error:
            raise CommandError(str(error)) from error
        except sqlite3.Error as error:
            raise RegisterError(f"{registers.path_of(arguments.registrar_key)}: {error}") from error

    return reported


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[tuple[Desk, Register]]:
    """The desk of these arguments, which nobody else works at meanwhile. Raises CommandError."""
    registrar: Signer = keyfile.load(arguments.registrar_key)
    path = registers.path_of(arguments.registrar_key)
    with City(arguments.url) as city, lock.held(path):
        register = registers.open_register(path, registrar.kid)
        try:
            if arguments.realm is not None and check_realm(arguments.realm) != register.realm:
                raise CommandError(f"{path} is a register of {register.realm}, not of {arguments.realm}")
            yield Desk(register, registrar, city, time.time), register
        finally:
            register.close()


def _enrol(arguments: argparse.Namespace) -> int:
    requests = _requests(arguments)
    code = EXIT_OK
    with opened(arguments) as (desk, _):
        for done in desk.resume():
            code = max(code, say(done))
        for done in desk.enrol(requests):
            code = max(code, say(done))
    return code


def _revoke(arguments: argparse.Namespace) -> int:
    with opened(arguments) as (desk, register):
        _resume(desk)
        key = desks.find(register, arguments.who)
        return say(desk.revoke(key, desks.REASONS[arguments.reason], arguments.last_seq))


def _rotate(arguments: argparse.Namespace) -> int:
    requests = list(enrolment_request.from_lines(arguments.new))
    if len(requests) != 1:
        raise CommandError(f"{arguments.new} must hold one request, not {len(requests)}")
    with opened(arguments) as (desk, register):
        _resume(desk)
        for done in desk.rotate(desks.find(register, arguments.who), requests[0], arguments.last_seq):
            say(done)
    return EXIT_OK


def _resume(desk: Desk) -> None:
    for done in desk.resume():
        say(done)


def _publish(arguments: argparse.Namespace) -> int:
    return repeated(arguments, _publish_once)


def repeated(arguments: argparse.Namespace, once: Callable[[argparse.Namespace], int]) -> int:
    """Do it once; with --every again and again, until SIGINT or SIGTERM. Raises CommandError."""
    if arguments.every is None:
        return once(arguments)
    if not arguments.every > 0:
        raise CommandError("--every must be over 0")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while True:
        try:
            once(arguments)
        except (CommandError, sqlite3.Error) as error:  # the next time may be better; what is late harms nobody
            print(f"civicroot: {printable(str(error))}", file=sys.stderr, flush=True)
        time.sleep(arguments.every)


def _publish_once(arguments: argparse.Namespace) -> int:
    with opened(arguments) as (desk, register):
        _resume(desk)
        if arguments.if_grown and not _grown(arguments.url, register):
            return EXIT_OK
        for listed in desk.publish():
            found = {"uri": listed.uri, "index": listed.index, "keys": listed.keys, "revoked": listed.revoked}
            print(json.dumps(found), flush=True)
    return EXIT_OK


def _grown(url: str, register: Register) -> bool:
    """Whether the log has entries after this register's last list. The size is the server's word: it costs one list."""
    last = [register.last_list(uri) for uri in register.uris()]
    with City(url) as city:
        lines = city.get("/log/checkpoint").split(b"\n")
    if len(lines) < 2 or not lines[1].isdigit():
        raise CommandError(f"{url} serves no checkpoint")
    return any(one is None or int(lines[1]) > one[0] + 1 for one in last)


def say(done: Done | Refusal) -> int:
    """One line for each statement; what was refused goes to stderr."""
    if isinstance(done, Refusal):
        print(f"civicroot: {done.kind} of {printable(done.subject)}: {printable(str(done.error))}", file=sys.stderr)
        return EXIT_REFUSED
    key = done.key
    line: dict[str, object] = {"kind": done.kind, "subject": key.subject, "kid": key.kid.hex(), "index": done.index}
    if key.status_index is not None:
        line["status_index"] = key.status_index
    line["thumbprint"] = keys.thumbprint(key.public).hex()
    print(json.dumps(line), flush=True)
    return EXIT_OK


def _requests(arguments: argparse.Namespace) -> Iterator[Request]:
    given = {name: getattr(arguments, name) for name in _FIELDS if getattr(arguments, name) is not None}
    if arguments.file is not None:
        if given:
            raise CommandError(f"--from goes without --{', --'.join(given)}")
        return enrolment_request.from_lines(arguments.file)
    return iter([enrolment_request.from_mapping(given)])
