"""`civicroot backend account`: the first account, and help for who has locked himself out. The backend may run."""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_backend import config

if TYPE_CHECKING:
    from civicroot_backend.audit_trail.act import Act
    from civicroot_backend.people.accounts import Account
    from civicroot_backend.people.door import Door

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ROLES = ("crew", "operator", "auditor", "issuer", "registrar", "partner")


def add_account(actions: "Subparsers", reporting: Callable[..., Callable[[argparse.Namespace], int]]) -> None:
    """Add the command and its actions."""
    parser = actions.add_parser(
        "account",
        help="people who may sign in",
        description="Accounts of staff and crews. There is no default account and no default password: the first one "
        "is made here, and its owner comes in by a link that opens once.",
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB", title="verbs")
    add = _verb(verbs, "add", "let somebody in; prints the link to hand over", reporting(_add))
    add.add_argument("--name", required=True, help="what people call them")
    add.add_argument("--role", required=True, action="append", choices=ROLES, help="may be given more than once")
    add.add_argument("--district", default="city", help="where; the whole city if it is left out")
    _verb(verbs, "invite", "let somebody in again who lost passkey and password; prints the link", reporting(_invite))
    _verb(verbs, "end", "end an account, its sessions and its keys", reporting(_end))
    listing = verbs.add_parser("list", help="who there is, a line of JSON each")
    listing.add_argument("--config", required=True, type=Path)
    listing.set_defaults(func=reporting(_list))


def _verb(
    verbs: "Subparsers", name: str, text: str, action: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text)
    parser.add_argument("login", help="what they type to sign in")
    parser.add_argument("--config", required=True, type=Path)
    parser.set_defaults(func=action)
    return parser


def _add(arguments: argparse.Namespace) -> int:
    from civicroot_backend.people import accounts  # noqa: PLC0415 - see _acting
    from civicroot_backend.people.roles import Role  # noqa: PLC0415

    with _acting(arguments) as (act, door):
        roles = {Role(role) for role in arguments.role}
        _, token = accounts.add(act, arguments.login, arguments.name, arguments.district, roles)
    print(door.invitation_link(token))
    return 0


def _invite(arguments: argparse.Namespace) -> int:
    from civicroot_backend.people import accounts  # noqa: PLC0415 - see _acting

    with _acting(arguments) as (act, door):
        token = accounts.invite_again(act, _account(act, arguments.login).id)
    print(door.invitation_link(token))
    return 0


def _end(arguments: argparse.Namespace) -> int:
    from civicroot_backend.people import accounts  # noqa: PLC0415 - see _acting

    with _acting(arguments) as (act, _):
        accounts.end(act, _account(act, arguments.login).id)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from civicroot_backend.people import account_list  # noqa: PLC0415 - see _acting

    with _acting(arguments) as (act, _):
        for found in account_list.all_of_them(act.connection):
            grants = [f"{role}@{district}" for district, role in sorted(found.granted)]
            print(json.dumps({"login": found.login, "name": found.name, "active": found.active, "roles": grants}))
    return 0


def _account(act: "Act", login: str) -> "Account":
    from civicroot_backend.people import accounts, names  # noqa: PLC0415 - see _acting
    from civicroot_backend.people.errors import NotThere  # noqa: PLC0415

    found = accounts.find(act.connection, names.login(login))
    if found is None:
        raise NotThere(f"there is no account {login}")
    return found


@contextmanager
def _acting(arguments: argparse.Namespace) -> "Iterator[tuple[Act, Door]]":
    """The transaction of the command line, whose acts are on the trail too."""
    # Imported here: no other command of this parser needs a database.
    from civicroot_backend.audit_trail.act import COMMAND_LINE, Act  # noqa: PLC0415
    from civicroot_backend.database import beside  # noqa: PLC0415
    from civicroot_backend.people.door import Door  # noqa: PLC0415

    found = config.load(arguments.config, os.environ)
    with beside.opened(found) as database, database.write() as connection:
        yield Act(connection, int(time.time()), COMMAND_LINE), Door(found.public_url, found.http_host)
