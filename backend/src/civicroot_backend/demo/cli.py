"""`civicroot demo`: start a city on this machine and keep it running until Ctrl-C."""

import argparse
import fcntl
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import segno
from civicroot_cli.main import CommandError

from . import board, certificate
from .places import PLACES
from .processes import Child, Processes
from .settings import DemoError, Settings, find_contracts, find_firmware

if TYPE_CHECKING:
    from .city import City

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DEFAULT_PORT = 8080
PORTS_TO_TRY = 50  # after the default, which something else may use
POLL_SECONDS = 0.5
MAX_RESTARTS = 5  # of one process; after that something is wrong that starting again does not mend


def add_commands(subparsers: "Subparsers") -> None:
    """Add `demo`."""
    parser = subparsers.add_parser(
        "demo",
        help="start a city on this machine",
        description="Start a whole city here: witnesses, a local EVM chain, MQTT broker, backend, gateway, and "
        "devices that run the real firmware in MicroPython. Ctrl-C stops everything; the next start goes on from the "
        "same folder.",
    )
    parser.add_argument(
        "--data", type=Path, default=Path("demo-data"), metavar="DIR", help="folder (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, help=f"HTTP port (default: {DEFAULT_PORT}, or the next free one)")
    parser.add_argument("--lan", action="store_true", help="serve phones on this network, over TLS")
    parser.add_argument("--replay", type=Path, metavar="DIR", help="folder of published sensor series to replay")
    parser.add_argument("--devices", type=int, default=len(PLACES), help="how many (default and most: %(default)s)")
    parser.add_argument(
        "--interval", type=float, default=20.0, help="seconds between heartbeats (default: %(default)g)"
    )
    parser.add_argument(
        "--speed", type=float, default=300.0, help="seconds of the street that pass in one (default: %(default)g)"
    )
    parser.add_argument("--firmware", type=Path, metavar="DIR", help="the firmware's folder (default: the checkout's)")
    parser.add_argument("--no-chain", action="store_true", help="found the realm without a local EVM chain")
    parser.set_defaults(func=_run)


def _run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    # SIGINT too: who is started in the background of a script inherits that it is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    settings.directory.mkdir(parents=True, exist_ok=True)
    with (settings.directory / "lock").open("w") as lock:
        _lock(lock.fileno(), settings.directory)
        try:
            with Processes(settings.directory / "logs") as processes:
                _live(settings, processes)
        except DemoError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            pass  # the usual end; everything has been stopped by now
    print("stopped; the next start goes on from here")
    return 0


def _live(settings: Settings, processes: Processes) -> None:
    """Start the city and keep its processes running; returns only by an exception."""
    from .city import City  # noqa: PLC0415 - it brings the database engine, which a mistyped option need not wait for

    city = City(settings, processes, lambda text: print(f"  {text}", flush=True))
    print(f"Civicroot demo city in {settings.directory.resolve()}", flush=True)
    try:
        city.start()
        _welcome(city)
        while True:
            time.sleep(POLL_SECONDS)
            for child in processes.ended():
                _start_again(child, processes)
    finally:
        print("\nstopping everything …", flush=True)


def _welcome(city: "City") -> None:
    print(f"\n  Open  {city.url}\n", flush=True)
    print(f"  The gateway's own status page, for who looks after it: {city.gateway_url}")
    if city.settings.lan:
        shown = certificate.fingerprint(city.settings.directory / "tls" / "certificate.pem")
        print(f"  Phones will warn: the certificate is this machine's own. Its SHA-256 is\n  {shown}\n")
        segno.make(city.url).terminal(out=sys.stdout, compact=True)
    print(
        f"  Staff sign in at {city.url}/sign-in. This link lets the demo's operator in, once:\n    {city.staff_link}\n"
    )
    _say_who_vouches(city)
    for device in city.devices:
        if device.board is not None:
            print(f"  {device.place.subject} ({device.label}) runs with every driver, and takes deposits. Its e-paper:")
            print(f"    {board.picture(device.folder)}", flush=True)
    print("  All readings here are simulated and marked as such. Ctrl-C stops everything.", flush=True)


def _say_who_vouches(city: "City") -> None:
    """Witnesses and anchors of this city, and how somebody checks them who believes nothing of this."""
    for line in city.outside.summary():
        print(f"  {line}", flush=True)
    policy = city.settings.directory / "realm" / "policy.json"
    chain = f" --evm-rpc {city.outside.chain.url}" if city.outside.anchored else ""
    print("\n  Check for yourself, believing nothing but the trust policy:", flush=True)
    print(f"    civicroot verify reading.proof{chain} --policy {policy}", flush=True)
    print(f"    civicroot audit {city.local_url}{chain} --policy {policy} --state audit/\n", flush=True)


def _start_again(child: Child, processes: Processes) -> None:
    if child.restarts >= MAX_RESTARTS:
        raise DemoError(f"{child.name} ended again and again; its log is {child.log}")
    print(f"  {child.name} ended (status {child.process.returncode}); starting it again, log: {child.log}", flush=True)
    processes.restart(child)


def _settings(arguments: argparse.Namespace) -> Settings:
    firmware = arguments.firmware or find_firmware(Path(__file__))
    if firmware is None or not (firmware / "main.py").is_file():
        raise CommandError("the firmware was not found; run from a checkout, or say --firmware DIR")
    if not 1 <= arguments.devices <= len(PLACES):
        raise CommandError(f"--devices must be 1 to {len(PLACES)}")
    if arguments.interval <= 0 or arguments.speed <= 0:
        raise CommandError("--interval and --speed must be over 0")
    return Settings(
        directory=arguments.data.absolute(),
        firmware=firmware.absolute(),
        port=_port(arguments.port),
        lan=arguments.lan,
        devices=arguments.devices,
        interval=arguments.interval,
        speed=arguments.speed,
        replay=arguments.replay,
        contracts=None if arguments.no_chain else find_contracts(Path(__file__)),
        board=True,
    )


def _port(wanted: int | None) -> int:
    """The wanted port, or the first free one from the default on. Raises CommandError."""
    candidates = [wanted] if wanted is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY)
    for port in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return port
    raise CommandError(f"port {wanted} is not free" if wanted is not None else f"no free port from {DEFAULT_PORT} on")


def _lock(file: int, directory: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(f"a demo is running in {directory} already") from error


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
