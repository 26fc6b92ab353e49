"""`civicroot verify`: check a proof bundle offline and say what was checked and what was not."""

import argparse
import json
import sys
import zlib
from pathlib import Path

from civicroot_wire import policy as policies
from civicroot_wire import sodium, verifier
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.proof import MAX_PROOF_BYTES

from . import report
from .main import CommandError

EXIT_OK, EXIT_FAILED = 0, 1


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `verify`."""
    parser = commands.add_parser(
        "verify",
        help="check a downloaded proof offline",
        description="Check a proof bundle offline against a trust policy. Prints each step: ✓ held, – not checked, "
        "✗ failed. Exit code 0: the proof holds; 1: it does not; 2: it could not be checked, because a file cannot "
        "be read or the policy itself does not hold.",
    )
    parser.add_argument("proof", type=Path, help="the .proof file")
    parser.add_argument("--policy", type=Path, required=True, help="the city's policy.json, from a source you trust")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify and print; returns the exit code."""
    policy = load_policy(arguments.policy)
    data = _read(arguments.proof, MAX_PROOF_BYTES)
    try:
        found = verifier.verify(data, policy, sodium.verify, inflate)
    except ProofError as error:
        print(json.dumps(report.failure_as_json(error)) if arguments.json else report.failure_as_text(error))
        if not arguments.json:
            print("NOT VERIFIED", file=sys.stderr)
        return EXIT_FAILED
    print(json.dumps(report.as_json(found)) if arguments.json else report.as_text(found))
    return EXIT_OK


def load_policy(path: Path) -> policies.Policy:
    """Read `policy.json` and check its roots' signatures; CommandError if it does not hold."""
    try:
        return policies.verify(policies.from_file(_read(path, policies.MAX_FILE_BYTES)), sodium.verify)
    except WireError as error:
        raise CommandError(f"policy {path} does not hold: {error}") from error


def inflate(compressed: bytes, limit: int) -> bytes:
    """Decompress zlib to at most `limit` bytes; ValueError for anything else."""
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(compressed, limit)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("compressed data is cut, too long or has a tail")
    return data


def _read(path: Path, limit: int) -> bytes:
    """The file's bytes; of one over `limit`, one byte more, which the reader of the format refuses."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
