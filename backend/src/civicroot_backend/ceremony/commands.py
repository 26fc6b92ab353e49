"""`civicroot realm init | verify | sign-policy | new-root | backup | restore`."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli import files, keyfile
from civicroot_cli.main import CommandError, printable
from civicroot_cli.policy import difference
from civicroot_cli.policy.check import FAILED, HELD
from civicroot_cli.verify import load_policy
from civicroot_wire import base64
from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm

from civicroot_backend.ceremony import copying, new_root, protocol, signing, verifying
from civicroot_backend.ceremony import medium as media
from civicroot_backend.ceremony import plan as plans
from civicroot_backend.ceremony.init_command import add_init
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.reporting import EXIT_FAILED, reporting
from civicroot_backend.ceremony.secret_source import Console, Files, Terminal

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK = 0
KEY_SUFFIX = ".key"
_MEDIUM = "a folder (a mounted stick) or a token, pkcs11:token=LABEL?module-path=LIBRARY"
_MARKS = {HELD: "✓", FAILED: "✗"}


def add_realm(subparsers: "Subparsers") -> None:
    """Add `realm`."""
    parser = subparsers.add_parser("realm", help="found a realm: keys, trust policy, configuration")
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    add_init(actions)
    _add_verify(actions)
    _add_sign(actions)
    _add_new_root(actions)
    _add_backup(actions)
    _add_restore(actions)


def _add_verify(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "verify",
        help="check that keys are where they should be, open, and match the policy",
        description="Open each medium and sign a number with it, and compare keys with the policy. Exit code 0: all "
        "that was shown is right; 1: it is not.",
    )
    parser.add_argument("--policy", required=True, type=Path, metavar="FILE", help="the city's newest policy.json")
    parser.add_argument("--root", action="append", default=[], metavar="MEDIUM", help=_MEDIUM)
    parser.add_argument(
        "--key", action="append", default=[], type=Path, metavar="FILE", help="key file of log, registrar, operator …"
    )
    _add_secret(parser)
    parser.set_defaults(func=reporting(_verify))


def _add_sign(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "sign-policy",
        help="sign a next policy with the roots of both versions, one medium after another",
        description="Show what a draft changes (`civicroot policy propose` makes it) and sign it with one medium after "
        "another. The draft keeps every signature at once, so it can go on later, or elsewhere, with the rest. Exit "
        "code 0: the thresholds of both versions are met; 1: signatures are missing.",
    )
    parser.add_argument("draft", type=Path, metavar="DRAFT")
    parser.add_argument("--previous", type=Path, metavar="POLICY", help="the version before")
    parser.add_argument("--root", action="append", default=[], metavar="MEDIUM", help=_MEDIUM + " (default: asked for)")
    _add_secret(parser)
    parser.set_defaults(func=reporting(_sign))


def _add_new_root(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "new-root",
        help="make another root key, for a next policy",
        description="Make a root key on a medium of its own and write its public key, which `civicroot policy propose "
        "--add-root` takes. It is a root once a policy names it.",
    )
    parser.add_argument("medium", metavar="MEDIUM", help=_MEDIUM)
    parser.add_argument("--realm", required=True, help="the city's permanent name")
    parser.add_argument("--name", required=True, help="like root-4")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.pub", help="where the public key goes")
    _add_secret(parser)
    parser.set_defaults(func=reporting(_new_root))


def _add_backup(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "backup",
        help="seal a copy of a key onto another medium",
        description="Copy a root's sealed key, or seal a working key's file, onto another medium under a passphrase of "
        "its own, and open the copy. A token's key cannot be copied. Gateways' and devices' keys must not be: their "
        "counts would be used again.",
    )
    parser.add_argument("--from", dest="source", required=True, metavar="MEDIUM|FILE.key")
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--realm", help="the city's permanent name; for FILE.key")
    _add_secret(parser)
    parser.set_defaults(func=reporting(_backup))


def _add_restore(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "restore",
        help="make a key again from its copy",
        description="Seal the key of a copy onto a new medium, or write a working key's file again. Nothing is "
        "overwritten.",
    )
    parser.add_argument("--from", dest="source", required=True, metavar="FOLDER", help="folder, or one .sealed file")
    parser.add_argument("--to", required=True, metavar="FOLDER|FILE.key")
    _add_secret(parser)
    parser.set_defaults(func=reporting(_restore))


def _add_secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="MEDIUM=FILE",
        help="passphrase or PIN of a medium from a file, for use without people (default: asked for)",
    )


def _verify(arguments: argparse.Namespace) -> int:
    policy = load_policy(arguments.policy)
    console = _console(arguments)
    found = [verifying.working_key(policy, path) for path in arguments.key]
    if arguments.root or not arguments.key:
        found.extend(verifying.roots(policy, _media(arguments), console))
    print(f"policy of {policy.realm}, version {policy.version}, digest {protocol.policy_digest(policy)}")
    for one in found:
        print(f"  {_MARKS.get(one.status, '–')} {printable(one.says)}")
    return EXIT_FAILED if any(one.status == FAILED for one in found) else EXIT_OK


def _sign(arguments: argparse.Namespace) -> int:
    begun = signing.begin(arguments.draft, arguments.previous)
    before = begun.previous
    lines = difference.summary(begun.policy) if before is None else difference.changes(before, begun.policy)
    print("\n".join(printable(line) for line in lines))
    print(f"  digest {protocol.policy_digest(begun.policy)}", flush=True)
    console = _console(arguments)
    for collected in signing.collect(begun, _media(arguments), console):
        begun = collected
    while not arguments.root and console.exchanges and not begun.complete:
        text = console.ask("the next root's medium (nothing: stop here)")
        if not text:
            break
        for collected in signing.collect(begun, [media.parse(text)], console):
            begun = collected
    for standing in begun.standings():
        print(f"  {printable(standing.says())}")
    if begun.complete:
        print(f"{arguments.draft} is complete")
        return EXIT_OK
    print(f"{arguments.draft} is not complete; the same command goes on with it")
    return EXIT_FAILED


def _realm(arguments: argparse.Namespace) -> str:
    """What --realm says. CommandError if no city is called so."""
    try:
        return check_realm(arguments.realm)
    except WireError as error:
        raise CommandError(f"--realm: {error}") from error


def _new_root(arguments: argparse.Namespace) -> int:
    if not plans.ROOT_NAME.fullmatch(arguments.name):
        raise CommandError(f"a root is called like root-4: {arguments.name}")
    medium = media.parse(arguments.medium)
    public, made = new_root.make(medium, _realm(arguments), arguments.name, _console(arguments), os.urandom)
    files.replace(arguments.out, (base64.encode(public) + "\n").encode())
    print(f"{arguments.name} {'is made' if made else 'was there already'}: {protocol.fingerprint(public)}")
    return EXIT_OK


def _backup(arguments: argparse.Namespace) -> int:
    target = media.folder_only(media.parse(arguments.to))
    console = _console(arguments)
    source = Path(arguments.source)
    if source.suffix == KEY_SUFFIX:
        if arguments.realm is None:
            raise CommandError("--realm is needed: a key file does not say whose it is")
        public = copying.seal_file(source, _realm(arguments), source.stem, target, console, os.urandom)
    else:
        medium = media.folder_only(media.parse(arguments.source))
        public = copying.copy(medium, target, None, console, os.urandom)
    print(f"{arguments.source} → {arguments.to}: {protocol.fingerprint(public)}")
    return EXIT_OK


def _restore(arguments: argparse.Namespace) -> int:
    source = media.folder_only(media.parse(arguments.source))
    console = _console(arguments)
    if Path(arguments.to).suffix == KEY_SUFFIX:
        public = copying.unseal_file(source, None, Path(arguments.to), console)
        keyfile.load(Path(arguments.to))
    else:
        public = copying.copy(source, media.folder_only(media.parse(arguments.to)), None, console, os.urandom)
    print(f"{arguments.source} → {arguments.to}: {protocol.fingerprint(public)}")
    return EXIT_OK


def _media(arguments: argparse.Namespace) -> list[Medium]:
    return [media.parse(text) for text in arguments.root]


def _console(arguments: argparse.Namespace) -> Console:
    if not arguments.secret:
        return Terminal()
    found = {}
    for text in arguments.secret:
        medium, equals, file = text.rpartition("=")
        if not equals or not medium:
            raise CommandError(f"a secret is MEDIUM=FILE: {text}")
        found[medium] = Path(file)
    return Files(found)
