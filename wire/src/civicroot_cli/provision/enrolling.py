"""From a device's request to its enrolment: at once, with the registrar's key at hand, or later, at the desk."""

import argparse
import contextlib
import functools
import io
import json
import secrets
from pathlib import Path
from typing import Any

from civicroot_wire import keys, possession, sodium
from civicroot_wire.errors import WireError

from civicroot_cli import files
from civicroot_cli.main import CommandError, Refused, build_parser, installed
from civicroot_cli.submission import City, EntryRefused

from .box_list import Row
from .errors import WrongDevice

ROLE = "device"
NONCE_BYTES = 16
_OF_THE_PLACE = ("label", "latitude", "longitude")


def nonce() -> str:
    """What the device signs, so that nobody answers for it with something older."""
    return secrets.token_hex(NONCE_BYTES)


def request(row: Row, realm: str, asked: str, answer: dict[str, Any], simulated: bool) -> dict[str, Any]:
    """A line for `civicroot enrol --from`. Raises WrongDevice if the device did not sign what it was asked to."""
    try:
        public, signed = bytes.fromhex(answer["public"]), bytes.fromhex(answer["possession"])
        found = possession.verify(possession.decode(signed), realm, public, sodium.verify)
    except (WireError, ValueError, KeyError, TypeError) as error:
        raise WrongDevice(f"the device does not prove that it has its key: {error}") from error
    if (found.subject, found.role, found.nonce.hex()) != (row.subject, ROLE, asked):
        raise WrongDevice("the device signed another request than this one")
    line: dict[str, Any] = {
        "subject": row.subject,
        "role": ROLE,
        "public": public.hex(),
        "possession": signed.hex(),
    }
    line |= _said_of(row) | ({"model": row.model} if row.model else {})
    return line | ({"simulated": True} if simulated else {})


def renewed(row: Row, asked: dict[str, Any]) -> dict[str, Any]:
    """The same request with what the row says now: the device has signed for its key and its subject alone."""
    return {name: value for name, value in asked.items() if name not in _OF_THE_PLACE} | _said_of(row)


def _said_of(row: Row) -> dict[str, str]:
    return {name: getattr(row, name) for name in _OF_THE_PLACE if getattr(row, name)}


def kid_of(asked: dict[str, Any]) -> str:
    """The kid of a request's key, in hex."""
    return keys.kid(bytes.fromhex(asked["public"])).hex()


def write_requests(path: Path, requests: list[dict[str, Any]]) -> None:
    """The file that goes to the desk. CommandError."""
    files.replace(path, b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in requests))


def check_desk(registrar_key: Path) -> None:
    """Raises CommandError if this machine cannot enrol with this key: no desk, no key, no register. Asks nobody."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _run(["device", "queue", "--registrar-key", str(registrar_key)])
    except SystemExit as error:
        raise CommandError("`civicroot enrol` is not installed on this machine: leave --registrar-key out") from error


def enrol(asked: dict[str, Any], url: str, registrar_key: Path, folder: Path) -> int:
    """Enrol one device with the registrar's key of this machine; its log index.

    Raises Refused if the registrar or the city refuses, CommandError if it cannot be done now.
    """
    found, complained = _desk([asked], url, registrar_key, folder)
    kid = kid_of(asked)
    if kid not in found:
        raise Refused(complained or f"the desk says nothing of {asked['subject']}")
    return found[kid]


def enrolled_before(asked: dict[str, Any], url: str, registrar_key: Path, folder: Path) -> int | None:
    """The same if an earlier run had it signed, and was interrupted: it is not signed twice. None if it was not."""
    return _desk([], url, registrar_key, folder)[0].get(kid_of(asked))


def _desk(requests: list[dict[str, Any]], url: str, registrar_key: Path, folder: Path) -> tuple[dict[str, int], str]:
    """What `civicroot enrol` did: log index by kid; and what it complained of. What was left pending comes first."""
    file = folder / ".enrolment.jsonl"
    write_requests(file, requests)
    command = ["enrol", "--registrar-key", str(registrar_key), "--url", url, "--from", str(file)]
    said, complained = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            _run(command)
    except SystemExit as error:
        raise CommandError("`civicroot enrol` is not installed on this machine: leave --registrar-key out") from error
    finally:
        file.unlink(missing_ok=True)
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    return {line["kid"]: int(line["index"]) for line in lines}, complained.getvalue().removeprefix(
        "civicroot: "
    ).strip()


def _run(command: list[str]) -> None:
    arguments = _parser().parse_args(command)
    arguments.func(arguments)


@functools.cache  # of a box of a hundred each device needs it
def _parser() -> argparse.ArgumentParser:
    return build_parser(installed())


def is_enrolled(url: str, kid: str, subject: str) -> bool:
    """Whether the city has enrolled the key as this subject. Raises WrongDevice for another one, CommandError."""
    with City(url) as city:
        try:
            found = json.loads(city.get(f"/api/v1/devices/{kid}"))
        except EntryRefused:
            return False  # the city does not know it
        except ValueError as error:
            raise CommandError(f"{url} answers what no city answers") from error
    if found.get("subject") != subject:
        raise WrongDevice(f"the city has this device as {found.get('subject')}, not as {subject}")
    return True
