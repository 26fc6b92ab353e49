"""The device's configuration: a JSON file, checked key by key.

{"realm": "city.example", "gateway": "<kid, 16 hex digits>", "data": "<folder>", "kind": "bin" | "tree",
 "broker": {"host": "…", "port": 1883, "username": null, "password": null, "tls": {"ca": "<DER file>", "name": "…"}},
 "interval_s": 600}

Optional: "sample_s" (a fifth of interval_s, a tag: all of it), "limit" (records in the life of the key; then delivery),
"outbox_bytes", "answer_s" (first deadline of the gateway's answer), "reconnect_s" (longest wait before the first
reconnection; it doubles from there), "keep_alive_s"; "homes" [{"gateway", "broker"}, …],
to turn to when the gateway is silent for "silent_s"; "subject" and "operator" (public key, 64 hex digits), whose
signed configurations are then followed; "registrar" (public key), whose revocation unlocks the device
(provisioning/unlock.py); "release" (public key), "target" and "trial_s" (update/); "board" (wiring.py; on the ESP32
"/board.json" if it is left out), "claim_host" (or host:port, where deposits are claimed; without it the bin shows no QR
code), "label" (what people call the place) and "language" for its display, "lid_ms" (between two looks at the lid); on
the ESP32 "wifi" {"ssid", "password", "power_save"}; on the Unix port "samples" (file of replay.py), "seed", "speed",
"epoch", "ailing", "lapse_h", "fragment" (board_unix.py), "stage" (folder, beside "board":
civicroot_simulator/stage.py).
A tag has "radio" (tag/settings.py) in the place of gateway and broker.
"""

import json

from civicroot_wire import names
from civicroot_wire.errors import WireError
from civicroot_wire.keys import KID_BYTES

from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting.delivery import DEADLINE_MS
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.storage.outbox import LIMIT_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.reporting.kinds import Kind

    Fields = dict[str, Any]  # of a JSON object
    Types = type | tuple[type, ...]

PUBLIC_KEY_BYTES = 32
MIN_OUTBOX_BYTES = 16_384  # four segments: fewer leave nothing to thin
TAG_OUTBOX_BYTES = 131_072  # three weeks at 30 records a day; its chip has 4 MB, and half of them for data
_NUMBER = (int, float)
_DEFAULTS: "dict[str, tuple[Types, Any]]" = {
    "sample_s": (_NUMBER, None),
    "limit": (int, None),
    "outbox_bytes": (int, None),
    "answer_s": (_NUMBER, DEADLINE_MS / 1000),
    "reconnect_s": (_NUMBER, 1),  # mqtt/client.py says why; a tag has no broker
    "keep_alive_s": (int, 60),
    "homes": (list, []),
    "silent_s": (_NUMBER, 3600),
    "subject": (str, None),
    "operator": (str, None),
    "release": (str, None),
    "registrar": (str, None),
    "target": (str, None),
    "trial_s": (_NUMBER, 900),
    "samples": (str, None),
    "seed": (int, 0),
    "speed": (_NUMBER, 1),
    "epoch": (int, 0),
    "ailing": (int, 0),
    "board": (str, None),
    "claim_host": (str, None),
    "label": (str, ""),
    "language": (str, "en"),
    "lid_ms": (int, 100),
    "lapse_h": (_NUMBER, None),
    "fragment": (int, 0),
    "stage": (str, None),
    "wifi": (dict, None),
    "radio": (dict, None),
}
# Numbers that must be.
_POSITIVE = ["interval_s", "sample_s", "answer_s", "reconnect_s", "keep_alive_s", "silent_s", "trial_s"]
_POSITIVE += ["speed", "lid_ms"]
_REQUIRED: "dict[str, Types]" = {
    "realm": str,
    "data": str,
    "kind": str,
    "interval_s": _NUMBER,
}
# A device with Wi-Fi. A tag has no gateway's address: it reports to whoever hears it.
_REQUIRED_NETWORK: "dict[str, Types]" = {"gateway": str, "broker": dict}
_BROKER: "dict[str, tuple[Types, Any]]" = {"username": (str, None), "password": (str, None), "tls": (dict, None)}
_BROKER_REQUIRED: "dict[str, Types]" = {"host": str, "port": int}
_TLS_REQUIRED: "dict[str, Types]" = {"ca": str}
_HOME_REQUIRED: "dict[str, Types]" = {"gateway": str, "broker": dict}
_WIFI_REQUIRED: "dict[str, Types]" = {"ssid": str, "password": str}
# How the radio sleeps between beacons (net.py). By default it hears every beacon: an answer takes 0.1 s more, at about
# a third of the current. "deep" passes beacons over: for bins on solar power alone; claim notices may come late.
POWER_SAVE = ("none", "light", "deep")
_WIFI: "dict[str, tuple[Types, Any]]" = {"power_save": (str, "light")}


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


