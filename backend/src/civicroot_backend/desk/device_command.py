"""`civicroot device move | replace | retire | rotate-key | queue | resume`: what becomes of devices in the street."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicroot_cli import keyfile
from civicroot_cli.main import CommandError, Refused, printable
from civicroot_cli.submission import City

from civicroot_backend import enrolment_request
from civicroot_backend.desk import commands, errand, errand_check, lock
from civicroot_backend.desk import desk as desks
from civicroot_backend.desk import register as registers
from civicroot_backend.desk.caretaker import Caretaker
from civicroot_backend.desk.desk import Desk
from civicroot_backend.desk.errand import MOVE, REPLACE, RETIRE, ROTATE, Errand, Queue
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Register
from civicroot_backend.enrolment_request import Request

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_REFUSED, EXIT_QUEUED = 0, 1, 3
_QUEUED = (
    "If the city does not answer, the errand waits in registrar.queue beside the register; the same command again, or "
    "`civicroot device resume`, goes on where it stopped. Exit code 0: all is logged; 1: the city refused it; 2: it "
    "cannot be done; 3: it waits in the queue."
)


def add_device(subparsers: "Subparsers") -> None:
    """Add `device`."""
    parser = subparsers.add_parser(
        "device",
        help="move, replace and retire devices, rotate their keys",
        description="Each is a statement of the registrar in the public log; the subject's history goes on. " + _QUEUED,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_move(actions)
    _add_replace(actions)
    _add_retire(actions)
    _add_rotate(actions)
    resume = actions.add_parser("resume", help="send what waits in the queue", description=_QUEUED)
    _finish(resume, None)
    show = actions.add_parser("queue", help="list the errands that wait, a line of JSON each; nothing is sent")
    show.add_argument("--registrar-key", required=True, type=Path, metavar="FILE", help="key file of the registrar")
    show.set_defaults(func=_show)


def _add_move(actions: "Subparsers") -> None:
    move = actions.add_parser(
        MOVE,
        help="the same device, at another place or for another subject",
        description="Enrol the same key again, with another place; what was signed before stays as it was. For another "
        "subject the device asks anew: --new has its request. " + _QUEUED,
    )
    _add_who(move)
    move.add_argument("--label", help="what people call the place")
    move.add_argument("--latitude", metavar="DEGREES")
    move.add_argument("--longitude", metavar="DEGREES")
    move.add_argument("--new", type=Path, metavar="FILE", help="the key's request for its new subject")
    _finish(move, MOVE)


def _add_replace(actions: "Subparsers") -> None:
    replace = actions.add_parser(
        REPLACE,
        help="another device for the same subject",
        description="Enrol a new device's key under the subject, then withdraw the old one, naming its successor. The "
        "place stays unless the request has another. " + _QUEUED,
    )
    _add_who(replace)
    _add_new(replace)
    reasons = sorted(name for name in desks.REASONS if name != "rotated")
    replace.add_argument("--reason", default="retired", choices=reasons, help="why (default: %(default)s)")
    replace.add_argument("--last-seq", type=int, metavar="N", help="the last number that the old key used, if known")
    _finish(replace, REPLACE)


def _add_retire(actions: "Subparsers") -> None:
    retire = actions.add_parser(
        RETIRE,
        help="withdraw a device that nothing follows",
        description="Withdraw the device's key. What was logged before stays valid. " + _QUEUED,
    )
    _add_who(retire)
    reasons = sorted(name for name in desks.REASONS if name != "rotated")
    retire.add_argument("--reason", default="retired", choices=reasons, help="why (default: %(default)s)")
    retire.add_argument("--last-seq", type=int, metavar="N", help="the last number that the key used, if known")
    _finish(retire, RETIRE)


def _add_rotate(actions: "Subparsers") -> None:
    rotate = actions.add_parser(
        ROTATE,
        help="a new key for the same device, in good order",
        description="Enrol the device's new key, then withdraw the old one as rotated, with its last number and its "
        "successor: what it signed up to that number counts, even if it is logged later. " + _QUEUED,
    )
    _add_who(rotate)
    _add_new(rotate)
    rotate.add_argument("--last-seq", type=int, required=True, metavar="N", help="the last number the old key used")
    _finish(rotate, ROTATE)


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("who", metavar="KID|SUBJECT", help="the device's kid, or its subject, like bin/12")


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new", type=Path, required=True, metavar="FILE", help="the new key's request: one JSON object, as for enrol"
    )


def _finish(parser: argparse.ArgumentParser, verb: str | None) -> None:
    commands.add_desk(parser)
    parser.set_defaults(verb=verb, func=commands.reporting(_run))


def _run(arguments: argparse.Namespace) -> int:
    # The address first: what is written down can be sent by the same command.
    with City(arguments.url) as city, _opened(arguments) as (register, queue):
        wanted = None if arguments.verb is None else _errand(arguments, register, queue)
        if wanted is not None and not any(wanted.same(one) for one in queue.errands()):
            key = register.key(bytes.fromhex(wanted.kid))
            if key is None:
                raise RegisterError(f"the register has lost {wanted.kid}")
            errand_check.check(wanted, key, register, queue.errands())
            queue.add(wanted)
        return _work(arguments, city, register, queue)


def _work(arguments: argparse.Namespace, city: City, register: Register, queue: Queue) -> int:
    code = EXIT_OK
    desk = Desk(register, keyfile.load(arguments.registrar_key), city, time.time)
    try:
        for done in Caretaker(desk, register, city, queue).run():
            code = max(code, commands.say(done))
    except CommandError as error:
        waiting = queue.errands()
        if not waiting:
            raise
        listed = "; ".join(printable(one.says()) for one in waiting)
        print(f"civicroot: QUEUED in {queue.path}, to be sent by the same command: {listed}", file=sys.stderr)
        if isinstance(error, RegisterError | Refused):
            raise  # waiting does not mend it
        print(f"civicroot: {printable(str(error))}", file=sys.stderr)
        return EXIT_QUEUED
    return code


def _errand(arguments: argparse.Namespace, register: Register, queue: Queue) -> Errand:
    """What the arguments ask for; of an interrupted errand the very one that waits."""
    request = _request(arguments)
    place = {name: getattr(arguments, name, None) for name in errand_check.PLACE} if arguments.verb == MOVE else {}
    given = {name: value for name, value in place.items() if value is not None}
    if arguments.verb == MOVE and not given and not request:
        raise CommandError("a move says where to: --latitude and --longitude, --label, or --new")
    asked = {
        "verb": arguments.verb,
        "request": request,
        "place": given,
        "reason": getattr(arguments, "reason", None),
        "last_seq": getattr(arguments, "last_seq", None),
    }
    # An errand that began may have changed the register already: it names its key itself.
    for one in queue.errands():
        if arguments.who in (one.kid, one.subject):
            again = Errand(kid=one.kid, subject=one.subject, **asked)
            if again.same(one):
                return again
    key = desks.find(register, arguments.who)
    return Errand(kid=key.kid.hex(), subject=key.subject, **asked)


def _request(arguments: argparse.Namespace) -> dict[str, Any]:
    if getattr(arguments, "new", None) is None:
        return {}
    found = list(enrolment_request.from_lines(arguments.new))
    if len(found) != 1:
        raise CommandError(f"{arguments.new} must hold one request, not {len(found)}")
    return _as_text(found[0])


def _as_text(request: Request) -> dict[str, Any]:
    """A request as JSON keeps it: bytes in hex, degrees as they were written."""
    values = {name: value for name, value in asdict(request).items() if value not in (None, False)}
    return {
        name: value.hex() if isinstance(value, bytes) else value if isinstance(value, str | bool) else str(value)
        for name, value in values.items()
    }


@contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[tuple[Register, Queue]]:
    registrar = keyfile.load(arguments.registrar_key)
    path = registers.path_of(arguments.registrar_key)
    with lock.held(path):
        register = registers.open_register(path, registrar.kid)
        try:
            if arguments.realm is not None and arguments.realm != register.realm:
                raise CommandError(f"{path} is a register of {register.realm}, not of {arguments.realm}")
            yield register, Queue(errand.path_of(arguments.registrar_key))
        finally:
            register.close()


def _show(arguments: argparse.Namespace) -> int:
    registrar = keyfile.load(arguments.registrar_key)
    path = registers.path_of(arguments.registrar_key)
    with lock.held(path):
        register = registers.open_register(path, registrar.kid)
        for one in Queue(errand.path_of(arguments.registrar_key)).errands():
            line = {"verb": one.verb, "subject": one.subject, "kid": one.kid, "begun": one.begun is not None}
            print(json.dumps(line))
        for pending in register.pending():
            print(json.dumps({"statement": pending.kind, "subject": pending.subject, "kid": pending.kid.hex()}))
        register.close()
    return EXIT_OK
