"""What `civicroot gateway certificate` does."""

import argparse
import json
from datetime import UTC, datetime

from . import certificates, files, reload


def server(arguments: argparse.Namespace) -> int:
    """Make the broker's certificate."""
    files.make_folder(arguments.folder)
    return _issue_server(arguments, arguments.names)


def renew(arguments: argparse.Namespace) -> int:
    """Replace it if it ends soon."""
    found = certificates.read_server(arguments.folder)
    if not arguments.now and not certificates.is_due(found, datetime.now(UTC)):
        print(json.dumps({"until": found.not_valid_after_utc.date().isoformat(), "renewed": False}))
        return 0
    return _issue_server(arguments, certificates.names_of(found))


def _issue_server(arguments: argparse.Namespace, names: list[str]) -> int:
    now = datetime.now(UTC)
    with files.locked(arguments.folder):
        certificates.issue_server(certificates.open_authority(arguments.authority, now), names, arguments.folder, now)
        until = certificates.read_server(arguments.folder).not_valid_after_utc.date().isoformat()
    print(json.dumps({"until": until, "renewed": True}))
    reload.as_told(arguments.reload_pid, arguments.reload_unit)
    return 0


def client(arguments: argparse.Namespace) -> int:
    """Make a gateway's certificate."""
    now = datetime.now(UTC)
    authority = certificates.open_authority(arguments.authority, now)
    made = certificates.issue_client(authority, arguments.names[0], arguments.out, now)
    print(json.dumps({"certificate": str(made[0]), "key": str(made[1])}))
    return 0
