"""A witness's folder: key, configuration, database."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files, keyfile
from civicroot_cli.main import CommandError
from civicroot_wire import note
from civicroot_wire.errors import WireError
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer

from . import store
from .errors import ConfigError

NAME, KEY = "witness.toml", "witness.key"
MAX_FILE_BYTES = 64 * 1024
MAX_NAME_BYTES = 128  # what a trust policy takes (SPEC.md §6)
LISTEN = "127.0.0.1:7380"
_TEXT = """\
name = "{name}"             # part of what is signed for: it never changes
listen = "{listen}"         # behind a proxy that speaks TLS
prefix = ""                 # "/w1" serves /w1/add-checkpoint too
trusted_proxies = ["127.0.0.1", "::1"]  # whose X-Forwarded-For is believed; others are who they are
requests_per_second = 20    # of one client (IPv6: one /64), over time
burst = 100                 # and at once
"""
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class Config:
    """What witness.toml says."""

    name: str
    host: str
    port: int
    prefix: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    requests_per_second: float = 20.0
    burst: int = 100


def create(folder: Path, name: str) -> VerifierKey:
    """Make a new witness in a folder of its own. Raises ConfigError: nothing is overwritten."""
    _check_name(name)
    signer = Signer.generate()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for taken in (KEY, NAME, store.NAME):
            if (folder / taken).exists():
                raise ConfigError(f"{folder / taken} exists: a witness is there already")
        keyfile.create(folder / KEY, signer)
        store.create(folder, name, signer.public)
        files.create(folder / NAME, _TEXT.format(name=name, listen=LISTEN).encode())  # last: it says all is there
    except OSError as error:
        raise ConfigError(f"cannot create {folder}: {error.strerror}") from error
    except CommandError as error:
        raise ConfigError(str(error)) from error
    return VerifierKey(name, signer.public, note.COSIGNATURE)


def load(folder: Path) -> Config:
    """Read witness.toml. Raises ConfigError."""
    path = folder / NAME
    try:
        content = files.read(path, MAX_FILE_BYTES)
        found = tomllib.loads(content.decode())
    except CommandError as error:
        raise ConfigError(f"{error}; `civicroot witness init` makes a witness") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        return _read(found)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def load_signer(folder: Path) -> Signer:
    """The witness's key. Raises ConfigError."""
    try:
        return keyfile.load(folder / KEY)
    except CommandError as error:
        raise ConfigError(str(error)) from error


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[v6]:port`. Raises ConfigError."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"not an address like {LISTEN}: {text}")
    return host, int(port)


def _check_name(name: str) -> None:
    try:
        note.check_name(name)
    except WireError as error:
        raise ConfigError(f"{error} (like university.example/w1)") from error
    if len(name.encode()) > MAX_NAME_BYTES or not name.isprintable() or '"' in name or "\\" in name:
        raise ConfigError(f"a name has at most {MAX_NAME_BYTES} bytes, and no quotes or backslashes")


def _read(found: dict[str, object]) -> Config:
    known = {"name", "listen", "prefix", "trusted_proxies", "requests_per_second", "burst"}
    if unknown := sorted(set(found) - known):
        raise ConfigError(f"unknown: {', '.join(unknown)}")
    name = _text(found, "name")
    _check_name(name)
    prefix = _text(found, "prefix", "")
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError('prefix is empty or a path like "/w1"')
    proxies = found.get("trusted_proxies", [])
    if not isinstance(proxies, list) or not all(isinstance(item, str) for item in proxies):
        raise ConfigError("trusted_proxies is a list of addresses")
    rate, burst = _positive(found, "requests_per_second", 20.0), max(1, int(_positive(found, "burst", 100.0)))
    return Config(name, *parse_address(_text(found, "listen", LISTEN)), prefix, tuple(proxies), rate, burst)


def _text(found: dict[str, object], field: str, default: str | None = None) -> str:
    value = found.get(field, default)
    if not isinstance(value, str):
        raise ConfigError(f"{field} is missing or no text")
    return value


def _positive(found: dict[str, object], field: str, default: float) -> float:
    value = found.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e6:
        raise ConfigError(f"{field} is a number above 0")
    return float(value)
