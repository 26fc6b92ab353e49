"""What `civicroot gateway broker-config` and `account` do."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace

from .. import config
from ..errors import InstallError
from ..operate import offline
from . import accounts, broker_config, files, permissions, reload
from .broker import Broker, Settings


def write(arguments: argparse.Namespace) -> int:
    """Make or change the broker's settings, and write its configuration."""
    folder = arguments.folder
    files.make_folder(folder)
    with files.locked(folder):
        exists = (folder / broker_config.SETTINGS_FILE).exists()
        before = broker_config.load(folder) if exists else None
        given = {name: getattr(arguments, name) for name in Settings.__dataclass_fields__}
        given = {
            name: tuple(value) if name == "gateways" else value for name, value in given.items() if value is not None
        }
        settings = replace(before.settings, **given) if before else Settings(**given)
        after = Broker(settings)
        for account in before.accounts.values() if before else ():
            after = after.with_account(account)
        for path in broker_config.store(folder, after):
            print(path)
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Make accounts; all of them or none."""

    def change(found: Broker) -> tuple[Broker, list[dict[str, str]]]:
        made = []
        for name in arguments.names:
            if name in found.accounts and not arguments.replace:
                raise InstallError(f"there is an account {name}; --replace gives it a new password")
            found, line = _with_new(found, name, arguments.role)
            made.append(line)
        return found, made

    return _change(arguments, change)


def remove(arguments: argparse.Namespace) -> int:
    """Take accounts away; all of them or none."""

    def change(found: Broker) -> tuple[Broker, list[dict[str, str]]]:
        for name in arguments.names:
            found = found.without(name)
        return found, []

    return _change(arguments, change)


def show(arguments: argparse.Namespace) -> int:
    """Print the accounts."""
    for account in broker_config.load(arguments.folder).accounts.values():
        print(json.dumps({"username": account.name, "role": account.role}))
    return 0


def follow(arguments: argparse.Namespace) -> int:
    """Bring the devices' accounts in line with the enrolled keys."""
    keys = offline.read(config.load(arguments.config).data).keys
    enrolled = {key.kid.hex() for key in keys if key.role == permissions.DEVICE}

    def change(found: Broker) -> tuple[Broker, list[dict[str, str]]]:
        lines = []
        present = {name for name, account in found.accounts.items() if account.role == permissions.DEVICE}
        for name in sorted(present - enrolled):
            found = found.without(name)
            lines.append({"username": name, "removed": "not enrolled"})
        for name in sorted(enrolled - present):
            found, line = _with_new(found, name, permissions.DEVICE)
            lines.append(line)
        return found, lines

    return _change(arguments, change)


def _with_new(found: Broker, name: str, role: str) -> tuple[Broker, dict[str, str]]:
    account, password = accounts.make(name, role)
    return found.with_account(account), {"username": name, "password": password}


def _change(arguments: argparse.Namespace, change: Callable[[Broker], tuple[Broker, list[dict[str, str]]]]) -> int:
    """Change the accounts, and only then say what came of it: a password that is shown is one that counts."""
    with files.locked(arguments.folder):
        before = broker_config.load(arguments.folder)
        after, lines = change(before)
        if after != before:
            broker_config.store(arguments.folder, after)
    for line in lines:
        print(json.dumps(line))
    sys.stdout.flush()
    if after != before:
        reload.as_told(arguments.reload_pid, arguments.reload_unit)
    return 0
