"""The backend's configuration: a TOML file, overridden by CIVICROOT_… environment variables.

    realm = "example.city"                            # the city's permanent name
    data_directory = "."                              # relative paths start at the file's folder
    policy_file = "policy.json"                       # signed trust policy
    log_key_file = "log.key"
    next_log_key_file = ""                            # its successor by the policy, while the log key is rotated
    backend_key_file = "backend.key"
    organisation_key_file = ""                        # signs for the city: its audit trail, its verifier; "": none
    genesis_enrolments = ["backend.enrolment"]        # signed enrolments logged at start, if they are not yet
    broker_url = "mqtt://127.0.0.1:1883"
    http_host = "127.0.0.1"
    http_port = 8080
    tls_certificate_file = ""                         # PEM; with tls_key_file, HTTP is served over TLS
    tls_key_file = ""
    trusted_proxies = []                              # addresses or networks whose X-Forwarded-For is believed
    public_url = "https://city.example"               # what QR codes and links begin with (default: HTTP address)
    database_url = "sqlite:///DATA/civicroot.db"      # DATA stands for data_directory
    telemetry_url = "duckdb:///DATA/telemetry.duckdb"
    store_url = "file:///DATA/public"                 # batch blobs, tiles, checkpoint
    checkpoint_watch_url = ""                         # http(s): where somebody else shows this log's newest checkpoint
    retention_days = 0                                # older batches are pruned; 0: kept for ever
    audit_report_file = ""                            # what `civicroot audit --json` writes; "": nobody audits here
    audit_trail_days = 0                              # older rows of the audit trail are forgotten; 0: kept for ever
    card_days = 30                                    # citizens' cards that bins read are deleted after so many days
    below_quorum = "wait"                             # or "publish", which publishes with fewer and says so
    beacon_seconds = 60                               # between two beacons that devices are told

    [witnesses]                                       # names as in the policy, and where they take checkpoints
    "university.example/w1" = "https://witness.university.example"

    [anchors.time]                                    # names as in the policy; what each kind takes: docs/operations.md
    kind = "rfc3161"
    url = "https://tsa.example/tsr"
    certificates = "tsa-chain.pem"                    # from the signer's up to below the policy's
    interval_seconds = 3600

    [oidc.staff]                                      # another service that says who somebody is; docs/operations.md
    issuer = "https://login.city.example"
    client_id = "civicroot"

    [map]                                             # without it the map draws the places on a plain ground
    tiles = "https://tiles.example/{z}/{x}/{y}.png"   # XYZ, or RESTful WMTS, in Web Mercator
    attribution = "© Example contributors"            # whom the tiles' licence wants named

    [sites]                                           # what crews tell devices, by district; `city`: the others
    city = "site.toml"                                # as of `civicroot provision` (docs/provisioning.md)

    [notifications]                                   # how alarms are told; alarms/settings.py, docs/operations.md
    smtp_host = "mail.city.example"
    sender = "alarms@city.example"

Keys with a default may be left out: genesis_enrolments and those from http_host on. In the environment a table is JSON.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm

from civicroot_backend.errors import ConfigurationError
from civicroot_backend.log.below_quorum import PUBLISH, WAIT
from civicroot_backend.map import base

ENVIRONMENT_PREFIX = "CIVICROOT_"
DATA = "DATA"
DEFAULTS: Mapping[str, Any] = {
    "data_directory": ".",
    "genesis_enrolments": [],
    "next_log_key_file": "",
    "organisation_key_file": "",
    "http_host": "127.0.0.1",
    "http_port": 8080,
    "tls_certificate_file": "",
    "tls_key_file": "",
    "trusted_proxies": [],
    "public_url": "",
    "database_url": "sqlite:///DATA/civicroot.db",
    "telemetry_url": "duckdb:///DATA/telemetry.duckdb",
    "store_url": "file:///DATA/public",
    "checkpoint_watch_url": "",
    "audit_report_file": "",
    "retention_days": 0,
    "audit_trail_days": 0,
    "card_days": 30,
    "below_quorum": WAIT,
    "beacon_seconds": 60,
    "witnesses": {},
    "anchors": {},
    "oidc": {},
    "map": {},
    "notifications": {},
    "sites": {},
}
MAX_PORT = 65535
MAX_DAYS = 36_500
MAX_BEACON_SECONDS = 86_400
_NUMBERS = {
    "http_port": MAX_PORT,
    "retention_days": MAX_DAYS,
    "audit_trail_days": MAX_DAYS,
    "card_days": MAX_DAYS,
    "beacon_seconds": MAX_BEACON_SECONDS,
}  # from 0
_AS_JSON = (
    *_NUMBERS,
    "genesis_enrolments",
    "trusted_proxies",
    "witnesses",
    "anchors",
    "oidc",
    "map",
    "notifications",
    "sites",
)  # in the environment
_MAY_BE_EMPTY = (
    "audit_report_file",
    "checkpoint_watch_url",
    "next_log_key_file",
    "organisation_key_file",
    "public_url",
    "tls_certificate_file",
    "tls_key_file",
)


@dataclass(frozen=True, slots=True)
class Config:
    """A valid configuration: absolute paths, URLs without placeholder, `public_url` without trailing slash.

    `folder`: where relative paths in tables of `anchors` start.
    """

    realm: str
    data_directory: Path
    policy_file: Path
    log_key_file: Path
    next_log_key_file: Path | None
    backend_key_file: Path
    organisation_key_file: Path | None
    genesis_enrolments: tuple[Path, ...]
    broker_url: str
    http_host: str
    http_port: int
    tls_certificate_file: Path
    tls_key_file: Path
    trusted_proxies: tuple[str, ...]
    public_url: str
    database_url: str
    telemetry_url: str
    store_url: str
    checkpoint_watch_url: str
    audit_report_file: Path | None
    retention_days: int
    audit_trail_days: int
    card_days: int
    below_quorum: str
    beacon_seconds: int
    witnesses: Mapping[str, str]
    anchors: Mapping[str, Mapping[str, object]]
    oidc: Mapping[str, Mapping[str, object]]
    map: Mapping[str, str]
    notifications: Mapping[str, object]
    sites: Mapping[str, Path]
    folder: Path
    uses_tls: bool

    @property
    def log_key_files(self) -> tuple[Path, ...]:
        """The key file of the log and, while its key is rotated, of the next one."""
        return (self.log_key_file,) if self.next_log_key_file is None else (self.log_key_file, self.next_log_key_file)


KEYS = tuple(field.name for field in fields(Config) if field.name not in ("uses_tls", "folder"))


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Read a file. Raises ConfigurationError naming every key that is wrong."""
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return make({**values, **_overrides(environment)}, path.resolve().parent)


