"""`civicroot configuration issue`: first configurations of devices that a crew has provisioned, at the operator's desk.

A line of the file is a JSON object: `subject`, `realm`, and `settings`, each written NAME=VALUE.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicroot_wire.errors import WireError

from .. import files, keyfile
from ..main import CommandError
from ..submission import City
from . import desired, device_settings, setting

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MAX_BYTES = 16 << 20  # ten thousand devices with settings of a kilobyte


@dataclass(frozen=True, slots=True)
class Asked:
    """What a crew asks for."""

    subject: str
    realm: str
    settings: desired.Settings


def add_issue(actions: "Subparsers") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "issue",
        help="give devices that a crew has provisioned their first configuration",
        description="Signs what `civicroot provision` wrote to configurations.jsonl and has it logged, each with its "
        "subject's next version. A subject that has a configuration by this key keeps it. Prints a line of JSON for "
        "each; run it again after an interruption.",
    )
    parser.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE.jsonl", help="from the crew")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the operator's secret key")
    parser.add_argument("--issuer", default="operator/1", metavar="SUBJECT", help="as enrolled (default: %(default)s)")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")
    parser.set_defaults(func=_issue)


def _issue(arguments: argparse.Namespace) -> int:
    signer = keyfile.load(arguments.key)
    asked = read(arguments.file)
    with City(arguments.url) as city:
        for one in asked:
            found = desired.give(city, one.subject, one.settings, arguments.issuer, one.realm, signer)
            print(json.dumps({"subject": one.subject, "version": found.version, "index": found.index}), flush=True)
    return 0


def read(path: Path) -> list[Asked]:
    """The file's lines. Raises CommandError naming the line."""
    data = files.read(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise CommandError(f"{path} has over {MAX_BYTES} bytes")
    found = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            found.append(_asked(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, CommandError, WireError) as error:
            raise CommandError(f"{path}, line {number}: it asks for no configuration: {error}") from error
    return found


def _asked(values: dict[str, Any]) -> Asked:
    if set(values) != {"subject", "realm", "settings"}:
        raise CommandError("it has subject, realm and settings")
    settings = setting.parse_all(values["settings"])
    device_settings.check(settings, device_settings.kind_of(str(values["subject"])))
    return Asked(str(values["subject"]), str(values["realm"]), settings)
