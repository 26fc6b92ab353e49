"""`civicroot configuration sign | submit` and `civicroot release sign | submit`; `release roll-out` is in `rollout`."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire import configuration, names, release
from civicroot_wire.errors import WireError
from civicroot_wire.release import Release
from civicroot_wire.tile import MAX_ENTRY_BYTES

from .. import files, keyfile
from ..main import CommandError
from ..rollout import commands as rollout
from ..rollout import content
from ..submission import City
from . import desired, device_settings, issue, setting

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK = 0


def add_commands(commands: "Subparsers") -> None:
    """Add `configuration` and `release`."""
    _add_configuration(commands)
    _add_release(commands)


def _add_configuration(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "configuration",
        help="sign configurations of devices, have them logged",
        description="An operator's key is made with `civicroot key new`, asks to be enrolled with `civicroot key "
        "request --role operator`, and is enrolled by a registrar. What is submitted is public for ever: no secrets "
        "belong here.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    sign = actions.add_parser("sign", help="sign a configuration, off line")
    sign.add_argument(
        "settings", nargs="*", metavar="NAME=VALUE", help='number, true, false or text; in "…" always text'
    )
    sign.add_argument("--version", type=int, required=True, help="higher than that of the device's last one")
    _add_signing(sign, "the operator's secret key", "as enrolled, like operator/1", "the device's, like bin/12")
    sign.set_defaults(func=_sign_configuration)
    _add_submit(actions, configuration.decode)
    issue.add_issue(actions)


def _add_release(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "release",
        help="sign manifests of firmware, have them logged",
        description="A release key is enrolled as an operator's is, with --role release. The files themselves are "
        "given to the city's backend with `civicroot backend offer`.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    sign = actions.add_parser("sign", help="sign a manifest, off line")
    sign.add_argument("files", nargs="+", metavar="PATH=FILE", help="path on the device, and the file that goes there")
    sign.add_argument("--version", required=True, metavar="X.Y.Z")
    sign.add_argument("--minimum", default="0.0.0", metavar="X.Y.Z", help="the oldest version that can be updated")
    sign.add_argument("--target", required=True, metavar="BOARD", help="for which board it is, like esp32")
    _add_signing(sign, "the release key", "as enrolled, like release/1", "like release/esp32-1.2.3, or one device's")
    sign.set_defaults(func=_sign_release)
    _add_submit(actions, release.decode)
    rollout.add_actions(actions)


def _add_signing(parser: argparse.ArgumentParser, key: str, issuer: str, subject: str) -> None:
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help=key)
    parser.add_argument("--realm", required=True, help="the city's permanent name")
    parser.add_argument("--issuer", required=True, metavar="SUBJECT", help=issuer)
    parser.add_argument("--subject", required=True, help=subject)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where it goes")


def _add_submit(actions: "Subparsers", decode: Callable[[bytes], object]) -> None:
    parser = actions.add_parser(
        "submit",
        help="have it logged; the city tells the device",
        description="Send it to the city, which logs it and, once a checkpoint covers it, tells the device's gateway.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")
    parser.set_defaults(func=_submit, decode=decode)


def _sign_configuration(arguments: argparse.Namespace) -> int:
    settings = setting.parse_all(arguments.settings)
    device_settings.check(settings, device_settings.kind_of(arguments.subject))
    signer = keyfile.load(arguments.key)
    about = (arguments.subject, arguments.version, settings, arguments.issuer, arguments.realm)
    signed = desired.sign(*about, signer)
    return _write(arguments.out, signed, signer.kid)


def _sign_release(arguments: argparse.Namespace) -> int:
    signer = keyfile.load(arguments.key)
    listed = [content.file(text) for text in arguments.files]
    try:
        made = Release(
            names.subject(arguments.subject),
            content.version(arguments.version),
            arguments.target,
            content.version(arguments.minimum),
            listed,
        )
        issuer, realm = names.subject(arguments.issuer), names.realm(arguments.realm)
        signed = release.sign(made, signer.kid, issuer, realm, signer)
        release.decode(signed)  # refuses what nobody would take
    except WireError as error:
        raise CommandError(f"this makes no release: {error}") from error
    return _write(arguments.out, signed, signer.kid)


def _write(path: Path, signed: bytes, kid: bytes) -> int:
    files.replace(path, signed)
    print(f"{path}: {len(signed)} bytes, signed by key {kid.hex()}")
    return EXIT_OK


def _submit(arguments: argparse.Namespace) -> int:
    signed = files.read(arguments.file, MAX_ENTRY_BYTES)
    try:
        arguments.decode(signed)
    except WireError as error:
        raise CommandError(f"{arguments.file} is something else: {error}") from error
    with City(arguments.url) as city:
        answer = city.submit(signed)
    print(json.dumps({"index": answer.index, "file": str(arguments.file)}))
    return EXIT_OK
