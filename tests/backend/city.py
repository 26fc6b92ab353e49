"""A small city for the backend's tests: a founded realm, its keys, and what devices and gateways would send."""

import dataclasses
import itertools
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from civicroot_backend import config, keyfile, realm
from civicroot_backend.config import Config
from civicroot_backend.desk.status_uri import uri_of
from civicroot_backend.genesis import Outside
from civicroot_backend.ingest.commit import Arrival, Outcome
from civicroot_backend.service import Backend
from civicroot_wire import (
    batch,
    enrolment,
    keys,
    possession,
    record,
    revocation,
    senml,
    statement,
    status_list,
    verdict,
)
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.claims import Claims
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.status_list import StatusList
from civicroot_wire.verdict import Verdict

from tests.backend import schema

REALM = "test.example"
NOW = 1_700_000_000  # Unix seconds, before any real clock; the city's clock stands still unless a test moves it


class City:
    """A realm in `folder`; `now` is what its backends take for the time.

    Unless `migrates`, its first backend finds an empty database of the newest version.
    """

    migrates = False

    def __init__(
        self,
        folder: Path,
        addresses: realm.Addresses | None = None,
        name: str = REALM,
        outside: Outside | None = None,
    ) -> None:
        self.folder = folder
        self.now = NOW
        self.realm = name
        self.config_file = realm.found_realm(name, folder, addresses or realm.Addresses(), NOW, outside=outside)
        self.registrar = keyfile.load(folder / realm.REGISTRAR_KEY)
        self.backend_key = keyfile.load(folder / realm.BACKEND_KEY)
        self.log_key = keyfile.load(folder / realm.LOG_KEY)
        self._seeds = itertools.count(1)

    @property
    def config(self) -> Config:
        """The configuration as founded."""
        return config.load(self.config_file, {})

    @contextmanager
    def backend(self, **changes: object) -> Iterator[Backend]:
        """An opened backend without threads."""
        settings = dataclasses.replace(self.config, **changes)
        if not self.migrates:
            schema.lay(settings.database_url)
        opened = Backend(settings, lambda: self.now)
        try:
            yield opened
        finally:
            opened.stop()

    def key(self) -> Signer:
        """Another key, the same ones in every run."""
        return Signer(next(self._seeds).to_bytes(32, "big"))

    def enrolment(self, key: Signer, subject: str, role: str, **fields: object) -> bytes:
        """A signed enrolment of a key; `fields` are those of Enrolment."""
        found = Enrolment(subject, key.public, role, self.possession(key, subject, role))
        for name, value in fields.items():
            setattr(found, name, value)
        return enrolment.sign(found, self.registrar.kid, "the registrar", self.realm, self.registrar)

    def possession(self, key: Signer, subject: str, role: str) -> bytes:
        """A key's request to be enrolled."""
        return possession.sign(key.kid, subject, role, bytes(16), self.realm, key)

    def enrolled(self, backend: Backend, subject: str, role: str, **fields: object) -> Signer:
        """A new key, enrolled; `fields` are those of Enrolment."""
        key = self.key()
        backend.submit(self.enrolment(key, subject, role, **fields))
        return key

    @property
    def status_uri(self) -> str:
        """What the registrar's status list is called."""
        return uri_of(self.realm, self.registrar.kid)

    def revocation(self, key: Signer, subject: str, reason: int = revocation.COMPROMISED, **fields: object) -> bytes:
        """The registrar's revocation of a key; `fields` are those of Revocation."""
        found = Revocation(subject, keys.thumbprint(key.public), reason)
        for name, value in fields.items():
            setattr(found, name, value)
        return revocation.sign(found, self.registrar.kid, "the registrar", self.realm, self.registrar)

    def rotation(self, key: Signer, subject: str, last_seq: int, successor: Signer) -> bytes:
        """The registrar's revocation of a key that another one follows."""
        after = keys.thumbprint(successor.public)
        return self.revocation(key, subject, revocation.ROTATED, last_seq=last_seq, successor=after)

    def status_list(self, revoked: Sequence[int], issued_at: int = NOW, length: int = 8) -> bytes:
        """The registrar's list of `length` bytes that says of these indices that they are revoked."""
        bits = bytearray(length)
        for index in revoked:
            bits[index >> 3] |= 1 << (index & 7)
        listed = StatusList(self.status_uri, zlib.compress(bytes(bits)), issued_at)
        return status_list.sign(listed, self.registrar.kid, "the registrar", self.realm, self.registrar)

    def statement(
        self, key: Signer, issuer: str, subject: str, payload: bytes, typ: str = "application/json", **fields: Any
    ) -> bytes:
        """An organisation's statement; `fields` are those of `statement.sign`."""
        return statement.sign(Claims(typ, issuer, subject, self.realm), payload, key.kid, key, **fields)


def signed_record(
    key: Signer,
    seq: int,
    fill: int = 62,
    skip: int = 0,
    realm_name: str = REALM,
    beacon: bytes | None = None,
    thinned: list[tuple[int, int]] | None = None,
    promised: int | None = None,
    base_time: int | None = NOW - 60,
) -> bytes:
    """A bin's record: fill in hundredths, and in how many seconds it promises the next."""
    pack = senml.Pack([senml.Measurement("fill", DecimalFraction(-2, fill), "/", update_time=promised)], base_time)
    return record.sign(key.kid, record.Sequence(seq, skip, beacon, thinned), pack, realm_name, key)


def signed_header(key: Signer, seq: int, records: list[bytes], skip: int = 0, closed: int = NOW) -> bytes:
    """A gateway's batch header."""
    return batch.sign_header(key.kid, record.Sequence(seq, skip), records, NOW - 10, closed, REALM, key)


def batch_message(key: Signer, seq: int, records: Sequence[bytes], skip: int = 0, closed: int = NOW) -> bytes:
    """A batch message."""
    listed = list(records)
    return batch.encode_message(signed_header(key, seq, listed, skip, closed), listed)


def commit(backend: Backend, gateway: Signer, *messages: bytes) -> Outcome:
    """Commit messages of one gateway as a group."""
    outcome = backend.committer.commit([Arrival(gateway.kid, message) for message in messages])
    backend.committed(outcome)
    return outcome


def verdicts(city: City, outcome: Outcome) -> list[Verdict]:
    """The verdicts of an outcome, verified with the backend's key."""
    return [
        verdict.verify(verdict.decode(answer.verdict), city.realm, city.backend_key.public, verify)
        for answer in outcome.answers
    ]


def sole_verdict(city: City, backend: Backend, gateway: Signer, message: bytes) -> Verdict:
    """Commit one message; its verdict."""
    (found,) = verdicts(city, commit(backend, gateway, message))
    return found
