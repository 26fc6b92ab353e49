"""The plan of a ceremony: whose city, which roots on which media, where the working keys go, who takes part.

    realm = "my.city"
    threshold = 2                       # of the roots below
    folder = "city"                     # backend.toml, policy, log and backend keys: goes to the backend's machine
    desk = "desk"                       # registrar.key and its register: goes to the registrar's desk
    operator = "operator"               # operator.key
    release = "release"                 # release.key
    protocol = "protocol"               # protocol.txt and protocol.html
    place = "Town hall, room 12"

    [[roots]]
    name = "root-1"
    holder = "Ada Lovelace"
    medium = "/media/root-1"            # or "pkcs11:token=root-1?module-path=/usr/lib/softhsm/libsofthsm2.so"
    backup = "/media/root-1-copy"       # optional; not for a token
    secret_file = "root-1.secret"       # only with --non-interactive: passphrase or PIN
    backup_secret_file = "…"            # default: secret_file

    [[participants]]                    # beside the holders
    name = "Grace Hopper"
    part = "witness"

    [backend]                           # optional: as the options of `realm init`
    broker_url = "mqtt://127.0.0.1:1883"
    http_host = "127.0.0.1"
    http_port = 8080
    public_url = "https://my.city"
    quorum = 2
    anchors = ["anchor.json"]
    [[backend.witnesses]]
    vkey = "…"
    url = "https://…"

Relative paths start at the plan's folder.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm
from civicroot_wire.policy import MAX_ROOTS

from civicroot_backend import genesis
from civicroot_backend.ceremony.errors import PlanError, TooFewRoots
from civicroot_backend.ceremony.pkcs11_token import SCHEME
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.genesis import Outside
from civicroot_backend.realm import Addresses

ROOT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_FIELDS = ("realm", "threshold", "folder", "desk", "operator", "release", "protocol", "place", "roots", "participants")
_TABLES = (*_FIELDS, "backend")
_ROOT_FIELDS = ("name", "holder", "medium", "backup", "secret_file", "backup_secret_file")
_ADDRESSES = ("broker_url", "http_host", "http_port", "public_url")


@dataclass(frozen=True)
class RootPlan:
    """One root: its name, who keeps it, and its media as people write them."""

    name: str
    holder: str
    medium: str
    backup: str | None = None
    secret_file: Path | None = None
    backup_secret_file: Path | None = None


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part, and as what."""

    name: str
    part: str


@dataclass(frozen=True)
class Plan:
    """A plan that can be carried out, as far as it can be said without looking at any medium."""

    realm: str
    threshold: int
    roots: tuple[RootPlan, ...]
    folder: Path
    desk: Path
    operator: Path
    release: Path
    protocol: Path
    place: str = ""
    participants: tuple[Participant, ...] = ()
    addresses: Addresses = field(default_factory=Addresses)
    outside: Outside = field(default_factory=Outside)
    base: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        """Raise PlanError or TooFewRoots for what can be no city."""
        try:
            check_realm(self.realm)
        except WireError as error:
            raise PlanError(str(error)) from error
        if not 1 <= self.threshold <= len(self.roots):
            raise TooFewRoots(f"a threshold of {self.threshold} of {len(self.roots)} roots cannot be")
        if len(self.roots) > MAX_ROOTS:
            raise PlanError(f"a policy has at most {MAX_ROOTS} roots")
        for root in self.roots:
            if not ROOT_NAME.fullmatch(root.name):
                raise PlanError(f"a root is called like root-1: {root.name}")
            if root.backup is not None and (root.medium + root.backup).count(SCHEME):
                raise PlanError(f"{root.name}: a token's key cannot be copied, and a copy cannot go to a token")
        twice = [name for name, count in Counter(root.name for root in self.roots).items() if count > 1]
        if twice:
            raise PlanError(f"roots named more than once: {', '.join(twice)}")

    def secrets(self) -> dict[str, Path]:
        """The secret file of each medium, by the medium's text."""
        found = {}
        for root in self.roots:
            if root.secret_file is not None:
                found[self.text_of(root.medium)] = root.secret_file
            backup = root.backup_secret_file or root.secret_file
            if root.backup is not None and backup is not None:
                found[self.text_of(root.backup)] = backup
        return found

    def text_of(self, medium: str) -> str:
        """A medium as messages name it."""
        return medium if medium.startswith(SCHEME) else str(self.base / medium)


