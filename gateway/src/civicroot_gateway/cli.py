"""`civicroot gateway …`: the commands of set-up and of every day; install/cli.py adds those of the broker."""

import argparse
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import CommandError
from civicroot_wire import names, possession, sodium
from civicroot_wire.batch import ROLE
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from . import config, home
from .config import printing, reading
from .errors import GatewayError
from .install import cli as install_cli
from .operate import logs, status, status_text
from .registry import trust
from .spool.state import acknowledge

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ALARMED = 1  # exit code of `status` while something needs somebody

_EPILOG = f"""\
to set up   config, init, possession, broker-config, account, certificate
to run      run, status, requeue, acknowledge
to upgrade  data-format

Configuration is read from {config.CONFIG_FILE}, or from --config FILE, then from CIVICROOT_GATEWAY_… variables.
`civicroot gateway config --print-default` prints a commented file with every key.
`civicroot gateway status` ends with 0 if all is well, 1 with alarms or if no gateway runs, 2 if it cannot tell.
"""

Command = Callable[[argparse.Namespace], int]


def add_commands(subparsers: "Subparsers") -> None:
    """Add `gateway` and its sub-commands to the `civicroot` command."""
    text = "verify, spool and batch signed readings"
    gateway = subparsers.add_parser(
        "gateway", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = gateway.add_subparsers(required=True, metavar="COMMAND")
    init = _add(commands, "init", _init, "make the gateway's key and its empty spool")
    _add_home(init)
    ask = _add(commands, "possession", _possession, "sign the request to be enrolled")
    _add_home(ask)
    ask.add_argument("--subject", required=True, help="what the gateway is called, like gateway/1")
    ask.add_argument("--nonce", required=True, help="the registrar's nonce, in hex")
    settings = _add(commands, "config", _config, "show the configuration that is in effect, without passwords")
    _add_config(settings)
    what = settings.add_mutually_exclusive_group()
    what.add_argument("--print-default", action="store_true", help="print a commented file of the defaults instead")
    what.add_argument("--check", action="store_true", help="say too if a file that it names cannot be used")
    _add_config(_add(commands, "run", _run, "run the gateway"))
    show = _add(commands, "status", _status, "show what is spooled, heard and refused")
    _add_config(show)
    show.add_argument("--json", action="store_true", help="as one JSON object")
    _add_config(_add(commands, "requeue", _requeue, "batch anew what the backend refused (stop the gateway first)"))
    seen = "end the alarms about damage and contradictions, once somebody knows of them; may run beside the gateway"
    _add_config(_add(commands, "acknowledge", _acknowledge, seen))
    install_cli.add_commands(commands)


def _add(commands: "Subparsers", name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(func=lambda arguments: _guarded(command, arguments))
    return parser


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of key and spool; default: the configuration's"
    )
    parser.add_argument("--realm", help="the city's permanent name; default: the configuration's")
    _add_config(parser)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=config.CONFIG_FILE, metavar="FILE", help="default: %(default)s")


def _guarded(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command; what the operator can mend becomes one line."""
    try:
        return command(arguments)
    except (GatewayError, WireError, OSError) as error:
        raise CommandError(str(error)) from error


def _home(arguments: argparse.Namespace) -> tuple[Path, str]:
    """Data folder and realm: both as arguments, or what is missing by the configuration."""
    if arguments.data and arguments.realm:
        return arguments.data, names.realm(arguments.realm)
    found = config.load(arguments.config)
    return arguments.data or found.data, names.realm(arguments.realm) if arguments.realm else found.realm


def _init(arguments: argparse.Namespace) -> int:
    data, realm = _home(arguments)
    signer = Signer.generate()
    home.create(data, realm, signer)
    print(json.dumps({"kid": signer.kid.hex(), "public": signer.public.hex()}))
    return 0


def _possession(arguments: argparse.Namespace) -> int:
    data, realm = _home(arguments)
    signer = home.read_key(data)
    try:
        nonce = bytes.fromhex(arguments.nonce)
    except ValueError as error:
        raise GatewayError("the nonce is not hex") from error
    signed = possession.sign(signer.kid, arguments.subject, ROLE, nonce, realm, signer)
    possession.decode(signed)  # refuses a subject or nonce that no registrar would take
    print(json.dumps({"kid": signer.kid.hex(), "public": signer.public.hex(), "possession": signed.hex()}))
    return 0


def _config(arguments: argparse.Namespace) -> int:
    if arguments.print_default:
        print(printing.default(), end="")
        return 0
    loaded = reading.load_all(arguments.config)
    print(printing.effective(loaded), end="")
    if arguments.check:
        reading.check_mode(loaded, arguments.config)
        trust.load(loaded.config.policy, loaded.config.realm, sodium.verify)
        home.read_key(loaded.config.data)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from . import daemon  # noqa: PLC0415 - the other commands need no MQTT and no spool, and start at once

    logs.to_stderr()
    try:
        daemon.run(config.load(arguments.config))
    except GatewayError:
        raise  # one line says it all
    except Exception:
        logging.getLogger(__name__).critical("gateway ends", exc_info=True)
        raise
    return 0


def _status(arguments: argparse.Namespace) -> int:
    found = status.show(config.load(arguments.config).data)
    print(json.dumps(found) if arguments.json else status_text.as_text(found, time.time()))
    return ALARMED if found["alarms"] else 0


def _requeue(arguments: argparse.Namespace) -> int:
    settings = config.load(arguments.config)
    with home.locked(settings.data):
        spool = home.open_spool(settings.data, home.read_key(settings.data), settings.realm)
        try:
            records = spool.requeue()
        finally:
            spool.close()
    print(f"{records} records go into new batches")
    return 0


def _acknowledge(arguments: argparse.Namespace) -> int:
    ended = acknowledge(config.load(arguments.config).data)
    print(f"alarms that end: {', '.join(ended) or 'none'}")
    return 0