class Home:
    """A gateway that the device may report to: its kid, and the broker at which it listens."""

    def __init__(self, gateway: bytes, broker: Broker) -> None:
        self.gateway = gateway
        self.broker = broker


class Configuration:
    """See the module; `homes` begins with the first choice, `kind` are the quantities. Raises ConfigurationError."""

    def __init__(self, fields: "Fields") -> None:
        required = dict(_REQUIRED)
        if fields.get("radio") is None:
            required.update(_REQUIRED_NETWORK)
        found = _checked(fields, required, _DEFAULTS, "")
        self.realm = _realm(found["realm"])
        self.radio: "Fields | None" = found["radio"]
        first = [] if self.radio is not None else [{"gateway": found["gateway"], "broker": found["broker"]}]
        self.homes = _homes(first + found["homes"])
        self.silent_s: float = found["silent_s"]
        self.subject: "str | None" = found["subject"]
        self.operator, self.release, self.registrar = [
            _public_key(found[name], name) for name in ("operator", "release", "registrar")
        ]
        self.target: "str | None" = found["target"]
        self.trial_s: float = found["trial_s"]
        if (self.operator is not None or self.release is not None) and self.subject is None:
            raise ConfigurationError("operator or release without subject")
        if self.release is not None and self.target is None:
            raise ConfigurationError("release without target")
        self.kind = _kind(found["kind"])
        self.data: str = found["data"]
        self.interval_s: float = found["interval_s"]
        # Each wake of a tag costs what a fifth of a report does; a bin is awake anyway.
        often = 1 if self.radio is not None else 5
        self.sample_s: float = self.interval_s / often if found["sample_s"] is None else found["sample_s"]
        self.limit: "int | None" = found["limit"]
        usual = TAG_OUTBOX_BYTES if self.radio is not None else LIMIT_BYTES
        self.outbox_bytes: int = usual if found["outbox_bytes"] is None else found["outbox_bytes"]
        self.answer_s: float = found["answer_s"]
        self.reconnect_s: float = found["reconnect_s"]
        self.keep_alive_s: int = found["keep_alive_s"]
        self.samples: "str | None" = found["samples"]
        self.seed: int = found["seed"]
        self.speed: float = found["speed"]
        self.epoch: int = found["epoch"]
        self.ailing: int = found["ailing"]
        self.board: "str | None" = found["board"]
        self.claim_host: "str | None" = found["claim_host"]
        self.label: str = found["label"]
        self.language: str = found["language"]
        self.lid_ms: int = found["lid_ms"]
        self.lapse_h: "float | None" = found["lapse_h"]
        self.fragment: int = found["fragment"]
        self.stage: "str | None" = found["stage"]
        self.wifi: "dict[str, str] | None" = None
        if found["wifi"] is not None:
            self.wifi = _checked(found["wifi"], _WIFI_REQUIRED, _WIFI, "wifi.")
            if self.wifi["power_save"] not in POWER_SAVE:
                raise ConfigurationError("wifi.power_save is none of " + ", ".join(POWER_SAVE))
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ConfigurationError(name + " is not positive")
        if self.outbox_bytes < MIN_OUTBOX_BYTES:
            raise ConfigurationError("outbox_bytes is under %d" % MIN_OUTBOX_BYTES)


def load(path: str) -> Configuration:
    """Read the file. Raises ConfigurationError."""
    try:
        with open(path, "rb") as file:
            fields = json.loads(file.read())  # json.load asks the file for each byte
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


def kid_of(value: object) -> bytes:
    """The kid in 16 hex digits. Raises ConfigurationError."""
    try:
        kid = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        kid = b""
    if len(kid) != KID_BYTES:
        raise ConfigurationError("gateway is not 16 hex digits")
    return kid


def _homes(items: "list[Any]") -> "list[Home]":
    found: "list[Home]" = []
    for item in items:
        if not isinstance(item, dict):
            raise ConfigurationError("a home is not an object")
        fields = _checked(item, _HOME_REQUIRED, {}, "homes.")
        home = Home(kid_of(fields["gateway"]), Broker(fields["broker"]))
        if home.gateway in [other.gateway for other in found]:
            raise ConfigurationError("two homes with one gateway")
        found.append(home)
    return found


def _public_key(value: "str | None", name: str) -> "bytes | None":
    if value is None:
        return None
    try:
        key = bytes.fromhex(value)
    except ValueError:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES:
        raise ConfigurationError(name + " is not 64 hex digits")
    return key
