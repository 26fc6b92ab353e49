"""`civicroot proof fetch | upgrade | export`."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from civicroot_wire.errors import ProofError
from civicroot_wire.policy import Policy

from .. import chain_option, files, public_log, verify
from .. import verdict as verdicts
from ..main import CommandError, Refused, printable
from ..submission import City
from . import export, upgrade
from .fork import LogForked

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_FAILED = 0, 1
_URL_HELP = "the city's address, or a folder with a copy of its public files"


def add_commands(commands: "Subparsers") -> None:
    """Add `proof`."""
    parser = commands.add_parser(
        "proof",
        help="fetch proofs, bring them up to date, give them other forms",
        description="Proof files, verified before they are written. `civicroot verify` checks them off line.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_fetch(actions)
    _add_upgrade(actions)
    _add_export(actions)


def _add_fetch(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "fetch",
        help="download a proof and verify it",
        description="Download the proof of a reading or of any other log entry, verify it, and write it.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--reading", metavar="KID/SEQ", help="a device's reading, by key and number")
    which.add_argument("--entry", type=int, metavar="INDEX", help="a log entry")
    which.add_argument("--enrolment", metavar="SUBJECT", help="a subject's newest enrolment, like organisation/zoo")
    parser.add_argument("--url", required=True, metavar="URL", help="the city's address")
    _add_policy(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where it goes")
    parser.set_defaults(func=_fetch)


def _add_upgrade(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "upgrade",
        help="bring a proof up to date from the public log",
        description="Bring a .proof file up to date from the public log: the newest checkpoint, checked to extend the "
        "old one, with the cosignatures it has by now, new paths, the newest status list and the revocations it needs, "
        "the checkpoint behind the reading's beacon, and the external anchors that there are by now. No answer is "
        "believed: what does not hold is left out, and said. The result is verified before it replaces the old "
        "file. Exit code 0: upgraded, or nothing new; 1: the proof or the log does not hold; 2: it could not be done.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the .proof file")
    parser.add_argument("--url", required=True, metavar="URL", help=_URL_HELP)
    _add_policy(parser)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="where it goes (default: in place of FILE)")
    chain_option.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.set_defaults(func=_upgrade)


def _add_export(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "export",
        help="write a proof in a form that other tools read",
        description="Write the entry of a .proof file (of a reading: its batch header) as a tlog-proof "
        "(c2sp.org/tlog-proof), a COSE receipt (RFC 9942), or a transparent statement (RFC 9943). Only the log signs "
        "receipts, so those need --url and --policy.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the .proof file, or a transparent statement")
    parser.add_argument("--as", dest="form", required=True, choices=export.FORMS, help="the form")
    parser.add_argument("--url", metavar="URL", help="the city's address, for its receipt")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the city's policy.json, for the log's key")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where it goes")
    parser.set_defaults(func=_export)


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy", type=Path, required=True, metavar="FILE", help="the city's policy.json, from a source you trust"
    )


def _fetch(arguments: argparse.Namespace) -> int:
    policy = verify.load_policy(arguments.policy)
    with City(arguments.url) as city:
        data = city.get(_path(arguments, city), verify.MAX_BYTES)
    found = _verified(data, policy)
    files.replace(arguments.out, data)
    print(verdicts.as_text(found))
    print(f"written to {arguments.out}")
    return EXIT_OK


def _verified(data: bytes, policy: Policy) -> verdicts.Verdict:
    try:
        return verify.check(data, policy)
    except ProofError as error:
        raise Refused(f"the proof does not hold, nothing is written: {error.step}: {error.reason}") from error


def _path(arguments: argparse.Namespace, city: City) -> str:
    if arguments.reading is not None:
        kid, slash, seq = arguments.reading.partition("/")
        if not slash or not seq.isdigit():
            raise CommandError(f"a reading is KID/SEQ: {arguments.reading}")
        return f"/api/v1/devices/{quote(kid, safe='')}/records/{seq}/proof"
    index = arguments.entry if arguments.enrolment is None else _enrolment(arguments.enrolment, city)
    return f"/entries/{index}/proof"


def _enrolment(subject: str, city: City) -> int:
    listed = city.get(f"/api/v1/entries?kind=enrolment&limit=1&subject={quote(subject, safe='')}")
    try:
        found = json.loads(listed)["entries"]
        return int(found[0]["index"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CommandError(f"the city knows no enrolment of {subject}") from error


def _upgrade(arguments: argparse.Namespace) -> int:
    policy = verify.load_policy(arguments.policy)
    data = files.read(arguments.file, verify.MAX_BYTES)
    out = arguments.out or arguments.file
    blocks = chain_option.source(arguments)
    try:
        with public_log.opened(arguments.url, policy) as log:
            found = upgrade.upgrade(data, policy, log, blocks)
    except LogForked as error:
        evidence = out.with_name(out.name + ".fork")
        files.replace(evidence, error.evidence.encode())
        raise Refused(f"{error}; both signed checkpoints are in {evidence}: keep it, and show it to others") from error
    except ProofError as error:
        print(verdicts.failure_as_json(error) if arguments.json else verdicts.failure_as_text(error))
        print(f"the upgraded proof would not hold; {arguments.file} stays as it is", file=sys.stderr)
        return EXIT_FAILED
    changed = found.data != data
    if changed or out != arguments.file:
        files.replace(out, found.data)
    if arguments.json:
        said = {"changed": changed, "gained": found.gained, "missing": found.missing, "file": str(out)}
        print(json.dumps(said))
        return EXIT_OK
    lines = [f"{out}:", *(f"  + {line}" for line in found.gained)] if changed else [f"nothing new; {out} is as it was"]
    print("\n".join(printable(line) for line in [*lines, *(f"  - {line}" for line in found.missing)]))
    return EXIT_OK


def _export(arguments: argparse.Namespace) -> int:
    policy = None if arguments.policy is None else verify.load_policy(arguments.policy)
    data = files.read(arguments.file, verify.MAX_BYTES)
    if arguments.url is None:
        written = export.export(data, arguments.form, policy, None)
    else:
        with City(arguments.url) as city:
            written = export.export(data, arguments.form, policy, lambda index: city.get(f"/entries/{index}/receipt"))
    files.replace(arguments.out, written)
    print(f"{arguments.out}: {arguments.form}, {len(written)} bytes")
    return EXIT_OK
