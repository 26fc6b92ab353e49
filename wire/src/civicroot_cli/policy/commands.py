"""`civicroot policy make | show | propose | sign | combine | check`."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire import keys
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from .. import keyfile, public_log
from ..main import CommandError, printable
from . import arguments as given
from . import check, difference, draft, model, signatures

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_OK, EXIT_FAILED = 0, 1
_MARKS = {check.HELD: "✓", check.FAILED: "✗", check.NOT_CHECKED: "–"}


def add_commands(commands: "Subparsers") -> None:
    """Add `policy`."""
    parser = commands.add_parser(
        "policy",
        help="make, sign, rotate and check the trust policy",
        description="The trust policy says which keys of a city are trusted, for which log indices; its roots sign it "
        "m-of-n. make or propose writes a draft; each root holder signs it on a machine of their own, off line; check "
        "says what holds.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_make(actions)
    _add_propose(actions)
    _add_sign(actions)
    _add_combine(actions)
    _add_show(actions)
    _add_check(actions)


def _add_make(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "make",
        help="write the first version, unsigned",
        description="Write version 1 of a city's trust policy as an unsigned draft. " + given.KEYS,
    )
    given.add_first(parser)
    _add_out(parser)
    parser.set_defaults(func=_make)


def _add_propose(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "propose",
        help="write the next version, unsigned",
        description="Write the version after POLICY as an unsigned draft. Choose an index a little above the log's "
        "size: what was logged before stays judged as it was. " + given.KEYS,
    )
    parser.add_argument("policy", type=Path, metavar="POLICY", help="the version before")
    given.add_changes(parser)
    _add_out(parser)
    parser.set_defaults(func=_propose)


def _add_sign(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "sign",
        help="add a root's signature to a draft",
        description="Show what the draft says, and sign it. No network is needed. A root that the draft drops signs "
        "too: a next version needs the threshold of the roots before and its own.",
    )
    parser.add_argument("draft", type=Path, metavar="DRAFT")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the root's secret key")
    parser.add_argument("--previous", type=Path, metavar="POLICY", help="the version before: shows what changes")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="where it goes (default: into DRAFT)")
    parser.set_defaults(func=_sign)


def _add_combine(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "combine",
        help="put the signatures of several copies of a draft together",
        description="Put the signatures of several copies of one draft together, each signed by other root holders.",
    )
    parser.add_argument("drafts", type=Path, nargs="+", metavar="DRAFT")
    _add_out(parser)
    parser.set_defaults(func=_combine)


def _add_show(actions: "Subparsers") -> None:
    parser = actions.add_parser("show", help="say what a policy or draft trusts", description="Nothing is verified.")
    parser.add_argument("policy", type=Path, metavar="POLICY")
    parser.add_argument("--previous", type=Path, metavar="POLICY", help="show what it changes against this version")
    parser.set_defaults(func=_show)


def _add_check(actions: "Subparsers") -> None:
    parser = actions.add_parser(
        "check",
        help="check signatures, thresholds, succession, and the log",
        description="Check a policy: the signatures of its roots; with --previous, the hand-over by the roots before; "
        "with --url, that it and every version before it are in the public log. Exit code 0: all that was asked holds; "
        "1: it does not; 2: it could not be checked.",
    )
    parser.add_argument("policy", type=Path, metavar="POLICY")
    parser.add_argument("--previous", type=Path, metavar="POLICY", help="the version before")
    parser.add_argument("--url", metavar="URL", help="the city's address, or a folder with a copy of its public files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(func=_check)


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where the draft goes")


def _make(arguments: argparse.Namespace) -> int:
    roots = given.roots(arguments.root)
    made = _valid(lambda: model.first(arguments.realm, roots, arguments.threshold, given.changes(arguments)))
    return _wrote(arguments.out, made, list(difference.summary(made)))


def _propose(arguments: argparse.Namespace) -> int:
    before = draft.read(arguments.policy)
    made = _valid(lambda: model.following(before.model, given.changes(arguments)))
    return _wrote(arguments.out, made, list(difference.changes(before, made)))


def _valid(make: "given.MakePolicy") -> Policy:
    try:
        return make()
    except WireError as error:
        raise CommandError(f"this makes no policy: {error}") from error


def _wrote(path: Path, made: Policy, lines: list[str]) -> int:
    draft.write(path, made)
    _print([*lines, f"draft in {path}: each root holder signs it with `civicroot policy sign`"])
    return EXIT_OK


def _sign(arguments: argparse.Namespace) -> int:
    found = draft.read(arguments.draft)
    previous = None if arguments.previous is None else draft.read(arguments.previous)
    signer = keyfile.load(arguments.key)
    signed = signatures.add(found, signer, previous)
    out = arguments.out or arguments.draft
    _print(list(difference.summary(found)) if previous is None else list(difference.changes(previous, found)))
    draft.write(out, signed)
    _print([f"signed by root {signer.kid.hex()}, in {out}", *_standings(signed, previous)])
    return EXIT_OK


def _standings(policy: Policy, previous: Policy | None) -> list[str]:
    lines = [f"  {signatures.standing(policy, policy.roots, policy.threshold).says()}"]
    if previous is not None:
        handed = signatures.standing(policy, previous.roots, previous.threshold)
        lines.append(f"  of version {previous.version}: {handed.says()}")
    return lines


def _combine(arguments: argparse.Namespace) -> int:
    combined = signatures.combine([draft.read(path) for path in arguments.drafts])
    signatures.refuse_wrong(combined, combined.roots)
    draft.write(arguments.out, combined)
    _print([f"in {arguments.out}", *_standings(combined, None)])
    return EXIT_OK


def _show(arguments: argparse.Namespace) -> int:
    found = draft.read(arguments.policy)
    lines = list(difference.summary(found))
    if arguments.previous is not None:
        lines.extend(difference.changes(draft.read(arguments.previous), found))
    by = ", ".join(kid.hex() for kid in sorted(found.signatures)) or "nobody"
    own = {keys.kid(public) for public in found.roots} & set(found.signatures)
    _print([*lines, f"  carries signatures by {by}: {len(own)} of {found.threshold} needed; `policy check` verifies"])
    return EXIT_OK


def _check(arguments: argparse.Namespace) -> int:
    policy = draft.read(arguments.policy)
    previous = None if arguments.previous is None else draft.read(arguments.previous)
    found = [*check.signatures(policy), *check.witnesses(policy), *check.succession(policy, previous)]
    if arguments.url is not None:
        with public_log.opened(arguments.url, policy) as log:
            found.extend(check.in_log(policy, log))
    holds = all(one.status != check.FAILED for one in found)
    if arguments.json:
        rows = [{"check": one.check, "status": one.status, "says": one.says} for one in found]
        print(json.dumps({"holds": holds, "realm": policy.realm, "version": policy.version, "checks": rows}))
    else:
        _print([f"policy of {policy.realm}, version {policy.version}"])
        _print([f"  {_MARKS[one.status]} {one.says}" for one in found])
        print("HOLDS" if holds else "DOES NOT HOLD", file=sys.stdout if holds else sys.stderr)
    return EXIT_OK if holds else EXIT_FAILED


def _print(lines: list[str]) -> None:
    print("\n".join(printable(line) for line in lines))
