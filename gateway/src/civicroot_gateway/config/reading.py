"""From a TOML file and the environment to a Config."""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .model import Config, Key, Table, describe

PREFIX = "CIVICROOT_GATEWAY_"
STATE_DIRECTORY = "STATE_DIRECTORY"  # systemd's; several with colons between them
MAX_FILE_BYTES = 1 << 20  # a mistaken path, like /dev/zero, is not read for ever
DEFAULT = "default"


@dataclass(frozen=True)
class Effective:
    """A key's TOML value, and where it comes from: the file, a variable, or DEFAULT."""

    raw: object
    origin: str


@dataclass(frozen=True)
class Loaded:
    """The `config`, and how it came about."""

    config: Config
    effective: dict[str, Effective]


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the file, then the environment; raises ConfigError for what is missing, unknown or out of range."""
    return load_all(path, environment).config


def load_all(path: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """As `load`, and say where each value comes from."""
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(MAX_FILE_BYTES).decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}; `civicroot gateway config --print-default` prints one") from error
    return read(content, path.absolute().parent, environment, str(path))


def parse(content: Mapping[str, object], base: Path) -> Config:
    """The configuration in a parsed TOML file that lies in folder `base`, without an environment."""
    return read(content, base, {}, "").config


def read(content: Mapping[str, object], base: Path, environment: Mapping[str, str], file: str) -> Loaded:
    """Everything in one: `file` is what errors call the file."""
    root = describe()
    effective: dict[str, Effective] = {}
    try:
        _collect(root, content, file, effective)
    except ConfigError as error:
        raise _at(file, error) from error
    _override(root, environment, effective)
    return Loaded(_build(root, base, effective), effective)


def check_mode(loaded: Loaded, path: Path) -> None:
    """Raises ConfigError if the file holds a password and everybody may read it."""
    keys = {key.dotted: key for table in describe().walk() for key in table.keys}
    for name, found in loaded.effective.items():
        secret = found.origin == str(path) and keys[name].setting.kind.shown(found.raw) != found.raw
        if secret and path.stat().st_mode & stat.S_IROTH:
            raise ConfigError(f"{path}: {name} holds a password, and everybody may read the file: chmod 640")


def variable(key: Key) -> str:
    """The environment variable that overrides a key."""
    return PREFIX + "_".join((*key.tables, key.name)).upper()


def _collect(table: Table, content: Mapping[str, object], file: str, effective: dict[str, Effective]) -> None:
    """What the file says, table by table; unknown keys are refused."""
    known = {key.name for key in table.keys} | {inner.path[-1] for inner in table.tables.values()}
    for name in content:
        if name not in known:
            raise ConfigError("unknown key " + ".".join((*table.path, name)))
    for key in table.keys:
        if key.name in content:
            effective[key.dotted] = Effective(content[key.name], file)
    for inner in table.tables.values():
        found = content.get(inner.path[-1], {})
        if not isinstance(found, dict):
            raise ConfigError(f"{'.'.join(inner.path)} is not a table")
        _collect(inner, found, file, effective)


def _override(root: Table, environment: Mapping[str, str], effective: dict[str, Effective]) -> None:
    """What the environment says; an unknown variable is a typing mistake."""
    keys = {variable(key): key for table in root.walk() for key in table.keys}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in keys:
            raise ConfigError(f"unknown variable {name}")
        key = keys[name]
        try:
            effective[key.dotted] = Effective(key.setting.kind.from_text(text), name)
        except ConfigError as error:
            raise _at(name, error, key) from error
    state = environment.get(STATE_DIRECTORY, "").split(":")[0]
    if state and "data" not in effective:
        effective["data"] = Effective(state, STATE_DIRECTORY)


def _build(table: Table, base: Path, effective: dict[str, Effective]) -> Any:
    """The dataclass of a table."""
    values: dict[str, object] = {key.field: _value(key, base, effective) for key in table.keys}
    values |= {name: _build(inner, base, effective) for name, inner in table.tables.items()}
    return table.kind(**values)


def _value(key: Key, base: Path, effective: dict[str, Effective]) -> object:
    found = effective.setdefault(key.dotted, Effective(key.setting.default, DEFAULT))
    if key.setting.default is None and found.raw in (None, ""):
        raise ConfigError(f"missing key {key.dotted}: {key.setting.comment}")
    try:
        return key.setting.kind.read(found.raw, base)
    except ConfigError as error:
        raise _at("" if found.origin == DEFAULT else found.origin, error, key) from error


def _at(origin: str, error: ConfigError, key: Key | None = None) -> ConfigError:
    """The error with the file or variable and the key in front."""
    text = f"{key.dotted} {error}" if key else str(error)
    return ConfigError(f"{origin}: {text}" if origin else text)
