"""The site file: what all devices of a crew's day have in common. TOML.

realm = "city.example"                 the city's permanent name
url = "https://city.example"           where people find it; in the code on the label
policy = "policy.json"                 the city's trust policy, by which the first reading is verified
support = "+82 2 120"                  whom people call; on the label
operator = "<64 hex digits>"           public keys whose settings and releases devices follow
release = "<64 hex digits>"
registrar = "<64 hex digits>"          whose withdrawal of its key unlocks a device (optional: the policy's newest)
language = "ko"                        of displays (optional, as are the two below)
claim_host = "CITY.EXAMPLE"
interval_s = 600
[gateway]                              kid, host, port; ca (PEM or DER file) and name (on its certificate) are optional,
                                       as are username and password, or account: what makes them (account.py)
[wifi]                                 ssid, password
[firmware]                             version, model: what a board must be (optional)
[configuration]                        settings that the operator has every device follow, like report.interval_s = 300
                                       and alarm.full.begin = 0.95; issuer: the operator as enrolled (optional)

"{kid}" in the gateway's username stands for the device's key. Paths are relative to the file.
"""

import base64
import ssl
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from civicroot_wire import names
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy
from cryptography import x509

from civicroot_cli import files
from civicroot_cli.operator.device_settings import BIN, TREE

from . import site_check, tuning
from .errors import ListError

MAX_BYTES = 64 * 1024
_TEXT: tuple[type, ...] = (str,)
_INTEGER: tuple[type, ...] = (int,)
_TOP = {
    "realm": _TEXT,
    "url": _TEXT,
    "policy": _TEXT,
    "support": _TEXT,
    "operator": _TEXT,
    "release": _TEXT,
    "registrar": _TEXT,
    "language": _TEXT,
    "claim_host": _TEXT,
    "interval_s": _INTEGER,
    "gateway": (dict,),
    "wifi": (dict,),
    "firmware": (dict,),
    "configuration": (dict,),
}
_TABLES: dict[str, dict[str, tuple[type, ...]]] = {
    "gateway": {
        "kid": _TEXT,
        "public": _TEXT,
        "host": _TEXT,
        "port": _INTEGER,
        "ca": _TEXT,
        "name": _TEXT,
        "username": _TEXT,
        "password": _TEXT,
        "account": (list,),
    },
    "wifi": {"ssid": _TEXT, "password": _TEXT, "power_save": _TEXT},
    "firmware": {"version": _TEXT, "model": _TEXT},
}
_ISSUER = "operator/1"
_NEEDED = ("realm", "url", "policy", "support", "gateway")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the file says; `gateway`, `wifi`, `keys` and `place` are the device's requests as they are sent.

    `settings` of the first configuration, each name=value, and its `issuer`.
    """

    realm: str
    url: str
    policy: Path
    support: str
    gateway: dict[str, Any]
    account: list[str] | None = None
    wifi: dict[str, Any] | None = None
    keys: dict[str, Any] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    version: str | None = None
    model: str | None = None
    settings: list[str] = field(default_factory=list)
    issuer: str = _ISSUER


def load(path: Path) -> Site:
    """Read a site file. Raises ListError naming the key."""
    try:
        found = tomllib.loads(files.read(path, MAX_BYTES).decode(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ListError(f"{path}: {error}") from error
    try:
        return _site(found, path.parent)
    except ValueError as error:
        raise ListError(f"{path}: {error}") from error


def _site(found: dict[str, Any], folder: Path) -> Site:
    _check(found, _TOP, "")
    for name, table in _TABLES.items():
        _check(found.get(name, {}), table, name + ".")
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ValueError(f"{_listed(missing)} missing")
    wrong = list(site_check.faults(found))
    if wrong:
        raise ValueError("; ".join(wrong))
    gateway = dict(found["gateway"])
    if "ca" in gateway:
        gateway["ca"] = base64.b64encode(authority(folder / gateway["ca"])).decode()
    account = gateway.pop("account", None)
    settings = dict(found.get("configuration", {}))
    issuer = settings.pop("issuer", _ISSUER)
    firmware = found.get("firmware", {})
    return Site(
        realm=found["realm"],
        url=found["url"].rstrip("/"),
        policy=folder / found["policy"],
        support=found["support"],
        gateway=gateway,
        account=account,
        wifi=found.get("wifi"),
        keys={name: found[name] for name in ("operator", "release", "registrar") if name in found},
        place={name: found[name] for name in ("language", "claim_host", "interval_s") if name in found},
        version=firmware.get("version"),
        model=firmware.get("model"),
        settings=tuning.read(settings, TREE if "public" in gateway else BIN),  # a tag's gateway is a key
        issuer=_subject(issuer),
    )


def authority(path: Path) -> bytes:
    """The certificate in DER, which is what the device's TLS takes. ValueError."""
    data = files.read(path, MAX_BYTES)
    try:
        der = ssl.PEM_cert_to_DER_cert(data.decode()) if data.startswith(b"-----BEGIN") else data
        x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise ValueError(f"gateway.ca: {path} is no certificate: {error}") from error
    return der


def _subject(value: object) -> str:
    try:
        return names.subject(str(value))
    except WireError as error:
        raise ValueError(f"configuration.issuer: {error}") from error


def _listed(missing: list[str]) -> str:
    """`realm is`, `realm and url are`, `realm, url and gateway are`."""
    *first, last = missing
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


def _check(found: dict[str, Any], types: dict[str, tuple[type, ...]], prefix: str) -> None:
    for name, value in found.items():
        if name not in types:
            raise ValueError(f"{prefix}{name} is unknown")
        if not isinstance(value, types[name]) or isinstance(value, bool):
            raise ValueError(f"{prefix}{name} is of a wrong type")


def registrar_of(policy: Policy) -> dict[str, str]:
    """The newest registrar that the policy trusts: with its withdrawal of a device's key the device is unlocked."""
    now = [one for one in policy.registrars if one.last is None]
    newest = max(now, key=lambda one: one.first, default=None)
    return {} if newest is None else {"registrar": newest.public.hex()}
