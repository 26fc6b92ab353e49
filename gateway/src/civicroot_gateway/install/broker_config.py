"""The broker's folder: broker.json with settings and accounts, and the configuration that is made from it.

Mosquitto and NATS get the same: a TLS listener, an account for everybody, nothing for anybody else, limits.
"""

import json
from dataclasses import asdict
from pathlib import Path

from ..errors import InstallError
from . import accounts, files, mosquitto, nats
from .broker import MOSQUITTO, Broker, Settings

SETTINGS_FILE = "broker.json"
FORMAT = 1


def load(folder: Path) -> Broker:
    """The broker of a folder; raises InstallError."""
    path = folder / SETTINGS_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InstallError(f"{path} is missing; make it with: civicroot gateway broker-config") from error
    except ValueError as error:
        raise InstallError(f"{path}: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InstallError(f"{path} is of another version")
    try:
        settings = {**content["settings"], "gateways": tuple(content["settings"]["gateways"])}
        return Broker(Settings(**settings), accounts.from_json(content["accounts"]))
    except (KeyError, TypeError, InstallError) as error:
        raise InstallError(f"{path}: {error}") from error


def store(folder: Path, broker: Broker) -> list[Path]:
    """Write broker.json and everything that is made from it; the broker's files, its main one first."""
    render = mosquitto.render if broker.settings.broker == MOSQUITTO else nats.render
    content = {
        "format": FORMAT,
        "settings": asdict(broker.settings),
        "accounts": accounts.to_json(broker.accounts),
    }
    files.write(folder / SETTINGS_FILE, (json.dumps(content, indent=1) + "\n").encode())
    made = render(broker, folder.absolute())
    for name, text in made.items():
        files.write(folder / name, text.encode())
    return [folder / name for name in made]
