"""`civicroot statement sign | submit | show | verify`."""

import argparse
import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire import entry_proof, entry_verifier, names, receipt, sodium, statement
from civicroot_wire.claims import Claims
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.policy import Policy

from .. import document, entry_verdict, files, inclusion_check, keyfile, verify
from ..inflating import inflate
from ..main import CommandError, Refused, printable
from ..proofs.export import check_receipt
from ..submission import Answer, City

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK = 0
ATTEMPTS = 3  # the server waits ten seconds for a checkpoint each time
DEFAULT_TYPE = "application/octet-stream"


def add_commands(commands: "Subparsers") -> None:
    """Add `statement`."""
    parser = commands.add_parser(
        "statement",
        help="sign statements of an organisation, have them logged, check them",
        description="An organisation's key is made with `civicroot key new`, asks to be enrolled with `civicroot key "
        "request --role organisation`, and is enrolled by a registrar. Then its statements go into the public log.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_sign(actions)
    _add_submit(actions)
    _add_show(actions)
    _add_verify(actions)


def _add_sign(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "sign",
        help="sign a statement, off line",
        description="Sign a statement whose payload is DOCUMENT, or, with --detached, only its SHA-256: the document "
        "stays private, and whoever has it can check that it is the one.",
    )
    parser.add_argument("document", type=Path, metavar="DOCUMENT", help="what is stated")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the organisation's secret key")
    parser.add_argument("--realm", required=True, help="the city's permanent name")
    parser.add_argument("--issuer", required=True, metavar="SUBJECT", help="as enrolled, like organisation/zoo")
    parser.add_argument("--subject", required=True, help="what it is about: a subject like bin/12, or any other name")
    parser.add_argument("--type", default="application/cose", help="typ of the statement (default: %(default)s)")
    parser.add_argument("--content-type", metavar="TYPE", help="of the document (default: by its name)")
    parser.add_argument("--detached", action="store_true", help="sign only the document's hash")
    parser.add_argument("--location", metavar="URL", help="where the document lies, for --detached")
    _add_out(parser)
    parser.set_defaults(func=_sign)


def _add_submit(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "submit",
        help="have a signed statement logged, and keep its receipt",
        description="Send a signed statement to the city, wait for the log's COSE receipt, and write both as a "
        "transparent statement. With --policy the receipt is verified first. The same statement again has the same "
        "place in the log. --proof also writes the proof file, which carries the organisation's enrolment too.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the signed statement")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the city's policy.json, for the log's key")
    parser.add_argument("--proof", type=Path, metavar="FILE", help="where the proof file goes; needs --policy")
    _add_out(parser)
    parser.set_defaults(func=_submit)


def _add_show(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "show", help="say what a statement says", description="Nothing is verified: this only reads."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a statement, signed or transparent")
    parser.add_argument("--payload", type=Path, metavar="FILE", help="write the payload there")
    parser.set_defaults(func=_show)


def _add_verify(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "verify",
        help="check a statement and its receipt off line",
        description="Check a transparent statement, or a statement's proof file, off line: signature, receipt, and the "
        "document if it is given. A transparent statement does not carry the organisation's enrolment: give its proof "
        "(`civicroot proof fetch --enrolment`) with --issuer. Exit codes as those of `civicroot verify`.",
    )
    parser.add_argument("proof", type=Path, metavar="FILE", help="the transparent statement, or the .proof file")
    verify.add_options(parser)
    parser.set_defaults(func=_verify)


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where it goes")


def _sign(arguments: argparse.Namespace) -> int:
    signer = keyfile.load(arguments.key)
    content_type = arguments.content_type or mimetypes.guess_type(arguments.document.name)[0] or DEFAULT_TYPE
    if arguments.detached:
        payload = document.digest(arguments.document)
    elif arguments.location is not None:
        raise CommandError("--location goes with --detached: the payload is in the statement itself")
    else:
        payload = files.read(arguments.document, statement.MAX_PAYLOAD)
        if len(payload) > statement.MAX_PAYLOAD:
            raise CommandError(f"{arguments.document} is over {statement.MAX_PAYLOAD} bytes: sign its hash, --detached")
    try:
        issuer = names.subject(arguments.issuer)
        about = Claims(arguments.type, issuer, arguments.subject, names.realm(arguments.realm))
        signed = statement.sign(
            about, payload, signer.kid, signer, content_type, arguments.detached, arguments.location
        )
        statement.decode(signed)  # refuses what nobody would take
    except WireError as error:
        raise CommandError(f"this makes no statement: {error}") from error
    files.replace(arguments.out, signed)
    print(f"{arguments.out}: {len(signed)} bytes, signed by key {signer.kid.hex()} as {issuer}")
    return EXIT_OK


def _submit(arguments: argparse.Namespace) -> int:
    policy = None if arguments.policy is None else verify.load_policy(arguments.policy)
    if arguments.proof is not None and policy is None:
        raise CommandError("--proof needs --policy: nothing is written that was not verified")
    signed = _signed(files.read(arguments.file, receipt.MAX_TRANSPARENT_BYTES))
    with City(arguments.url) as city:
        answer = _receipted(city, signed)
        found = receipt.decode(answer)
        if policy is not None:
            check_receipt(answer, signed, policy)
        files.replace(arguments.out, receipt.attach(signed, [answer]))
        if arguments.proof is not None and policy is not None:
            _fetch_proof(city, found.index, signed, policy, arguments.proof)
    line = {"index": found.index, "log": found.issuer, "verified": policy is not None, "file": str(arguments.out)}
    print(json.dumps(line))
    return EXIT_OK


def _receipted(city: City, signed: bytes) -> bytes:
    """The receipt, asked for again while no checkpoint covers the entry."""
    answer = Answer(0)
    for _ in range(ATTEMPTS):
        answer = city.submit(signed, wait=True)
        if answer.receipt is not None:
            return answer.receipt
    raise CommandError(f"it is log entry {answer.index}, but no checkpoint covers it yet; submit it again in a while")


def _fetch_proof(city: City, index: int, signed: bytes, policy: Policy, path: Path) -> None:
    data = city.get(f"/entries/{index}/proof", entry_proof.MAX_ENTRY_PROOF_BYTES)
    try:
        report = entry_verifier.verify(data, policy, sodium.verify, inflate)
    except ProofError as error:
        raise Refused(f"the proof of entry {index} does not hold: {error.step}: {error.reason}") from error
    if report.bundle.entry.entry != signed:
        raise Refused(f"entry {index} is another statement")
    files.replace(path, data)


def _signed(data: bytes) -> bytes:
    """The signed statement, as it was logged or will be, whether or not it carries receipts."""
    try:
        return receipt.detach(data)[0]
    except WireError:
        pass  # no receipts on it: then it must be a statement as it stands
    try:
        statement.decode(data)
    except WireError as error:
        raise CommandError(f"no signed statement: {error}") from error
    return data


def _show(arguments: argparse.Namespace) -> int:
    signed = _signed(files.read(arguments.file, receipt.MAX_TRANSPARENT_BYTES))
    try:
        found = statement.decode(signed)
    except WireError as error:
        raise CommandError(f"no statement of an organisation: {error}") from error
    lines = [
        f"by      {found.claims.issuer}, key {found.message.kid.hex()}",
        f"about   {found.claims.subject}",
        f"realm   {found.claims.realm}",
        *entry_verdict.facts(found),
        f"bytes   {len(signed)}; nothing was verified",
    ]
    print("\n".join(printable(line) for line in lines))
    if arguments.payload is not None:
        files.replace(arguments.payload, found.payload)
    return EXIT_OK


def _verify(arguments: argparse.Namespace) -> int:
    data = files.read(arguments.proof, verify.MAX_BYTES)
    form = verify.form_of(data)
    if form not in (inclusion_check.TRANSPARENT_FORMAT, entry_proof.FORMAT):
        raise CommandError(f"{arguments.proof} is neither a transparent statement nor an entry's proof file")
    return verify.run(arguments)
