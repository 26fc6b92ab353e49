"""`civicroot audit`: follow a city's log from outside and say what is wrong with it."""

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from civicroot_cli.chain_option import url
from civicroot_cli.main import CommandError
from civicroot_cli.verify import load_policy
from tqdm import tqdm  # type: ignore[import-untyped]  # it ships no types

from .as_html import as_html
from .as_json import as_json
from .as_text import alarms_as_text, as_text
from .auditor import audit
from .errors import AuditError
from .options import ALL, NONE, RECHECKED, SAMPLE, TOLERANCE, Options
from .report import Report
from .source import open_source

ALARM_SECONDS = 300  # for the alarm's command; it must not hold cron's next audit up
EVERYTHING = 1 << 62  # bundles: more than any log has

_DESCRIPTION = """\
Audit a city's log from outside: every checkpoint against all that were ever seen, every entry, every batch and every
signature, and what became of every number of every device. Only what is new since the last audit is read; the state
folder is the memory. The policy is the only thing that is believed: get it from a source that you trust."""

_EPILOG = """\
exit codes: 0 nothing is wrong; 1 there are alarms; 2 the audit could not be carried out or finished.
A finding is reported at every audit until it is put right or acknowledged. docs/auditing.md explains each by its name.

from cron:  17 * * * *  civicroot audit https://city.example --policy policy.json --quiet --html /var/www/audit.html
"""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `audit`."""
    parser = commands.add_parser(
        "audit",
        help="check a whole city from outside",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="the city's address, or a folder with a copy of its public files")
    parser.add_argument("--policy", type=Path, required=True, help="the city's policy.json, from a source you trust")
    parser.add_argument(
        "--state", type=Path, help="memory between audits (default: ~/.local/state/civicroot/audit/REALM)"
    )
    parser.add_argument(
        "--mirror", action="append", default=[], metavar="URL", help="a mirror to compare; may be repeated"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON; - for standard output")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as one HTML page")
    parser.add_argument("--alarm", metavar="COMMAND", help="run this with the JSON report as input if there are alarms")
    parser.add_argument("--quiet", action="store_true", help="print alarms only: nothing if all is well")
    parser.add_argument(
        "--stale-after",
        type=_count,
        metavar="SECONDS",
        help="alarm if the log is older (default: notice after a day; 0: off)",
    )
    parser.add_argument(
        "--evm-rpc",
        action="append",
        default=[],
        metavar="URL",
        help="a node that you trust, of the chain with the city's contract: its events are read; may be repeated",
    )
    parser.add_argument(
        "--anchor-after",
        type=_count,
        metavar="SECONDS",
        help="alarm if the newest of an anchor is older (default: notice after a week; 0: off)",
    )
    parser.add_argument(
        "--clock-tolerance",
        type=_count,
        default=TOLERANCE,
        metavar="SECONDS",
        help=f"how wrong gateways' clocks may be (default: {TOLERANCE})",
    )
    parser.add_argument(
        "--api",
        choices=(NONE, SAMPLE, ALL),
        default=SAMPLE,
        help="compare what the city's API shows with the signed records (default: sample)",
    )
    parser.add_argument(
        "--recheck",
        type=_bundles,
        default=RECHECKED,
        metavar="N",
        help=f"bundles of 256 entries to read again, in turn; all for everything (default: {RECHECKED})",
    )
    parser.add_argument("--jobs", type=_count, metavar="N", help="worker processes (default: one for each processor)")
    parser.add_argument(
        "--acknowledge",
        action="append",
        default=[],
        metavar="FINDING",
        help="this finding (its twelve digits) was seen: it is no alarm any more; may be repeated",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit, report, alarm; returns the exit code."""
    policy = load_policy(arguments.policy)
    options = Options(
        arguments.clock_tolerance,
        arguments.stale_after,
        arguments.jobs,
        arguments.recheck,
        arguments.api,
        tuple(url(text) for text in arguments.evm_rpc),
        arguments.anchor_after,
    )
    state = arguments.state or _default_state(policy.realm)
    try:
        with ExitStack() as opened:
            source = open_source(arguments.url)
            opened.callback(source.close)
            mirrors = [open_source(url) for url in arguments.mirror]
            for mirror in mirrors:
                opened.callback(mirror.close)
            with _progress(arguments.quiet) as progress:
                report = audit(
                    source, policy, state, mirrors, options, progress=progress, acknowledge=arguments.acknowledge
                )
    except AuditError as error:
        raise CommandError(str(error)) from error
    _show(report, arguments)
    return report.exit_code


def _show(report: Report, arguments: argparse.Namespace) -> None:
    text = json.dumps(as_json(report), indent=1) + "\n"
    if arguments.json == Path("-"):
        sys.stdout.write(text)
    else:
        said = alarms_as_text(report) if arguments.quiet else as_text(report)
        if said:
            print(said)
        if arguments.json is not None:
            _write(arguments.json, text)
    if arguments.html is not None:
        _write(arguments.html, as_html(report))
    if arguments.alarm and report.alarms:
        _alarm(arguments.alarm, text)


def _alarm(command: str, text: str) -> None:
    """Tell somebody. That this fails is said, and the alarm itself stays the exit code."""
    try:
        ended = subprocess.run(
            shlex.split(command), input=text.encode(), timeout=ALARM_SECONDS, check=False, stdout=sys.stderr.fileno()
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        print(f"civicroot: the alarm's command failed: {error}", file=sys.stderr)
        return
    if ended.returncode:
        print(f"civicroot: the alarm's command ended with {ended.returncode}", file=sys.stderr)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with tqdm(desc="audit", unit=" entries", unit_scale=True, dynamic_ncols=True, leave=False, file=sys.stderr) as bar:

        def step(done: int, new: int) -> None:
            bar.total = new
            bar.update(done - bar.n)

        yield step


def _default_state(realm: str) -> Path:
    """$XDG_STATE_HOME or ~/.local/state; a realm has only letters, digits, dots and hyphens."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "civicroot" / "audit" / realm


def _write(path: Path, content: str) -> None:
    """The file is whole or the old one: a web server may be showing it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from error


def _count(text: str) -> int:
    if not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"not a whole number: {text}")
    return int(text)


def _bundles(text: str) -> int:
    return EVERYTHING if text == "all" else _count(text)
