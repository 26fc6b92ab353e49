"""`civicroot verify`: check a proof bundle offline and say what was checked and what was not."""

import argparse
import json
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

from civicroot_wire import policy as policies
from civicroot_wire import sodium, verifier
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.proof import MAX_PROOF_BYTES
from civicroot_wire.senml import Measurement

from .main import CommandError

MAX_POLICY_FILE = 256 * 1024  # JSON of a policy whose signed form is at most 64 KiB
EXIT_OK, EXIT_FAILED = 0, 1
_MARKS = {verifier.CHECKED: "✓", verifier.NOT_CHECKED: "–"}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `verify`."""
    parser = commands.add_parser(
        "verify",
        help="check a downloaded proof offline",
        description="Check a proof bundle offline against a trust policy. Prints each step. "
        "Exit code 0: the proof holds; 1: it does not; 2: files cannot be read.",
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
        report = verifier.verify(data, policy, sodium.verify, inflate)
    except ProofError as error:
        _print_failure(error, arguments.json)
        return EXIT_FAILED
    print(json.dumps(_as_json(report)) if arguments.json else _as_text(report))
    return EXIT_OK


def load_policy(path: Path) -> policies.Policy:
    """Read `policy.json` and check its roots' signatures; CommandError if it does not hold."""
    try:
        document = json.loads(_read(path, MAX_POLICY_FILE))
        return policies.verify(policies.from_document(document), sodium.verify)
    except WireError as error:
        raise CommandError(f"policy {path} does not hold: {error}") from error
    except ValueError as error:
        raise CommandError(f"policy {path} is not JSON: {error}") from error


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
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error


def _print_failure(error: ProofError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"verified": False, "step": error.step, "reason": error.reason, "detail": error.detail}))
        return
    for step in verifier.STEPS[: verifier.STEPS.index(error.step)]:
        print(f"  ✓ {step}")
    print(f"  ✗ {error.step}: {error.reason} ({error.detail})")
    print("NOT VERIFIED", file=sys.stderr)


def _as_text(report: verifier.Report) -> str:
    width = max(len(step) for step in verifier.STEPS)
    lines = [f"  {_MARKS[found.status]} {found.step:<{width}}  {found.says}" for found in report.findings]
    unchecked = [found.step for found in report.findings if found.status == verifier.NOT_CHECKED]
    device = report.device
    lines.append(f"VERIFIED: reading {report.record.seq} of {device.subject} (key {device.kid.hex()})")
    if device.simulated:
        lines.append("  SIMULATED: the registrar enrolled this device as a simulation")
    if device.label:
        lines.append(f"  at      {device.label}")
    lines.extend(f"  {item.name:<10} {_value(item)}" for item in report.record.pack.measurements)
    if report.record.pack.base_time is not None:
        lines.append(f"  device's own clock: {_time(report.record.pack.base_time)} (a claim)")
    if unchecked:
        lines.append("not checked: " + ", ".join(unchecked))
    return "\n".join(lines)


def _value(item: Measurement) -> str:
    value = item.value.hex() if isinstance(item.value, bytes) else str(item.value)
    return f"{value} {item.unit or ''}".rstrip()


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _as_json(report: verifier.Report) -> dict[str, object]:
    return {
        "verified": True,
        "device": report.device.kid.hex(),
        "subject": report.device.subject,
        "simulated": report.device.simulated,
        "seq": report.record.seq,
        "time": report.record.pack.base_time,
        "values": {item.name: _json_value(item.value) for item in report.record.pack.measurements},
        "log_index": report.bundle.header.index,
        "log_size": report.head.checkpoint.size,
        "not_before": report.not_before,
        "not_after": report.not_after,
        "steps": [{"step": item.step, "status": item.status, "says": item.says} for item in report.findings],
    }


def _json_value(value: "int | DecimalFraction | str | bool | bytes") -> "int | str | bool":
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, DecimalFraction) else value
