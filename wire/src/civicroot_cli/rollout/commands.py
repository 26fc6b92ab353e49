"""`civicroot release roll-out`; `release status` is in status_command.py."""

import argparse
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_wire.sodium import Signer

from civicroot_cli import keyfile
from civicroot_cli.main import CommandError
from civicroot_cli.rollout import content, journal, plan, report, status_command, which_devices
from civicroot_cli.rollout.content import Content
from civicroot_cli.rollout.journal import Journal
from civicroot_cli.rollout.run import Patience, RollOut
from civicroot_cli.rollout.street import Street
from civicroot_cli.submission import City

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

STAGES, STOP_AT = "2%,10%,50%,100%", "10%"
# The slowest roll-back takes three times half an hour (a version that hangs), and fetching comes before it.
WAIT_SECONDS = 7200.0
POLL_SECONDS = 5.0


def add_actions(actions: "Subparsers") -> None:
    """Add `roll-out` and `status` to `civicroot release`."""
    parser = actions.add_parser(
        "roll-out",
        help="tell devices in stages, stop if too many fail",
        description="Signs a manifest for each device with the release key and has them logged, a stage at a time; "
        "the next one begins when each device of the stage has said what became of it. The files must have been given "
        "to the city's backend with `civicroot backend offer`. Interrupted or stopped, the same command goes on.",
    )
    parser.add_argument("files", nargs="+", metavar="FILES", help="a folder with lib/ in it, or PATH=FILE each")
    parser.add_argument("--version", required=True, metavar="X.Y.Z", help="as the files say of themselves")
    parser.add_argument("--minimum", default="0.0.0", metavar="X.Y.Z", help="the oldest version that can be updated")
    parser.add_argument("--target", required=True, metavar="BOARD", help="for which board it is, like smart-bin")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the release key")
    parser.add_argument("--realm", required=True, help="the city's permanent name")
    parser.add_argument("--issuer", required=True, metavar="SUBJECT", help="as enrolled, like release/1")
    parser.add_argument(
        "--journal", type=Path, required=True, metavar="FILE", help="remembers the plan, and who was told"
    )
    parser.add_argument(
        "--offered", type=Path, metavar="FILE", help="what `backend offer` printed: nothing may lack in it"
    )
    parser.add_argument(
        "--stages",
        default=STAGES,
        metavar="SHARES",
        help=f"of all devices, rising to 100%% ({STAGES.replace('%', '%%')})",
    )
    parser.add_argument(
        "--wait", type=float, default=WAIT_SECONDS, metavar="SECONDS", help="for each stage (%(default)g)"
    )
    parser.add_argument(
        "--stop-at", default=STOP_AT, metavar="SHARE", help="of those told; more failures stop it (10%%)"
    )
    parser.add_argument(
        "--poll", type=float, default=POLL_SECONDS, metavar="SECONDS", help="between looks (%(default)g)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print who would be told when, and tell nobody")
    which_devices.add_options(parser)
    parser.set_defaults(func=_roll_out)
    status_command.add_action(actions)


def _roll_out(arguments: argparse.Namespace) -> int:
    if arguments.wait < 0 or arguments.poll <= 0:
        raise CommandError("--wait is not below 0, and --poll above it")
    signer = keyfile.load(arguments.key)
    wanted = _content(arguments, signer)
    shares, limit = plan.shares(arguments.stages), plan.share(arguments.stop_at)
    with City(arguments.url) as city, journal.held(arguments.journal):
        street = Street(city, lambda: time.sleep(1.0))
        if street.realm() != wanted.realm:
            raise CommandError(f"{arguments.url} is the city {street.realm()}, not {wanted.realm}")
        kept = _journal(arguments, wanted, street, shares)
        if arguments.dry_run:
            report.plan(kept.stages, arguments.json)
            return report.EXIT_OK
        wanted.manifest(kept.stages[0][0], signer)  # what nobody would take is refused before there is a journal
        kept.keep()
        shown = report.Report(arguments.json, len(kept.stages))
        patience = Patience(arguments.wait, time.monotonic, lambda: time.sleep(arguments.poll))
        rolling = RollOut(
            kept,
            street,
            lambda subject: city.submit(wanted.manifest(subject, signer)).index,
            lambda subject: _told_before(street, subject, wanted),
            limit,
            patience,
            shown.stage,
        )
        try:
            end = rolling.run()
        finally:
            shown.close()
        return shown.end(end)


def _content(arguments: argparse.Namespace, signer: Signer) -> Content:
    offered = None if arguments.offered is None else content.offered(arguments.offered)
    return Content(
        arguments.realm,
        signer.kid,
        arguments.issuer,
        content.version(arguments.version),
        content.version(arguments.minimum),
        arguments.target,
        content.listed(arguments.files),
    ).checked(offered)


def _journal(arguments: argparse.Namespace, wanted: Content, street: Street, shares: list[Fraction]) -> Journal:
    """The one that is there, if it is of the same release, or a new plan. CommandError."""
    digest, version = wanted.digest.hex(), content.shown(wanted.version)
    found = journal.read(arguments.journal)
    if found is None:
        chosen = plan.order(which_devices.subjects(arguments, street), wanted.digest)
        return Journal(arguments.journal, digest, version, plan.cut(chosen, shares))
    if found.content != digest:
        raise CommandError(
            f"{arguments.journal} is of another release ({found.version}): other files, key or board. Nobody is told "
            "two contents of one version; take the next number, and a journal of its own"
        )
    everybody = [subject for stage in found.stages for subject in stage]
    if plan.cut(everybody, shares) != found.stages:
        raise CommandError(f"{arguments.journal} has other stages: what was begun goes on as it was planned")
    return found


def _told_before(street: Street, subject: str, wanted: Content) -> int | None:
    """Where the device's manifest of this content is in the log, if it is.

    CommandError if the device was told something that this release cannot follow.
    """
    before = street.newest_release(subject)
    if before is None or before[1].version < wanted.version:
        return None
    if wanted.is_in(before[1]):
        return before[0]
    what = "another content of" if before[1].version == wanted.version else "the newer"
    raise CommandError(f"{subject} was told {what} {content.shown(before[1].version)} already")
