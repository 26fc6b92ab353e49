"""The gateway's configuration: one TOML file.

realm = "example.org"
data = "data"                # folder of key and spool; relative to the file
policy = "policy.json"       # the city's trust policy; relative to the file
broker_url = "mqtt://127.0.0.1:1883"            # the devices' side
uplink_url = "mqtt://user:password@host:1883"   # the backend's side; may be the same

[batch]                      # optional, as is each of its keys
max_records = 512            # 1 to 1,024
max_bytes = 131072           # of records; at most 253,952
max_age = 10                 # seconds from a record's arrival to its batch, while the uplink keeps up

[spool]                      # optional
max_bytes = 1073741824       # of records and refused batches; beyond it devices keep theirs
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import names
from civicroot_wire.batch import MAX_BATCH_RECORDS, MAX_MESSAGE_BYTES
from civicroot_wire.errors import MalformedError
from civicroot_wire.record import MAX_RECORD_BYTES

from .errors import ConfigError
from .mqtt import broker_address
from .mqtt.broker_address import BrokerAddress

MAX_BATCH_BYTES = MAX_MESSAGE_BYTES - 8192  # leaves room for the header and three bytes of CBOR head per record
DEFAULT_BATCH_RECORDS = 512  # a path of nine hashes
DEFAULT_BATCH_BYTES = 128 * 1024  # a second of a slow mobile uplink
DEFAULT_BATCH_AGE = 10.0  # seconds; a reading is public soon enough for somebody who stands at the bin
DEFAULT_SPOOL_BYTES = 1 << 30  # fits the smallest card beside the system; months for 500 devices
_REQUIRED = ("realm", "data", "policy", "broker_url", "uplink_url")
_SECTIONS = {"batch": ("max_records", "max_bytes", "max_age"), "spool": ("max_bytes",)}


@dataclass(frozen=True)
class BatchLimits:
    """When a batch closes: `max_records`, `max_bytes` of records, `max_age` in seconds."""

    max_records: int = DEFAULT_BATCH_RECORDS
    max_bytes: int = DEFAULT_BATCH_BYTES
    max_age: float = DEFAULT_BATCH_AGE


@dataclass(frozen=True)
class Config:
    """What the configuration file says; paths are absolute."""

    realm: str
    data: Path
    policy: Path
    broker: BrokerAddress
    uplink: BrokerAddress
    batch: BatchLimits = BatchLimits()
    spool_bytes: int = DEFAULT_SPOOL_BYTES


def load(path: Path) -> Config:
    """Read the file; raises ConfigError for what is unreadable, missing, unknown or out of range."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        return parse(content, path.absolute().parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse(content: Mapping[str, object], base: Path) -> Config:
    """The configuration in a parsed TOML file that lies in folder `base`."""
    _check_keys(content, "", _REQUIRED, tuple(_SECTIONS))
    sections = {name: _section(content, name) for name in _SECTIONS}
    return Config(
        realm=_realm(content),
        data=base / _text(content, "data"),
        policy=base / _text(content, "policy"),
        broker=broker_address.parse(_text(content, "broker_url")),
        uplink=broker_address.parse(_text(content, "uplink_url")),
        batch=_batch_limits(sections["batch"]),
        spool_bytes=int(_number(sections["spool"], "max_bytes", DEFAULT_SPOOL_BYTES, MAX_MESSAGE_BYTES, 1 << 50)),
    )


def _batch_limits(section: Mapping[str, object]) -> BatchLimits:
    return BatchLimits(
        int(_number(section, "max_records", DEFAULT_BATCH_RECORDS, 1, MAX_BATCH_RECORDS)),
        int(_number(section, "max_bytes", DEFAULT_BATCH_BYTES, MAX_RECORD_BYTES, MAX_BATCH_BYTES)),
        float(_number(section, "max_age", DEFAULT_BATCH_AGE, 0, 3600)),
    )


def _check_keys(table: Mapping[str, object], where: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for key in table:
        if key not in required and key not in optional:
            raise ConfigError(f"unknown key {where}{key}")
    for key in required:
        if key not in table:
            raise ConfigError(f"missing key {where}{key}")


def _section(content: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise ConfigError(f"{name} is not a table")
    _check_keys(section, f"{name}.", (), _SECTIONS[name])
    return section


def _text(table: Mapping[str, object], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key} is not text")
    return value


def _realm(content: Mapping[str, object]) -> str:
    try:
        return names.realm(_text(content, "realm"))
    except MalformedError as error:
        raise ConfigError(str(error)) from error


def _number(section: Mapping[str, object], key: str, default: float, low: float, high: float) -> float:
    value = section.get(key, default)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    if not fits or (isinstance(value, float) and not isinstance(default, float)):
        raise ConfigError(f"{key} is not a number from {low} to {high}")
    assert isinstance(value, (int, float))
    return value
