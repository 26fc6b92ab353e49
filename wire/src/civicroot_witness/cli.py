"""`civicroot witness`: run a witness for logs that others keep."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from civicroot_cli.main import CommandError, Refused
from civicroot_cli.verify import load_policy

from . import config, status
from .errors import ConfigError, WitnessError
from .store import Store
from .trusted import LogKey, of_policy, parse_log_key

EXIT_OK, EXIT_FORKED = 0, 1
_DESCRIPTION = """\
Run a witness (c2sp.org/tlog-witness): a small service that signs a log's checkpoint only if the log grew from the one
that it signed before. With enough of them, run by people who do not depend on each other, a log cannot show two people
two histories. docs/witness.md says how to set one up in ten minutes.

  civicroot witness init --dir /var/lib/witness --name university.example/w1
  civicroot witness add-log --dir /var/lib/witness --policy policy.json
  civicroot witness run --dir /var/lib/witness

Never put an old copy of the database in place of a newer one: the witness would have forgotten what it signed."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `witness`."""
    parser = commands.add_parser(
        "witness",
        help="run a witness that cosigns logs' checkpoints",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_init(actions)
    _add_add_log(actions)
    _add_remove_log(actions)
    _add_run(actions)
    _add_status(actions)


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    brief: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=brief, description=description)
    parser.add_argument("--dir", type=Path, required=True, metavar="FOLDER", help="the witness's own folder")

    def checked(arguments: argparse.Namespace) -> int:
        """Whatever is wrong is one line, and exit code 1."""
        try:
            return run(arguments)
        except (WitnessError, CommandError) as error:
            raise Refused(str(error)) from error

    parser.set_defaults(func=checked)
    return parser


def _add_init(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(
        actions,
        "init",
        "make a new witness",
        "Make a new witness: a key readable by you alone, an empty database, and witness.toml with settings that can "
        "be edited. Prints its verifier key, one line, which is what a city puts into its trust policy.",
        _init,
    )
    parser.add_argument(
        "--name",
        required=True,
        help="what it is called for ever: a domain of yours and a word, like university.example/w1",
    )


def _add_add_log(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(
        actions,
        "add-log",
        "take checkpoints of a log",
        "Take checkpoints of a log that are signed by these keys; a running witness knows at once. Give the log's "
        "verifier keys, or the city's trust policy, whose log keys then replace those that are known of its logs: do "
        "so again when the city has changed its log key.",
        _add_log,
    )
    parser.add_argument("vkey", nargs="*", metavar="VKEY", help="the log's verifier key: name+id+base64")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="policy.json, from a source that you trust")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="first log index of the VKEYs (default: 0)")
    parser.add_argument("--last", type=int, metavar="N", help="last log index of the VKEYs (default: no end)")


def _add_remove_log(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(
        actions,
        "remove-log",
        "take no more checkpoints of a log",
        "Take no more checkpoints of a log. What was cosigned is remembered, in case it is added again.",
        _remove_log,
    )
    parser.add_argument("origin", metavar="ORIGIN", help="the log's name: the first line of its checkpoints")


def _add_run(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(
        actions,
        "run",
        "serve until told to end",
        "Serve add-checkpoint, a status page at / and /metrics until SIGTERM or SIGINT. Says on standard error where "
        "it listens. It speaks HTTP: put a proxy with TLS before it.",
        _run,
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"instead of what witness.toml says (as made: {config.LISTEN}); port 0 takes a free one",
    )


def _add_status(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _action(
        actions,
        "status",
        "show logs, newest cosigned checkpoints, and evidence",
        "Show whom the witness signs for and how far, and what it keeps as evidence, with both signed heads. Exit code "
        "1 if a log is proved to have signed two histories.",
        _status,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _init(arguments: argparse.Namespace) -> int:
    print(config.create(arguments.dir, arguments.name))
    return EXIT_OK


def _add_log(arguments: argparse.Namespace) -> int:
    if bool(arguments.vkey) == bool(arguments.policy):
        raise ConfigError("give the log's VKEYs, or --policy FILE")
    if arguments.policy and (arguments.first or arguments.last is not None):
        raise ConfigError("--first and --last go with VKEYs: a policy says them itself")
    keys = (
        of_policy(load_policy(arguments.policy))
        if arguments.policy
        else [parse_log_key(vkey, arguments.first, arguments.last) for vkey in arguments.vkey]
    )
    with _opened(arguments.dir) as store:
        store.add_keys(keys, replace=bool(arguments.policy))
    for key in keys:
        print(_described(key))
    return EXIT_OK


def _described(key: LogKey) -> str:
    until = "" if key.last is None else f" to {key.last}"
    return f"takes checkpoints of {key.origin} by key {key.key.key_id.hex()}, from log index {key.first}{until}"


def _remove_log(arguments: argparse.Namespace) -> int:
    with _opened(arguments.dir) as store:
        if not store.remove_keys(arguments.origin):
            raise ConfigError(f"unknown log: {arguments.origin}")
    print(f"takes no more checkpoints of {arguments.origin}")
    return EXIT_OK


def _opened(folder: Path) -> Store:
    config.load(folder)
    return Store(folder)


def _run(arguments: argparse.Namespace) -> int:
    try:
        from .run import run  # noqa: PLC0415  # what only the service needs comes with the extra
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'civicroot-wire[witness]'") from error
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # its warnings are about what strangers send
    run(arguments.dir, None if arguments.listen is None else config.parse_address(arguments.listen))
    return EXIT_OK


def _status(arguments: argparse.Namespace) -> int:
    found = status.collect(arguments.dir)
    print(json.dumps(status.as_json(found), indent=1) if arguments.json else status.as_text(found))
    return EXIT_FORKED if found.forked else EXIT_OK
