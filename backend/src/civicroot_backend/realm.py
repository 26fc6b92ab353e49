"""Founding a realm: its keys, its signed trust policy, the backend's enrolment and its configuration."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import base64, enrolment, possession
from civicroot_wire import policy as policies
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.names import realm as check_realm
from civicroot_wire.note import VerifierKey
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import Signer

from civicroot_backend import keyfile
from civicroot_backend.desk import register
from civicroot_backend.desk.register import Key
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.genesis import Outside

ROOT_KEY, LOG_KEY, REGISTRAR_KEY, BACKEND_KEY = "root.key", "log.key", "registrar.key", "backend.key"
POLICY_FILE, ENROLMENT_FILE, CONFIG_FILE = "policy.json", "backend.enrolment", "backend.toml"
REGISTER = "registrar.register"
FILES = (ROOT_KEY, LOG_KEY, REGISTRAR_KEY, REGISTER, BACKEND_KEY, POLICY_FILE, ENROLMENT_FILE, CONFIG_FILE)
GENESIS_INDEX = 1  # of the backend's enrolment in every new log, right after the policy
BACKEND_SUBJECT = "backend/1"
NONCE_BYTES = 16


@dataclass(frozen=True)
class Addresses:
    """What a realm's configuration says of the network."""

    broker_url: str = "mqtt://127.0.0.1:1883"
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    public_url: str | None = None


def found_realm(
    realm: str,
    folder: Path,
    addresses: Addresses,
    now: int,
    randomness: Callable[[int], bytes] = os.urandom,
    outside: Outside | None = None,
) -> Path:
    """Write a new realm into `folder`; the configuration's path. Raises ConfigurationError if any file is there.

    `outside`: witnesses and anchors that count from the log's first entry on; none if None.
    """
    outside = outside or Outside()
    check_realm(realm)
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise ConfigurationError(f"{folder} has {', '.join(there)} already; nothing is overwritten")
    root, log, registrar, backend = (Signer(randomness(keyfile.SEED_BYTES)) for _ in range(4))
    policy = first_policy(realm, root, log, registrar, outside)  # refuses what cannot be before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    for name, signer in ((ROOT_KEY, root), (LOG_KEY, log), (REGISTRAR_KEY, registrar), (BACKEND_KEY, backend)):
        keyfile.create(folder / name, signer)
    _write(folder / POLICY_FILE, (json.dumps(policies.to_document(policy), indent=2) + "\n").encode())
    _write(folder / ENROLMENT_FILE, _enrol_backend(folder, realm, backend, registrar, now, randomness(NONCE_BYTES)))
    _write(folder / CONFIG_FILE, _configuration(realm, addresses, outside).encode())
    return folder / CONFIG_FILE


def first_policy(realm: str, root: Signer, log: Signer, registrar: Signer, outside: Outside | None = None) -> Policy:
    """Version 1 of a realm's policy: one key each, and who vouches from `outside`."""
    outside = outside or Outside()
    model: dict[int | str, object] = {
        "format": policies.FORMAT,
        "realm": realm,
        "version": 1,
        "roots": {"threshold": 1, "keys": [base64.encode(root.public)]},
        "logs": [{"vkey": str(VerifierKey(f"{realm}/log", log.public)), "first": 0}],
        "registrars": [{"name": f"{realm}/registrar", "key": base64.encode(registrar.public), "first": 0}],
        "witnesses": outside.policy_witnesses(),
        "quorum": outside.quorum,
        "anchors": outside.policy_anchors(),
    }
    return policies.sign(model, [(root.public, root)])


def _enrol_backend(folder: Path, realm: str, backend: Signer, registrar: Signer, now: int, nonce: bytes) -> bytes:
    """The backend's enrolment, which its first start logs; the register begins with it."""
    request = possession.sign(backend.kid, BACKEND_SUBJECT, "backend", nonce, realm, backend)
    found = Enrolment(BACKEND_SUBJECT, backend.public, "backend", request)
    found.issued_at = now
    with closing(register.create(folder / REGISTER, realm, registrar.kid)) as book:
        key = Key(backend.kid, backend.public, BACKEND_SUBJECT, "backend", book.uri, book.next_index(), GENESIS_INDEX)
        book.write(key)
        found.status = (key.status_index or 0, book.uri)
    return enrolment.sign(found, registrar.kid, f"{realm}/registrar", realm, registrar)


def _configuration(realm: str, addresses: Addresses, outside: Outside) -> str:
    values: dict[str, object] = {
        "realm": realm,
        "data_directory": "data",
        "policy_file": POLICY_FILE,
        "log_key_file": LOG_KEY,
        "backend_key_file": BACKEND_KEY,
        "genesis_enrolments": [ENROLMENT_FILE],
        "broker_url": addresses.broker_url,
        "http_host": addresses.http_host,
        "http_port": addresses.http_port,
    }
    if addresses.public_url is not None:
        values["public_url"] = addresses.public_url
    tables = [_table(None, values)]
    if outside.witnesses:
        tables.append(_table("witnesses", {witness.name: witness.url for witness in outside.witnesses}))
    tables.extend(_table(f"anchors.{_toml(anchor.name)}", anchor.settings) for anchor in outside.anchors)
    return "# Civicroot backend; the other keys and their defaults: docs/operations.md\n" + "\n".join(tables)


def _table(name: str | None, values: Mapping[str, object]) -> str:
    lines = [] if name is None else [f"[{name}]"]
    lines.extend(f"{key if key.isidentifier() else _toml(key)} = {_toml(value)}" for key, value in values.items())
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """JSON's texts, integers and arrays of texts are TOML's too, but for DEL, which TOML wants escaped."""
    return json.dumps(value).replace("\x7f", "\\u007f")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