def make(values: Mapping[str, Any], folder: Path) -> Config:
    """A configuration from values; relative paths start at `folder`. Raises ConfigurationError."""
    unknown = sorted(set(values) - set(KEYS))
    if unknown:
        raise ConfigurationError(f"unknown configuration keys: {', '.join(unknown)}")
    complete = {**DEFAULTS, **values}
    missing = [key for key in KEYS if key not in complete]
    if missing:
        raise ConfigurationError(f"missing configuration keys: {', '.join(missing)}")
    wrong = [key for key in KEYS if not _fits(key, complete[key])]
    if (complete["tls_key_file"] == "") != (complete["tls_certificate_file"] == ""):
        wrong.append("tls_key_file goes with tls_certificate_file")
    if wrong:
        raise ConfigurationError(f"configuration keys of the wrong type or range: {', '.join(wrong)}")
    return _build(complete, folder)


def _build(values: Mapping[str, Any], folder: Path) -> Config:
    try:
        check_realm(values["realm"])
    except WireError as error:
        raise ConfigurationError(f"realm: {error}") from error
    data = (folder / values["data_directory"]).resolve()
    return Config(
        realm=values["realm"],
        data_directory=data,
        policy_file=folder / values["policy_file"],
        log_key_file=folder / values["log_key_file"],
        next_log_key_file=folder / values["next_log_key_file"] if values["next_log_key_file"] else None,
        backend_key_file=folder / values["backend_key_file"],
        organisation_key_file=folder / values["organisation_key_file"] if values["organisation_key_file"] else None,
        genesis_enrolments=tuple(folder / name for name in values["genesis_enrolments"]),
        broker_url=values["broker_url"],
        http_host=values["http_host"],
        http_port=values["http_port"],
        tls_certificate_file=folder / values["tls_certificate_file"],
        tls_key_file=folder / values["tls_key_file"],
        uses_tls=values["tls_key_file"] != "",
        trusted_proxies=tuple(values["trusted_proxies"]),
        public_url=_public_url(values),
        audit_report_file=folder / values["audit_report_file"] if values["audit_report_file"] else None,
        retention_days=values["retention_days"],
        audit_trail_days=values["audit_trail_days"],
        card_days=values["card_days"],
        below_quorum=values["below_quorum"],
        beacon_seconds=values["beacon_seconds"],
        witnesses=dict(values["witnesses"]),
        anchors=dict(values["anchors"]),
        oidc=dict(values["oidc"]),
        map=dict(values["map"]),
        notifications=dict(values["notifications"]),
        sites={district: folder / name for district, name in values["sites"].items()},
        folder=folder,
        # Forms of an absolute path: four slashes and as it is, four and percent-encoded, three and percent-encoded.
        database_url=values["database_url"].replace(f":///{DATA}/", f":///{data}/"),
        telemetry_url=values["telemetry_url"].replace(f":///{DATA}/", f":///{quote(str(data))}/"),
        store_url=values["store_url"].replace(f":///{DATA}/", f"://{quote(str(data))}/"),
        checkpoint_watch_url=values["checkpoint_watch_url"],
    )


def _public_url(values: Mapping[str, Any]) -> str:
    scheme = "https" if values["tls_certificate_file"] else "http"
    return str(values["public_url"]).rstrip("/") or f"{scheme}://{values['http_host']}:{values['http_port']}"


def _fits(key: str, value: object) -> bool:
    if key in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _NUMBERS[key]
    if key == "genesis_enrolments":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key == "trusted_proxies":
        return isinstance(value, list) and all(isinstance(item, str) and _is_network(item) for item in value)
    if key == "below_quorum":
        return value in (WAIT, PUBLISH)
    if key == "witnesses":
        return isinstance(value, dict) and all(_is_web_url(url) for url in value.values())
    if key in ("anchors", "oidc"):  # what is in the tables is looked at by modules of their own
        return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())
    if key == "notifications":  # what is in it is looked at by a module of its own
        return isinstance(value, dict)
    if key == "map":
        return isinstance(value, dict) and base.fits(value)
    if key == "sites":
        return isinstance(value, dict) and all(isinstance(name, str) and name != "" for name in value.values())
    if key == "checkpoint_watch_url" and value != "":
        return _is_web_url(value)
    return isinstance(value, str) and (value != "" or key in _MAY_BE_EMPTY)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_web_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    """Values from CIVICROOT_HTTP_PORT and so on; variables that name no key belong to other parts."""
    found: dict[str, Any] = {}
    for key in KEYS:
        text = environment.get(ENVIRONMENT_PREFIX + key.upper())
        if text is None:
            continue
        try:
            found[key] = json.loads(text) if key in _AS_JSON else text
        except ValueError as error:
            raise ConfigurationError(f"{ENVIRONMENT_PREFIX}{key.upper()} is not a value") from error
    return found
