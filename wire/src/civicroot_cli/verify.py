"""`civicroot verify`: check a proof offline, in whichever form it comes, and say what was proved and what was not."""

import argparse
import sys
from pathlib import Path

from civicroot_anchor.checks import anchor_checks
from civicroot_anchor.evm_blocks import BlockSource
from civicroot_wire import entry_proof, entry_verifier, shape, sodium, tlog_proof, verifier
from civicroot_wire import policy as policies
from civicroot_wire.cbor import Tag
from civicroot_wire.cbor import decode as decode_cbor
from civicroot_wire.cose import SIGN1_TAG
from civicroot_wire.entry_proof import MAX_ENTRY_PROOF_BYTES
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.policy import Policy
from civicroot_wire.receipt import MAX_TRANSPARENT_BYTES

from . import chain_option, document, entry_verdict, files, inclusion_check, reading_verdict
from . import verdict as verdicts
from .inclusion_check import Issuer
from .inflating import inflate
from .main import CommandError
from .verdict import Verdict

__all__ = ["add_commands", "add_options", "check", "form_of", "inflate", "load_issuer", "load_policy", "run"]

EXIT_OK, EXIT_FAILED = 0, 1
MAX_BYTES = max(MAX_ENTRY_PROOF_BYTES, MAX_TRANSPARENT_BYTES, tlog_proof.MAX_BYTES)  # of any form
_FORMAT = 1  # the label that both bundles have first


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `verify`."""
    parser = commands.add_parser(
        "verify",
        help="check a downloaded proof offline",
        description="Check a proof offline against a trust policy: a .proof bundle of a reading or of another log "
        "entry, a tlog-proof text, or a transparent statement. Prints each step: ✓ held, – not checked, ✗ failed; "
        "then what was proved, and what was not, and how to check it. Nobody is asked anything, but with --evm-rpc. "
        "Exit code 0: the proof holds; 1: it does not; 2: it could not be "
        "checked, because a file cannot be read or the policy itself does not hold.",
    )
    parser.add_argument("proof", type=Path, metavar="FILE", help="the proof, in any of these forms")
    add_options(parser)
    parser.set_defaults(func=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a check needs beside the file."""
    parser.add_argument(
        "--policy", type=Path, required=True, metavar="FILE", help="the city's policy.json, from a source you trust"
    )
    parser.add_argument(
        "--issuer", type=Path, metavar="FILE", help="entry proof of the signer's enrolment, for forms without it"
    )
    parser.add_argument("--document", type=Path, metavar="FILE", help="the document that a statement is about")
    chain_option.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Verify and print; returns the exit code."""
    policy = load_policy(arguments.policy)
    blocks = chain_option.source(arguments)
    data = files.read(arguments.proof, MAX_BYTES)
    try:
        issuer = None if arguments.issuer is None else load_issuer(arguments.issuer, policy)
        found = check(data, policy, issuer, blocks)
        document.check(found, arguments.document)
    except ProofError as error:
        print(verdicts.failure_as_json(error) if arguments.json else verdicts.failure_as_text(error))
        if not arguments.json:
            print("NOT VERIFIED", file=sys.stderr)
        return EXIT_FAILED
    print(verdicts.as_json(found) if arguments.json else verdicts.as_text(found))
    return EXIT_OK


def check(data: bytes, policy: Policy, issuer: Issuer | None = None, blocks: BlockSource | None = None) -> Verdict:
    """The verdict on a proof in any form. Raises ProofError naming the step that fails.

    `blocks` says which blocks of EVM chains are on them; without it such anchors are not checked, and nobody is asked.
    """
    if data.startswith(tlog_proof.FIRST_LINE.encode()):
        return inclusion_check.check_tlog(data, policy, issuer)
    form = form_of(data)
    checks = anchor_checks(blocks)
    if form == entry_proof.FORMAT:
        return entry_verdict.of(entry_verifier.verify(data, policy, sodium.verify, inflate, checks), policy)
    if form == inclusion_check.TRANSPARENT_FORMAT:
        return inclusion_check.check_transparent(data, policy, issuer)
    return reading_verdict.of(verifier.verify(data, policy, sodium.verify, inflate, checks), policy)


def form_of(data: bytes) -> str | None:
    """What the file says it is; None if it says nothing that is known here, so that a bundle's own check names why."""
    try:
        found = decode_cbor(data, MAX_BYTES)
        if isinstance(found, Tag):
            return inclusion_check.TRANSPARENT_FORMAT if found.number == SIGN1_TAG else None
        return shape.text(found.get(_FORMAT), "format") if isinstance(found, dict) else None
    except WireError:
        return None


def load_policy(path: Path) -> Policy:
    """Read `policy.json` and check its roots' signatures; CommandError if it does not hold."""
    try:
        return policies.verify(policies.from_file(files.read(path, policies.MAX_FILE_BYTES)), sodium.verify)
    except WireError as error:
        raise CommandError(f"policy {path} does not hold: {error}") from error


def load_issuer(path: Path, policy: Policy) -> Issuer:
    """Read the entry proof of an issuer's enrolment; CommandError if it does not hold."""
    try:
        return inclusion_check.issuer_of(files.read(path, MAX_ENTRY_PROOF_BYTES), policy)
    except WireError as error:
        raise CommandError(f"the issuer's proof {path} does not hold: {error}") from error
