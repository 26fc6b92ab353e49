"""`civicroot enrolments list | enrol`: what crews ask for with a browser comes to the desk, where the key is.

A registrar approves in the city's page, or here with --all, in one go. With --every the desk answers as they come.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import Refused, printable
from civicroot_wire import keys

from civicroot_backend.desk.city_queue import APPROVED, DECLINED, WAITING, CityQueue, Queued
from civicroot_backend.desk.commands import EXIT_OK, EXIT_REFUSED, add_desk, opened, repeated, reporting, say
from civicroot_backend.desk.desk import Desk, Refusal
from civicroot_backend.desk.register import Register
from civicroot_backend.people.roles import CITY

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_enrolments(subparsers: "Subparsers") -> None:
    """Add the command."""
    parser = subparsers.add_parser("enrolments", help="devices that crews ask for with a browser")
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    listing = actions.add_parser("list", help="those that wait, a line of JSON each")
    listing.add_argument("--url", required=True, metavar="URL", help="the city's address")
    _add_queue(listing)
    listing.set_defaults(func=_list)
    enrol = actions.add_parser(
        "enrol",
        help="sign those that a registrar approved, have them logged",
        description="Sign what a registrar approved in the city's page, and have it logged. What cannot be is declined "
        "with the reason, which the crew sees: nothing that is enrolled is overwritten. Prints a line of JSON each. "
        "Exit code 0: all are enrolled; 1: some were declined; 2: it could not be done.",
    )
    add_desk(enrol)
    _add_queue(enrol)
    enrol.add_argument("--all", action="store_true", help="approve everything that waits, too; look at the list before")
    enrol.add_argument("--every", type=float, metavar="SECONDS", help="do so again and again until SIGINT or SIGTERM")
    enrol.set_defaults(func=reporting(_enrol))


def _add_queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--api-key",
        required=True,
        type=Path,
        metavar="FILE",
        help="text of a registrar's API key, with enrolments:read and enrolments:decide",
    )
    parser.add_argument("--district", default=CITY, metavar="SLUG", help="of the crews (default: all of the city)")


def _list(arguments: argparse.Namespace) -> int:
    with CityQueue(arguments.url, arguments.api_key, arguments.district) as queue:
        for queued in (*queue.listed(APPROVED), *queue.listed(WAITING)):
            print(json.dumps(queued.says(), ensure_ascii=False), flush=True)
    return EXIT_OK


def _enrol(arguments: argparse.Namespace) -> int:
    return repeated(arguments, _enrol_once)


def _enrol_once(arguments: argparse.Namespace) -> int:
    with CityQueue(arguments.url, arguments.api_key, arguments.district) as queue:
        waiting = queue.listed(WAITING) if arguments.all else []
        decided = max((_approve(queued, queue) for queued in waiting), default=EXIT_OK)
        approved = queue.listed(APPROVED)
        if not approved:
            return decided
        with opened(arguments) as (desk, register):
            for earlier in desk.resume():
                say(earlier)
            return max(decided, *(_sign(queued, queue, desk, register) for queued in approved))


def _approve(queued: Queued, queue: CityQueue) -> int:
    """What the city does not let be approved is in nobody's way."""
    try:
        queue.decide(queued, APPROVED)
    except Refused as error:
        return _decline(queued, queue, str(error))
    return EXIT_OK


def _sign(queued: Queued, queue: CityQueue, desk: Desk, register: Register) -> int:
    why = in_the_way(queued, register)
    if why is None:
        (done,) = desk.enrol([queued.request])
        if not isinstance(done, Refusal):
            return say(done)
        why = str(done.error)
    return _decline(queued, queue, why)


def _decline(queued: Queued, queue: CityQueue, why: str) -> int:
    try:
        queue.decide(queued, DECLINED, why)
        print(f"civicroot: {printable(queued.request.subject)} is declined: {printable(why)}", file=sys.stderr)
    except Refused as error:  # somebody else has decided meanwhile
        print(f"civicroot: {printable(queued.request.subject)}: {printable(str(error))}", file=sys.stderr)
    return EXIT_REFUSED


def in_the_way(queued: Queued, register: Register) -> str | None:
    """What the register has against it: the city may not know yet, or say what is not so."""
    request = queued.request
    kid = keys.kid(request.public)
    known = register.key(kid)
    if known is not None and known.enrolled is not None and known.subject != request.subject:
        return f"this device is enrolled as {known.subject}: `civicroot device move`"
    others = [key for key in register.enrolled_keys(request.subject) if key.revoked is None and key.kid != kid]
    if others:
        return f"{request.subject} has a device, {others[0].kid.hex()}: `civicroot device replace`"
    return None
