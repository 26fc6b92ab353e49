"""`civicroot realm init`: the quick form, the guided ceremony, the ceremony of a plan."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import CommandError
from civicroot_wire.names import realm as check_realm

from civicroot_backend import genesis, realm
from civicroot_backend.ceremony import guide, protocol
from civicroot_backend.ceremony import plan as plans
from civicroot_backend.ceremony.founding import Ceremony
from civicroot_backend.ceremony.reporting import EXIT_USAGE, reporting
from civicroot_backend.ceremony.secret_source import Console, Files, Terminal
from civicroot_backend.genesis import Outside
from civicroot_backend.realm import Addresses

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK = 0


def add_init(actions: "Subparsers") -> None:
    """Add `init`."""
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
    init.set_defaults(func=reporting(_init, EXIT_USAGE))


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
