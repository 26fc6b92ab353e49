"""`civicroot gateway broker-config | account | certificate | data-format`."""

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import CommandError

from .. import config
from ..errors import GatewayError
from . import permissions
from .broker import BROKERS, LOCAL_PORTS, MAX_CONNECTIONS, MQTT_TLS_PORT, STORE_BYTES, STORES

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FOLDER = Path("/etc/civicroot/broker")
AUTHORITY_FOLDER = Path("/etc/civicroot/authority")


def add_commands(commands: "Subparsers") -> None:
    """Add the commands to `civicroot gateway`."""
    _add_broker_config(commands)
    _add_account(commands)
    _add_certificate(commands)
    _add_data_format(commands)


def _add_broker_config(commands: "Subparsers") -> None:
    parser = _add(
        commands,
        "broker-config",
        "broker_commands.write",
        "write a broker's configuration: TLS, an account for everybody, limits",
        "Write the configuration of Mosquitto or nats-server into a folder that belongs to the broker's user. "
        "Accounts that the folder has stay, and so do settings that are not given.",
    )
    parser.add_argument("--broker", choices=BROKERS, help="default: mosquitto")
    parser.add_argument(
        "--gateway",
        dest="gateways",
        nargs="+",
        metavar="KID",
        help="whose devices connect, needed but for --side uplink; two while one takes the other's place",
    )
    parser.add_argument(
        "--side", choices=permissions.SIDES, help="who connects: devices (default), gateways and the backend, or both"
    )
    parser.add_argument("--host", metavar="ADDRESS", help="to listen on (default: 0.0.0.0, all of IPv4)")
    parser.add_argument("--port", type=int, help=f"with TLS (default: {MQTT_TLS_PORT})")
    ports = ", ".join(f"{port} for {name}" for name, port in LOCAL_PORTS.items())
    parser.add_argument("--local-port", type=int, metavar="PORT", help=f"without TLS, on 127.0.0.1 (default: {ports})")
    parser.add_argument(
        "--certificate-port", type=int, metavar="PORT", help="Mosquitto: also one that asks for a certificate; 0: none"
    )
    stores = ", ".join(STORES.values())
    parser.add_argument("--store", metavar="DIR", help=f"what the broker keeps (default: {stores})")
    parser.add_argument("--user", help="Mosquitto: what it becomes if root starts it (default: mosquitto)")
    parser.add_argument(
        "--store-bytes", type=int, metavar="N", help=f"nats-server: limit of it (default: {STORE_BYTES})"
    )
    parser.add_argument("--max-connections", type=int, metavar="N", help=f"default: {MAX_CONNECTIONS}")


def _add_account(commands: "Subparsers") -> None:
    actions = _group(commands, "account", "who may connect to the broker")
    add = _add(
        actions,
        "add",
        "broker_commands.add",
        "make accounts, and print their passwords",
        "Make accounts. A line of JSON with the password for each, which is not kept: give it to the device now.",
    )
    add.add_argument("names", nargs="+", metavar="KID", help="of a device or gateway; a name for the backend")
    add.add_argument("--role", choices=permissions.ROLES, default=permissions.DEVICE, help="default: device")
    add.add_argument("--replace", action="store_true", help="a new password for an account that exists")
    _add_reload(add)
    remove = _add(actions, "remove", "broker_commands.remove", "take accounts away")
    remove.add_argument("names", nargs="+", metavar="KID", help="whose account")
    _add_reload(remove)
    _add(actions, "list", "broker_commands.show", "print name and role of each, a line of JSON for each")
    follow = _add(
        actions,
        "follow",
        "broker_commands.follow",
        "make and remove accounts so that those of devices are the enrolled ones",
        "Make an account for each enrolled device that has none, and remove those of devices that are not enrolled or "
        "are revoked. A line of JSON for each.",
    )
    follow.add_argument("--config", type=Path, default=config.CONFIG_FILE, metavar="FILE", help="default: %(default)s")
    _add_reload(follow)


def _add_certificate(commands: "Subparsers") -> None:
    actions = _group(commands, "certificate", "certificates by an authority of this gateway's own")
    server = _add(
        actions,
        "server",
        "certificate_commands.server",
        "make the broker's certificate, and the authority if there is none",
        "Make the broker's key and certificate. Devices get ca.der.",
    )
    server.add_argument("names", nargs="+", metavar="HOST", help="names and addresses by which devices find the broker")
    renew = _add(
        actions,
        "renew",
        "certificate_commands.renew",
        "replace the broker's certificate if it ends soon",
        "Replace the broker's key and certificate if fewer than 180 days are left. Meant for a monthly timer.",
    )
    renew.add_argument("--now", action="store_true", help="however many days are left")
    client = _add(
        actions,
        "client",
        "certificate_commands.client",
        "make a certificate with which a gateway connects, in place of a password",
    )
    client.add_argument("names", nargs=1, metavar="KID", help="the gateway's")
    client.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="of KID.pem and KID.key (default: here)"
    )
    for parser in (server, renew, client):
        parser.add_argument(
            "--authority", type=Path, default=AUTHORITY_FOLDER, metavar="DIR", help="its folder (default: %(default)s)"
        )
    for parser in (server, renew):
        _add_reload(parser)


def _add_data_format(commands: "Subparsers") -> None:
    parser = _add_plain(
        commands,
        "data-format",
        "data_format_command.check",
        "say whether this release can use configuration and data as they are",
        "Exit code 0: it can. Meant for install.sh, before it goes back to an older release.",
    )
    parser.add_argument("--config", type=Path, default=config.CONFIG_FILE, metavar="FILE", help="default: %(default)s")


def _group(commands: "Subparsers", name: str, text: str) -> "Subparsers":
    parser = commands.add_parser(name, help=text, description=text)
    return parser.add_subparsers(required=True, metavar="ACTION", title="actions")


def _add(commands: "Subparsers", name: str, command: str, text: str, more: str = "") -> argparse.ArgumentParser:
    parser = _add_plain(commands, name, command, text, more)
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, metavar="DIR", help="the broker's (default: %(default)s)"
    )
    return parser


def _add_plain(commands: "Subparsers", name: str, command: str, text: str, more: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=more or text)
    parser.set_defaults(func=lambda arguments: _guarded(command, arguments))
    return parser


def _add_reload(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--reload-unit", metavar="UNIT", help="then `systemctl reload` it")
    how.add_argument("--reload-pid", type=Path, metavar="FILE", help="then SIGHUP to the process with the id in it")


def _guarded(command: str, arguments: argparse.Namespace) -> int:
    """Run "module.function"; what the operator can mend becomes one line.

    Imported only now: X.509 and password hashes cost a Raspberry Pi a second that no other command needs.
    """
    module, _, function = command.partition(".")
    action: Callable[[argparse.Namespace], int] = getattr(import_module(f"{__package__}.{module}"), function)
    try:
        return action(arguments)
    except (GatewayError, OSError) as error:
        raise CommandError(str(error)) from error
