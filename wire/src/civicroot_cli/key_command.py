"""`civicroot key`: make a key pair, show what it is called, sign the request to be enrolled."""

import argparse
import json
import secrets
from pathlib import Path

from civicroot_wire import base64, enrolment, keys, names, possession
from civicroot_wire.errors import WireError
from civicroot_wire.note import COSIGNATURE, ED25519, VerifierKey, check_name
from civicroot_wire.sodium import Signer

from . import files, keyfile, public_key
from .main import CommandError

NONCE_BYTES = 16


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `key`."""
    parser = commands.add_parser("key", help="make keys and show what they are called")
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_new(actions)
    _add_show(actions)
    _add_request(actions)


def _add_new(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "new",
        help="make a key pair",
        description="Make an Ed25519 key pair: FILE gets the secret key, readable by you alone; FILE.pub the public "
        "one. Nothing is overwritten. There is no second copy: make one, and keep it as safe as the first.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the secret key goes")
    _add_output(parser)
    parser.set_defaults(func=_new)


def _add_show(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "show",
        help="show a key's public part: kid, thumbprint, verifier keys",
        description="Show the public part of a key: its kid and thumbprint (RFC 9679) and, with --name, the verifier "
        "keys under which a log or a witness of that name is known (c2sp.org/signed-note). The secret is not shown.",
    )
    parser.add_argument("key", metavar="KEY", help="a secret key's file, a .pub file, or a public key in base64 or hex")
    _add_output(parser)
    parser.set_defaults(func=_show)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="name of a log or witness, like city.example/log")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_request(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "request",
        help="sign the request to be enrolled",
        description="Sign with a new key the request to be enrolled (proof of possession), and print it as the line of "
        "JSON that the registrar's `civicroot enrol --from` takes. This is how an organisation, operator or any other "
        "key kept in a file is enrolled; devices and gateways sign their own.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the secret key's file")
    parser.add_argument("--realm", required=True, help="the city's permanent name")
    parser.add_argument("--subject", required=True, help="whom the key is for, like organisation/tree-fund")
    parser.add_argument("--role", required=True, choices=enrolment.ROLES, help="what it will sign for")
    parser.add_argument("--nonce", help="the registrar's nonce in hex, 8 to 32 bytes (default: a random one)")
    parser.add_argument("--label", help="what people call it")
    parser.set_defaults(func=_request)


def _new(arguments: argparse.Namespace) -> int:
    _check(arguments.name)
    beside = arguments.file.with_name(arguments.file.name + public_key.SUFFIX)
    if beside.exists():
        raise CommandError(f"cannot create {beside}: File exists")
    signer = Signer.generate()
    keyfile.create(arguments.file, signer)
    files.create(beside, (base64.encode(signer.public) + "\n").encode())
    _print(signer.public, arguments)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    _check(arguments.name)
    secret = not arguments.key.endswith(public_key.SUFFIX) and Path(arguments.key).is_file()
    public = keyfile.load(Path(arguments.key)).public if secret else public_key.parse(arguments.key)
    _print(public, arguments)
    return 0


def _request(arguments: argparse.Namespace) -> int:
    signer = keyfile.load(arguments.file)
    try:
        nonce = bytes.fromhex(arguments.nonce) if arguments.nonce else secrets.token_bytes(NONCE_BYTES)
    except ValueError as error:
        raise CommandError("the nonce is not hex") from error
    try:
        realm = names.realm(arguments.realm)
        asked = possession.sign(signer.kid, arguments.subject, arguments.role, nonce, realm, signer)
        possession.decode(asked)  # refuses a subject or nonce that no registrar would take
    except WireError as error:
        raise CommandError(str(error)) from error
    line = {
        "subject": arguments.subject,
        "role": arguments.role,
        "public": signer.public.hex(),
        "possession": asked.hex(),
    }
    print(json.dumps(line if arguments.label is None else line | {"label": arguments.label}))
    return 0


def describe(public: bytes, name: str | None) -> dict[str, str]:
    """What a public key is called; `name` is that of a log or witness."""
    found = {
        "kid": keys.kid(public).hex(),
        "thumbprint": keys.thumbprint(public).hex(),
        "public": base64.encode(public),
    }
    if name is not None:
        found["name"] = name
        found["log vkey"] = str(VerifierKey(name, public, ED25519))
        found["witness vkey"] = str(VerifierKey(name, public, COSIGNATURE))
    return found


def _check(name: str | None) -> None:
    try:
        if name is not None:
            check_name(name)
    except WireError as error:
        raise CommandError(str(error)) from error


def _print(public: bytes, arguments: argparse.Namespace) -> None:
    found = describe(public, arguments.name)
    if arguments.json:
        print(json.dumps({key.replace(" ", "_"): value for key, value in found.items()}))
    else:
        print("\n".join(f"{key:<13} {value}" for key, value in found.items()))
