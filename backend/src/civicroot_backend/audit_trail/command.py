"""`civicroot backend audit-trail`: the key that signs its batches, and the check of everything."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_backend import config
from civicroot_backend.errors import ConfigurationError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SUBJECT = "organisation/city"
EXIT_OK, EXIT_DIFFERS = 0, 1
NONCE_BYTES = 16


def add_audit_trail(actions: "Subparsers", reporting: Callable[..., Callable[[argparse.Namespace], int]]) -> None:
    """Add the command and its actions."""
    parser = actions.add_parser("audit-trail", help="what people did, and its batches in the city log")
    verbs = parser.add_subparsers(required=True, metavar="VERB", title="verbs")
    key = verbs.add_parser(
        "key",
        help="make the key that signs batches",
        description="Make the key file that organisation_key_file names, and print the request that the registrar "
        "enrols: `civicroot enrol --from`. Until it is enrolled, batches wait.",
    )
    key.add_argument("--subject", default=SUBJECT, help=f"as what it is to be enrolled (default: {SUBJECT})")
    verify = verbs.add_parser(
        "verify",
        help="check every row and every batch, against the public log",
        description="Compute every hash of the trail again from its rows, and compare the batches with the statements "
        "in the public log. Exit code 0: everything holds; 1: something does not. The backend may run.",
    )
    verify.add_argument("--url", help="the city's address, or a folder with a copy of its log (default: public_url)")
    for command, action in ((key, _key), (verify, _verify)):
        command.add_argument("--config", required=True, type=Path)
        command.set_defaults(func=reporting(action))


def _key(arguments: argparse.Namespace) -> int:
    from civicroot_wire import possession, statement  # noqa: PLC0415 - no other command of this parser needs them
    from civicroot_wire.names import subject as check_subject  # noqa: PLC0415
    from civicroot_wire.sodium import Signer  # noqa: PLC0415

    from civicroot_backend import keyfile  # noqa: PLC0415

    found = config.load(arguments.config, os.environ)
    if found.organisation_key_file is None:
        raise ConfigurationError("name the key's file first: organisation_key_file in the configuration")
    subject = check_subject(arguments.subject)
    signer = Signer.generate()
    keyfile.create(found.organisation_key_file, signer)
    asked = possession.sign(signer.kid, subject, statement.ROLE, secrets.token_bytes(NONCE_BYTES), found.realm, signer)
    request = {
        "subject": subject,
        "role": statement.ROLE,
        "public": signer.public.hex(),
        "possession": asked.hex(),
        "label": "Audit trail of the city",
    }
    print(json.dumps(request))
    return EXIT_OK


def _verify(arguments: argparse.Namespace) -> int:
    from civicroot_cli import public_log  # noqa: PLC0415 - see _key
    from civicroot_wire import policy as policies  # noqa: PLC0415
    from civicroot_wire import sodium  # noqa: PLC0415

    from civicroot_backend.audit_trail import verifying  # noqa: PLC0415
    from civicroot_backend.database import beside  # noqa: PLC0415

    found = config.load(arguments.config, os.environ)
    try:
        policy = policies.verify(policies.from_file(found.policy_file.read_bytes()), sodium.verify)
    except OSError as error:
        raise ConfigurationError(f"{found.policy_file}: {error}") from error
    with public_log.opened(arguments.url or found.public_url, policy) as log:
        logged = verifying.about_trail(log.entries(0, log.size))
    with beside.opened(found) as database, database.read() as connection:
        issuers = verifying.issuers(connection, found.organisation_key_file)
        result = verifying.verify(connection, found.realm, issuers, logged)
    for finding in result.findings:
        print(finding)
    left = result.rows - result.covered
    gone = f", {result.forgotten} forgotten" if result.forgotten else ""
    said = f"{result.rows} rows{gone}, {result.covered} of them in {result.batches} batches, {left} not in a batch yet"
    print(
        f"{said}: {'everything holds' if not result.findings else f'{len(result.findings)} findings'}", file=sys.stderr
    )
    return EXIT_DIFFERS if result.findings else EXIT_OK
