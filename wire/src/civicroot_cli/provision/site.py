"""The site file: what all devices of a crew's day have in common. TOML.

realm = "city.example"                 the city's permanent name
url = "https://city.example"           where people find it; in the code on the label
policy = "policy.json"                 the city's trust policy, by which the first reading is verified
support = "+82 2 120"                  whom people call; on the label
operator = "<64 hex digits>"           public keys whose settings and releases devices follow
release = "<64 hex digits>"
language = "ko"                        of displays (optional, as are the two below)
claim_host = "CITY.EXAMPLE"
interval_s = 600
[gateway]                              kid, host, port; ca (PEM or DER file) and name (on its certificate) are optional,
                                       as are username and password, or account: what makes them (account.py)
[wifi]                                 ssid, password
[firmware]                             version, model: what a board must be (optional)

"{kid}" in the gateway's username stands for the device's key. Paths are relative to the file.
"""

import base64
import ssl
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from civicroot_wire import names
from civicroot_wire.errors import WireError

from civicroot_cli import files

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
    "language": _TEXT,
    "claim_host": _TEXT,
    "interval_s": _INTEGER,
    "gateway": (dict,),
    "wifi": (dict,),
    "firmware": (dict,),
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
_NEEDED = ("realm", "url", "policy", "support", "gateway")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the file says; `gateway`, `wifi`, `keys` and `place` are the device's requests as they are sent."""

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


def load(path: Path) -> Site:
    """Read a site file. Raises ListError naming the key."""
    try:
        found = tomllib.loads(files.read(path, MAX_BYTES).decode())
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
        raise ValueError(f"{', '.join(missing)} is missing")
    try:
        names.realm(found["realm"])
    except WireError as error:
        raise ValueError(f"realm: {error}") from error
    gateway = dict(found["gateway"])
    if "ca" in gateway:
        gateway["ca"] = base64.b64encode(authority(folder / gateway["ca"])).decode()
    account = gateway.pop("account", None)
    if account is not None and (not account or not all(isinstance(word, str) for word in account)):
        raise ValueError("gateway.account is no list of words")
    firmware = found.get("firmware", {})
    return Site(
        realm=found["realm"],
        url=found["url"].rstrip("/"),
        policy=folder / found["policy"],
        support=found["support"],
        gateway=gateway,
        account=account,
        wifi=found.get("wifi"),
        keys={name: found[name] for name in ("operator", "release") if name in found},
        place={name: found[name] for name in ("language", "claim_host", "interval_s") if name in found},
        version=firmware.get("version"),
        model=firmware.get("model"),
    )


def authority(path: Path) -> bytes:
    """The certificate in DER, which is what the device's TLS takes. ValueError."""
    data = files.read(path, MAX_BYTES)
    if data.startswith(b"-----BEGIN"):
        return ssl.PEM_cert_to_DER_cert(data.decode())
    return data


def _check(found: dict[str, Any], types: dict[str, tuple[type, ...]], prefix: str) -> None:
    for name, value in found.items():
        if name not in types:
            raise ValueError(f"{prefix}{name} is unknown")
        if not isinstance(value, types[name]) or isinstance(value, bool):
            raise ValueError(f"{prefix}{name} is of a wrong type")