def load(path: Path) -> Plan:
    """Read a plan. Raises PlanError that names what is wrong, TooFewRoots."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise PlanError(f"{path}: {error}") from error
    base = path.resolve().parent
    _known(values, _TABLES, "the plan")
    try:
        return Plan(
            realm=_text(values, "realm"),
            threshold=_integer(values, "threshold"),
            roots=tuple(_root(row, base) for row in _rows(values, "roots")),
            folder=base / _text(values, "folder"),
            desk=base / _text(values, "desk", "desk"),
            operator=base / _text(values, "operator", "operator"),
            release=base / _text(values, "release", "release"),
            protocol=base / _text(values, "protocol", "protocol"),
            place=_text(values, "place", ""),
            participants=tuple(_participant(row) for row in _rows(values, "participants")),
            addresses=_addresses(values.get("backend", {})),
            outside=_outside(values.get("backend", {}), base),
            base=base,
        )
    except ConfigurationError as error:
        raise PlanError(str(error)) from error


def to_text(plan: Plan) -> str:
    """The plan as a file, so that its ceremony can go on after an interruption; what it says of others is left out."""
    lines = [
        f"{name} = {_toml(value)}"
        for name, value in (
            ("realm", plan.realm),
            ("threshold", plan.threshold),
            ("folder", str(plan.folder)),
            ("desk", str(plan.desk)),
            ("operator", str(plan.operator)),
            ("release", str(plan.release)),
            ("protocol", str(plan.protocol)),
            ("place", plan.place),
        )
    ]
    for root in plan.roots:
        lines += ["", "[[roots]]"]
        row = {"name": root.name, "holder": root.holder, "medium": root.medium, "backup": root.backup}
        lines += [f"{name} = {_toml(value)}" for name, value in row.items() if value is not None]
    for one in plan.participants:
        lines += ["", "[[participants]]", f"name = {_toml(one.name)}", f"part = {_toml(one.part)}"]
    return "\n".join(lines) + "\n"


def _toml(value: str | int) -> str:
    """JSON's texts and integers are TOML's too, but for DEL."""
    return json.dumps(value).replace("\x7f", "\\u007f")


def _root(row: Mapping[str, Any], base: Path) -> RootPlan:
    _known(row, _ROOT_FIELDS, "a root")
    secret, other = row.get("secret_file"), row.get("backup_secret_file")
    return RootPlan(
        _text(row, "name"),
        _text(row, "holder", ""),
        _text(row, "medium"),
        _text(row, "backup") if "backup" in row else None,
        None if secret is None else base / secret,
        None if other is None else base / other,
    )


def _participant(row: Mapping[str, Any]) -> Participant:
    _known(row, ("name", "part"), "a participant")
    return Participant(_text(row, "name"), _text(row, "part", ""))


def _addresses(table: Mapping[str, Any]) -> Addresses:
    _known(table, (*_ADDRESSES, "quorum", "anchors", "witnesses"), "the table backend")
    return Addresses(**{name: table[name] for name in _ADDRESSES if name in table})


def _outside(table: Mapping[str, Any], base: Path) -> Outside:
    rows = list(_rows(table, "witnesses"))
    witnesses = tuple(genesis.witness(_text(row, "vkey"), _text(row, "url")) for row in rows)
    anchors = tuple(genesis.anchor(base / name) for name in table.get("anchors", []))
    return Outside(witnesses, table.get("quorum", genesis.majority(len(witnesses))), anchors)


def _known(values: object, names: tuple[str, ...], what: str) -> None:
    if not isinstance(values, dict):
        raise PlanError(f"{what} is no table")
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise PlanError(f"{what} has unknown keys: {', '.join(unknown)}")


def _rows(values: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = values.get(name, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise PlanError(f"{name} is no list of tables")
    yield from found


def _text(values: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    found = values.get(name, otherwise)
    if not isinstance(found, str):
        raise PlanError(f"{name} is missing, or no text")
    return found


def _integer(values: Mapping[str, Any], name: str) -> int:
    found = values.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise PlanError(f"{name} is missing, or no number")
    return found
