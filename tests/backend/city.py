"""A small city for the backend's tests: a founded realm, its keys, and what devices and gateways would send."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend import config, keyfile, realm
from civicroot_backend.config import Config
from civicroot_backend.ingest.commit import Arrival, Outcome
from civicroot_backend.service import Backend
from civicroot_wire import batch, enrolment, possession, record, senml, verdict
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.verdict import Verdict

REALM = "test.example"
NOW = 1_700_000_000  # Unix seconds, before any real clock; the city's clock stands still unless a test moves it


class City:
    """A realm in `folder`; `now` is what its backends take for the time."""

    def __init__(self, folder: Path, addresses: realm.Addresses | None = None, name: str = REALM) -> None:
        self.folder = folder
        self.now = NOW
        self.realm = name
        self.config_file = realm.found_realm(name, folder, addresses or realm.Addresses(), NOW)
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
        opened = Backend(dataclasses.replace(self.config, **changes), lambda: self.now)
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

    def enrolled(self, backend: Backend, subject: str, role: str) -> Signer:
        """A new key, enrolled."""
        key = self.key()
        backend.enrol(self.enrolment(key, subject, role))
        return key


def signed_record(
    key: Signer, seq: int, fill: int = 62, skip: int = 0, realm_name: str = REALM, beacon: bytes | None = None
) -> bytes:
    """A bin's record: fill in hundredths."""
    pack = senml.Pack([senml.Measurement("fill", DecimalFraction(-2, fill), "/")], NOW - 60)
    return record.sign(key.kid, record.Sequence(seq, skip, beacon), pack, realm_name, key)


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
