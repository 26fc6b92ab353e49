"""Founding a realm: its keys, its signed trust policy, the first enrolments and the backend's configuration.

`found_realm` is the quick form, with all keys in one folder and one root, for trials, tests and the demo. A city is
founded by the ceremony (civicroot_backend.ceremony), which makes the same files out of the same parts.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
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
    first = [Genesis(backend, BACKEND_SUBJECT, "backend")]
    (enrolled,) = enrol_first(folder / REGISTER, realm, registrar, first, now, randomness)
    _write(folder / ENROLMENT_FILE, enrolled)
    _write(folder / CONFIG_FILE, configuration(realm, addresses, outside).encode())
    return folder / CONFIG_FILE


def first_policy(realm: str, root: Signer, log: Signer, registrar: Signer, outside: Outside | None = None) -> Policy:
    """Version 1 of a realm's policy: one key each, and who vouches from `outside`."""
    model = policy_model(realm, [root.public], 1, log.public, registrar.public, outside or Outside())
    return policies.sign(model, [(root.public, root)])


def policy_model(
    realm: str, roots: Sequence[bytes], threshold: int, log: bytes, registrar: bytes, outside: Outside
) -> dict[int | str, object]:
    """What version 1 of a realm's policy says; keys are public ones."""
    return {
        "format": policies.FORMAT,
        "realm": realm,
        "version": 1,
        "roots": {"threshold": threshold, "keys": [base64.encode(root) for root in roots]},
        "logs": [{"vkey": str(VerifierKey(f"{realm}/log", log)), "first": 0}],
        "registrars": [{"name": f"{realm}/registrar", "key": base64.encode(registrar), "first": 0}],
        "witnesses": outside.policy_witnesses(),
        "quorum": outside.quorum,
        "anchors": outside.policy_anchors(),
    }


@dataclass(frozen=True)
class Genesis:
    """A key that is enrolled before the log begins."""

    signer: Signer
    subject: str
    role: str


def enrol_first(
    book_file: Path,
    realm: str,
    registrar: Signer,
    first: Sequence[Genesis],
    now: int,
    randomness: Callable[[int], bytes],
) -> list[bytes]:
    """The enrolments that a log's first start logs, in this order after the policy; the register begins with them."""
    signed = []
    with closing(register.create(book_file, realm, registrar.kid)) as book:
        for place, one in enumerate(first):
            signer = one.signer
            asked = possession.sign(signer.kid, one.subject, one.role, randomness(NONCE_BYTES), realm, signer)
            found = Enrolment(one.subject, signer.public, one.role, asked)
            found.issued_at = now
            key = Key(
                signer.kid, signer.public, one.subject, one.role, book.uri, book.next_index(), GENESIS_INDEX + place
            )
            book.write(key)
            found.status = (key.status_index or 0, book.uri)
            signed.append(enrolment.sign(found, registrar.kid, f"{realm}/registrar", realm, registrar))
    return signed


def configuration(
    realm: str, addresses: Addresses, outside: Outside, genesis: Sequence[str] = (ENROLMENT_FILE,)
) -> str:
    """The text of backend.toml; `genesis` names the files of the first enrolments."""
    values: dict[str, object] = {
        "realm": realm,
        "data_directory": "data",
        "policy_file": POLICY_FILE,
        "log_key_file": LOG_KEY,
        "backend_key_file": BACKEND_KEY,
        "genesis_enrolments": list(genesis),
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
