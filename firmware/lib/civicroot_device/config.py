"""The device's configuration: a JSON file, checked key by key.

{"realm": "city.example", "gateway": "<kid, 16 hex digits>", "data": "<folder>", "kind": "bin" | "tree",
 "broker": {"host": "…", "port": 1883, "username": null, "password": null, "tls": {"ca": "<DER file>", "name": "…"}},
 "interval_s": 600}

Optional: "sample_s" (a fifth of interval_s), "limit" (records in the life of the key; then only delivery),
"outbox_bytes", "answer_s" (first deadline of the gateway's answer), "keep_alive_s"; on the Unix port "samples" (file of
replay.py), "seed", "speed", "epoch" (board_unix.py); on the ESP32 "pins" (board.py), "wifi" {"ssid", "password"}.
"""

import json

from civicroot_wire import names
from civicroot_wire.errors import WireError
from civicroot_wire.keys import KID_BYTES

from civicroot_device.delivery import DEADLINE_MS
from civicroot_device.errors import ConfigurationError
from civicroot_device.kinds import KINDS
from civicroot_device.outbox import LIMIT_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.kinds import Kind

    Fields = dict[str, Any]  # of a JSON object
    Types = type | tuple[type, ...]

MIN_OUTBOX_BYTES = 16_384  # four segments: fewer leave nothing to thin
_NUMBER = (int, float)
_DEFAULTS: "dict[str, tuple[Types, Any]]" = {
    "sample_s": (_NUMBER, None),
    "limit": (int, None),
    "outbox_bytes": (int, LIMIT_BYTES),
    "answer_s": (_NUMBER, DEADLINE_MS / 1000),
    "keep_alive_s": (int, 60),
    "samples": (str, None),
    "seed": (int, 0),
    "speed": (_NUMBER, 1),
    "epoch": (int, 0),
    "pins": (dict, {}),
    "wifi": (dict, None),
}
_REQUIRED: "dict[str, Types]" = {
    "realm": str,
    "gateway": str,
    "broker": dict,
    "data": str,
    "kind": str,
    "interval_s": _NUMBER,
}
_BROKER: "dict[str, tuple[Types, Any]]" = {"username": (str, None), "password": (str, None), "tls": (dict, None)}
_BROKER_REQUIRED: "dict[str, Types]" = {"host": str, "port": int}
_TLS_REQUIRED: "dict[str, Types]" = {"ca": str}
_WIFI_REQUIRED: "dict[str, Types]" = {"ssid": str, "password": str}


class Broker:
    """host, port, username, password, tls: {"ca", "name" (default: host)} or None."""

    def __init__(self, fields: "Fields") -> None:
        found = _checked(fields, _BROKER_REQUIRED, _BROKER, "broker.")
        self.host: str = found["host"]
        self.port: int = found["port"]
        self.username: "str | None" = found["username"]
        self.password: "str | None" = found["password"]
        self.tls: "dict[str, str] | None" = None
        if found["tls"] is not None:
            self.tls = _checked(found["tls"], _TLS_REQUIRED, {"name": (str, self.host)}, "broker.tls.")


class Configuration:
    """See the module; `gateway` is the kid's bytes, `kind` the quantities. Raises ConfigurationError."""

    def __init__(self, fields: "Fields") -> None:
        found = _checked(fields, _REQUIRED, _DEFAULTS, "")
        self.broker = Broker(found["broker"])
        self.realm = _realm(found["realm"])
        self.gateway = _kid(found["gateway"])
        self.kind = _kind(found["kind"])
        self.data: str = found["data"]
        self.interval_s: float = found["interval_s"]
        self.sample_s: float = self.interval_s / 5 if found["sample_s"] is None else found["sample_s"]
        self.limit: "int | None" = found["limit"]
        self.outbox_bytes: int = found["outbox_bytes"]
        self.answer_s: float = found["answer_s"]
        self.keep_alive_s: int = found["keep_alive_s"]
        self.samples: "str | None" = found["samples"]
        self.seed: int = found["seed"]
        self.speed: float = found["speed"]
        self.epoch: int = found["epoch"]
        self.pins: "dict[str, dict[str, Any]]" = found["pins"]
        self.wifi: "dict[str, str] | None" = None
        if found["wifi"] is not None:
            self.wifi = _checked(found["wifi"], _WIFI_REQUIRED, {}, "wifi.")
        for name in ("interval_s", "sample_s", "answer_s", "speed", "keep_alive_s"):
            if getattr(self, name) <= 0:
                raise ConfigurationError(name + " is not positive")
        if self.outbox_bytes < MIN_OUTBOX_BYTES:
            raise ConfigurationError("outbox_bytes is under %d" % MIN_OUTBOX_BYTES)


def load(path: str) -> Configuration:
    """Read the file. Raises ConfigurationError."""
    try:
        with open(path) as file:
            fields = json.load(file)
    except OSError as error:
        raise ConfigurationError("%s: %r" % (path, error))
    except ValueError:
        raise ConfigurationError(path + " is not JSON")
    if not isinstance(fields, dict):
        raise ConfigurationError(path + " is not an object")
    return Configuration(fields)


def _checked(
    fields: "Fields", required: "dict[str, Types]", optional: "dict[str, tuple[Types, Any]]", prefix: str
) -> "Fields":
    """All keys with their values or defaults; none missing, unknown or of a wrong type."""
    found = {}
    for name, value in fields.items():
        if name not in required and name not in optional:
            raise ConfigurationError(prefix + name + " is unknown")
        types = required[name] if name in required else optional[name][0]
        if value is None and name in optional:
            continue
        if not isinstance(value, types) or value is True or value is False:
            raise ConfigurationError(prefix + name + " is of a wrong type")
        found[name] = value
    for name in required:
        if name not in found:
            raise ConfigurationError(prefix + name + " is missing")
    for name, (_, default) in optional.items():
        if name not in found:
            found[name] = default
    return found


def _realm(value: str) -> str:
    try:
        return names.realm(value)
    except WireError as error:
        raise ConfigurationError(str(error))


def _kind(value: str) -> "Kind":
    if value not in KINDS:
        raise ConfigurationError("kind: " + value)
    return KINDS[value]


def _kid(value: str) -> bytes:
    try:
        kid = bytes.fromhex(value)
    except ValueError:
        kid = b""
    if len(kid) != KID_BYTES:
        raise ConfigurationError("gateway is not 16 hex digits")
    return kid
