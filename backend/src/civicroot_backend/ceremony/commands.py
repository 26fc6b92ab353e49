"""`civicroot realm init | verify | sign-policy | new-root | backup | restore`."""

import argparse
import os
import sys
import time
from collections.abc import Callable
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

from civicroot_backend import genesis, realm
from civicroot_backend.ceremony import copying, guide, new_root, protocol, signing, verifying
from civicroot_backend.ceremony import medium as media
from civicroot_backend.ceremony import plan as plans
from civicroot_backend.ceremony.founding import Ceremony
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.secret_source import Console, Files, Terminal
from civicroot_backend.errors import BackendError
from civicroot_backend.genesis import Outside
from civicroot_backend.realm import Addresses

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_FAILED = 0, 1
KEY_SUFFIX = ".key"
_MEDIUM = "a folder (a mounted stick) or a token, pkcs11:token=LABEL?module-path=LIBRARY"
_MARKS = {HELD: "✓", FAILED: "✗"}


def add_realm(subparsers: "Subparsers") -> None:
    """Add `realm`."""
    parser = subparsers.add_parser("realm", help="found a realm: keys, trust policy, configuration")
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_init(actions)
    _add_verify(actions)
    _add_sign(actions)
    _add_new_root(actions)
    _add_backup(actions)
    _add_restore(actions)


def _add_init(actions: "Subparsers") -> None:
    init = actions.add_parser(
        "init",
        help="write a new realm",
        description="Found a realm. --ceremony asks for everything, --plan FILE.toml takes it from a plan: roots m of "
        "n on media of their own, working keys apart, a protocol to print and sign. After an interruption the same "
        "command goes on. Without either (or with --quick) all keys go into one folder, one root signs: for trials.",
    )
    init.add_argument("--realm", help="the city's permanent name, like example.city")
    init.add_argument("--dir", type=Path, help="folder for keys, policy and configuration")
    how = init.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="all keys in one folder, one root (default)")
    how.add_argument("--ceremony", action="store_true", help="the guided ceremony")
    how.add_argument("--plan", type=Path, metavar="FILE.toml", help="the ceremony of a plan (docs/keys.md)")
    init.add_argument("--non-interactive", action="store_true", help="secrets from the plan's files; nobody is asked")
    init.add_argument("--broker-url", default=Addresses.broker_url)
    init.add_argument("--http-host", default=Addresses.http_host)
    init.add_argument("--http-port", type=int, default=Addresses.http_port)
    init.add_argument("--public-url", help="what QR codes begin with (default: the HTTP address)")
    init.add_argument(
        "--witness",
        nargs=2,
        action="append",
        default=[],
        metavar=("VKEY", "URL"),
        help="a witness: its verifier key, and the URL that its /add-checkpoint is below; again for each",
    )
    init.add_argument("--quorum", type=int, help="how many witnesses must cosign (default: more than half of them)")
    init.add_argument(
        "--anchor",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.json",
        help='an anchor: {"policy": its item of the policy, "settings": its table of backend.toml}; again for each',
    )
    init.set_defaults(func=reporting(_init))


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


def reporting(action: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action with its errors as one line on stderr and exit status 1; CommandErrors have their own."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (BackendError, WireError) as error:
            print(f"civicroot: {error}", file=sys.stderr)
            return EXIT_FAILED

    return reported


def _init(arguments: argparse.Namespace) -> int:
    if arguments.plan is not None:
        return _hold(plans.load(arguments.plan), arguments.non_interactive)
    if arguments.realm is None or arguments.dir is None:
        raise CommandError("--realm and --dir are needed, or --plan")
    addresses = Addresses(arguments.broker_url, arguments.http_host, arguments.http_port, arguments.public_url)
    outside = _outside(arguments)
    if arguments.ceremony:
        if arguments.non_interactive:
            raise CommandError("--non-interactive goes with --plan: nobody would answer")
        check_realm(arguments.realm)
        console = Terminal()
        return _hold(guide.plan_of(arguments.realm, arguments.dir, addresses, outside, console), False)
    path = realm.found_realm(arguments.realm, arguments.dir, addresses, int(time.time()), outside=outside)
    print(f"realm {arguments.realm} founded in {arguments.dir}")
    print(f"keep {realm.ROOT_KEY} offline, and {realm.REGISTRAR_KEY} where enrolments are made")
    print(f"start: civicroot backend run --config {path}")
    return EXIT_OK


def _hold(plan: plans.Plan, alone: bool) -> int:
    console: Console = Files(plan.secrets()) if alone else Terminal()
    founded = Ceremony(plan, console, time.time, os.urandom).run()
    print(f"realm {plan.realm} founded; policy digest {protocol.policy_digest(founded.policy)}")
    print(f"print and sign: {founded.protocol}, {founded.page}")
    print(f"start: civicroot backend run --config {founded.config}")
    return EXIT_OK


def _outside(arguments: argparse.Namespace) -> Outside:
    witnesses = tuple(genesis.witness(vkey, url) for vkey, url in arguments.witness)
    quorum = arguments.quorum if arguments.quorum is not None else genesis.majority(len(witnesses))
    return Outside(witnesses, quorum, tuple(genesis.anchor(file) for file in arguments.anchor))


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


def _new_root(arguments: argparse.Namespace) -> int:
    if not plans.ROOT_NAME.fullmatch(arguments.name):
        raise CommandError(f"a root is called like root-4: {arguments.name}")
    medium = media.parse(arguments.medium)
    public, made = new_root.make(medium, check_realm(arguments.realm), arguments.name, _console(arguments), os.urandom)
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
        public = copying.seal_file(source, check_realm(arguments.realm), source.stem, target, console, os.urandom)
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
