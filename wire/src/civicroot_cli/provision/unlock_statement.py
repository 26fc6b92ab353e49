"""What unlocks a device: the withdrawal of its key, or the operator's answer to its challenge.

Each function looks at what it was given at once, and returns how the statement is made when the device has said who it
is. Both raise CommandError.
"""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import configuration, entry, keys, names, revocation
from civicroot_wire.errors import WireError

from civicroot_cli import files, keyfile, logged
from civicroot_cli.main import CommandError, printable
from civicroot_cli.operator import desired
from civicroot_cli.submission import City

SETTING = "unlock"  # of the configuration that unlocks
VERSION = 0  # it is never a device's settings: any version that a device has is higher
WAIT_SECONDS = 900.0  # for somebody at the desk to sign
POLL_SECONDS = 0.2
MAX_BYTES = 4096
MAX_WITHDRAWALS = 100  # of one place that are looked through


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device says, as answers.py has checked it: public key and challenge in hex, subject and realm.

    `told`: the subject; None from a device with a damaged configuration, which then has no operator.
    """

    public: str
    told: str | None
    realm: str
    challenge: str

    @property
    def subject(self) -> str:
        """Of the device. CommandError if it does not know it."""
        if self.told is None:
            raise CommandError("the device does not know its subject any more: show it its --revocation FILE")
        return self.told

    @property
    def thumbprint(self) -> bytes:
        """Of its key. CommandError if that is none."""
        try:
            return keys.thumbprint(bytes.fromhex(self.public))
        except (ValueError, WireError) as error:
            raise CommandError("the device does not say its public key") from error


Statement = Callable[[Asked], bytes]


def by_log(url: str) -> Statement:
    """The withdrawal that the city's log has of the device's key."""
    city = City(url)

    def statement(asked: Asked) -> bytes:
        with city:
            for index in logged.indices(city, asked.subject, entry.REVOCATION, MAX_WITHDRAWALS):
                found = logged.entry(city, index)
                if _withdraws(found, asked):
                    return found
        raise CommandError(
            f"the city has not withdrawn this device's key: `civicroot device retire {asked.subject}` comes first"
        )

    return statement


def by_revocation(path: Path) -> Statement:
    """The withdrawal in a file."""
    found = files.read(path, MAX_BYTES)
    try:
        revocation.decode(found)
    except WireError as error:
        raise CommandError(f"{path} is no revocation: {error}") from error

    def statement(asked: Asked) -> bytes:
        if not _withdraws(found, asked):
            raise CommandError(f"{path} withdraws another key than this device's")
        return found

    return statement


def by_operator(key: Path, issuer: str) -> Statement:
    """Signed here."""
    signer = keyfile.load(key)
    try:
        names.subject(issuer)
    except WireError as error:
        raise CommandError(f"--issuer: {error}") from error
    return lambda asked: desired.sign(asked.subject, VERSION, {SETTING: asked.challenge}, issuer, asked.realm, signer)


def elsewhere(path: Path, issuer: str) -> Statement:
    """Signed at a desk far away, and brought into `path`."""

    def statement(asked: Asked) -> bytes:
        print(printable("sign: civicroot " + shlex.join(_signing(asked, issuer, path.name))), flush=True)
        return _awaited(path)

    return statement


def _signing(asked: Asked, issuer: str, out: str) -> list[str]:
    """The command for the desk, where somebody pastes it into a shell."""
    told = ["--version", str(VERSION), "--realm", asked.realm, "--issuer", issuer, "--subject", asked.subject]
    return ["configuration", "sign", f'{SETTING}="{asked.challenge}"', *told, "--key", "OPERATOR.key", "--out", out]


def _withdraws(data: bytes, asked: Asked) -> bool:
    try:
        return revocation.decode(data).thumbprint == asked.thumbprint
    except WireError as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error


def _awaited(path: Path) -> bytes:
    """The file, once all of it is there: it may be copied slowly."""
    until = time.monotonic() + WAIT_SECONDS
    why = "nobody signed"
    while True:
        if path.exists():
            found = files.read(path, MAX_BYTES)
            try:
                configuration.decode(found)
            except WireError as error:
                why = f"{path} is no configuration: {error}"
            else:
                return found
        if time.monotonic() >= until:
            raise CommandError(why)
        time.sleep(POLL_SECONDS)
