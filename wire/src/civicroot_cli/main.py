"""`civicroot`: find the sub-commands of the installed distributions, parse, run one."""

import argparse
import io
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

GROUP = "civicroot.commands"
EXIT_REFUSED = 1
EXIT_USAGE = 2  # argparse's own code for unusable arguments
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it

AddCommands = Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None]


class CommandError(Exception):
    """Something the user can put right: shown as one line, without a traceback; exit code 2."""

    exit_code = EXIT_USAGE


class Refused(CommandError):
    """What was asked for was looked at, and refused; exit code 1."""

    exit_code = EXIT_REFUSED


def build_parser(adders: list[AddCommands]) -> argparse.ArgumentParser:
    """The parser with the sub-commands of each of `adders`."""
    parser = argparse.ArgumentParser(
        prog="civicroot", description="Signed city readings that anyone can check for themselves."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in adders:
        add(commands)
    return parser


def installed() -> list[AddCommands]:
    """`add_commands(subparsers)` of every installed distribution, each once, by entry-point name."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return list(dict.fromkeys(point.load() for point in points))


def needed(argv: list[str]) -> list[AddCommands]:
    """Only what adds the command that is named first, if an entry point bears its name; else all.

    An entry point has the name of a command that it adds. To load all takes most of a second.
    """
    named = entry_points(group=GROUP, name=argv[0]) if argv else ()
    return [point.load() for point in named] or installed()


def printable(text: str) -> str:
    """`text` with control and invisible characters spelt out: what others wrote cannot steer or forge a terminal."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without a character shows its number; a verdict must not end as a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if argv is None else argv
    arguments = build_parser(needed(words)).parse_args(words)
    try:
        return int(arguments.func(arguments))
    except CommandError as error:
        print(f"civicroot: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
