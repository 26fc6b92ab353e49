"""`civicroot unlock`: take a provisioned device out of service: its key is wiped, and its prompt is back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import CommandError, printable

from .answers import COMMITTED
from .errors import WrongDevice
from .unlock_statement import Asked, Statement, by_log, by_operator, by_revocation, elsewhere

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_unlock(commands: "Subparsers") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "unlock",
        help="take a provisioned device out of service: wipe its key, get its prompt back",
        description="Shows the device that the city has given it up: the registrar has withdrawn its key (`civicroot "
        "device retire | replace`), which is in the public log; or the operator signs a challenge of the device, here "
        "or elsewhere. The device then wipes its key. It stays plugged in meanwhile.",
    )
    parser.add_argument("--port", help="serial port (default: the one at which there is a board)")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--url", metavar="URL", help="the city's address: the withdrawal is taken from its log")
    how.add_argument("--revocation", type=Path, metavar="FILE", help="the withdrawal itself, as it is in the log")
    how.add_argument("--key", type=Path, metavar="FILE", help="the operator's secret key")
    how.add_argument("--statement", type=Path, metavar="FILE", help="where the operator's signed answer will be")
    parser.add_argument("--issuer", default="operator/1", metavar="SUBJECT", help="as enrolled (default: %(default)s)")
    parser.set_defaults(func=_unlock)


def _unlock(arguments: argparse.Namespace) -> int:
    from . import port  # noqa: PLC0415 (needs the extra; help does not)
    from .conversation import Conversation  # noqa: PLC0415

    statement = _statement(arguments)  # whatever is wrong with it is said before a device is asked
    with port.SerialLine(port.choose(arguments.port)) as line:
        talk = Conversation(line)
        about, status = talk.begin(), talk.ask("status")
        if status["state"] != COMMITTED:
            raise WrongDevice("there is nothing to unlock: the device is not provisioned")
        challenge = talk.ask("unlock_challenge")
        realm = status["set"].get("realm")
        if realm is None:
            raise WrongDevice("the device does not say whose it is")
        asked = Asked(about["public"], challenge.get("subject"), realm, challenge["challenge"])
        print(printable(f"device {about['kid']}: {asked.told or 'no subject'} of {realm}"), flush=True)
        talk.ask("unlock", statement=statement(asked).hex())
    print("unlocked: its key is gone. Revoke it, if nobody has: `civicroot revoke`; flash it before it is used again.")
    return 0


def _statement(arguments: argparse.Namespace) -> Statement:
    if arguments.url is not None:
        return by_log(arguments.url)
    if arguments.revocation is not None:
        return by_revocation(arguments.revocation)
    if arguments.key is not None:
        return by_operator(arguments.key, arguments.issuer)
    if arguments.statement.exists():
        raise CommandError(f"{arguments.statement} is there already: it cannot answer a challenge of now")
    return elsewhere(arguments.statement, arguments.issuer)
