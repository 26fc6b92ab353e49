"""`civicroot unlock`: take a provisioned device out of service: its key is wiped, and its prompt is back."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicroot_wire import configuration, names
from civicroot_wire.configuration import Configuration
from civicroot_wire.errors import WireError

from civicroot_cli import files, keyfile
from civicroot_cli.main import CommandError, printable

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SETTING = "unlock"  # of the configuration that unlocks
VERSION = 0  # it is never a device's settings: any version that a device has is higher
WAIT_SECONDS = 900.0  # for somebody at the desk to sign
POLL_SECONDS = 0.2
MAX_BYTES = 4096


def add_unlock(commands: "Subparsers") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "unlock",
        help="take a provisioned device out of service: wipe its key, get its prompt back",
        description="Asks the device for a challenge, which the operator's key signs: here, with --key, or elsewhere: "
        "then the command says what to sign, and waits until the signed file is there. The device stays plugged in.",
    )
    parser.add_argument("--port", help="serial port (default: the one at which there is a board)")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--key", type=Path, metavar="FILE", help="the operator's secret key")
    how.add_argument("--statement", type=Path, metavar="FILE", help="where the signed file will be")
    parser.add_argument("--issuer", default="operator/1", metavar="SUBJECT", help="as enrolled (default: %(default)s)")
    parser.set_defaults(func=_unlock)


def _unlock(arguments: argparse.Namespace) -> int:
    from . import port  # noqa: PLC0415 (needs the extra; help does not)
    from .conversation import Conversation  # noqa: PLC0415

    with port.SerialLine(port.choose(arguments.port)) as line:
        talk = Conversation(line)
        about = talk.begin()
        asked = talk.ask("unlock_challenge")
        realm = str(talk.ask("status")["set"]["realm"])
        print(printable(f"device {about['kid']}: {asked['subject']} of {realm}"), flush=True)
        signed = _signed(arguments, asked, realm)
        talk.ask("unlock", statement=signed.hex())
    print("unlocked: its key is gone. Revoke it, if nobody has: `civicroot revoke`; flash it before it is used again.")
    return 0


def _signed(arguments: argparse.Namespace, asked: dict[str, Any], realm: str) -> bytes:
    challenge, subject = str(asked["challenge"]), str(asked["subject"])
    if arguments.key is not None:
        signer = keyfile.load(arguments.key)
        try:
            wanted = Configuration(subject, VERSION, {SETTING: challenge})
            return configuration.sign(wanted, signer.kid, names.subject(arguments.issuer), realm, signer)
        except WireError as error:
            raise CommandError(f"this cannot be signed: {error}") from error
    path: Path = arguments.statement
    if path.exists():
        raise CommandError(f"{path} is there already: it cannot answer a challenge of now")
    print(
        printable(
            f"sign: civicroot configuration sign '{SETTING}=\"{challenge}\"' --version {VERSION} --realm {realm} "
            f"--issuer {arguments.issuer} --subject {subject} --key OPERATOR.key --out {path.name}"
        ),
        flush=True,
    )
    until = time.monotonic() + WAIT_SECONDS
    while not path.exists():
        if time.monotonic() >= until:
            raise CommandError("nobody signed")
        time.sleep(POLL_SECONDS)
    return files.read(path, MAX_BYTES)
