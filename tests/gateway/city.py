"""A city for the gateway's tests: root, log, registrar, backend and gateway keys, and devices that sign records.

Everything is signed for real and logged in a small in-memory log, so registrations and checkpoints verify.
"""

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

from civicroot_wire import (
    base64,
    checkpoint,
    cosignature,
    enrolment,
    merkle,
    note,
    policy,
    possession,
    record,
    registration,
    sodium,
    topic,
    verdict,
)
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy
from civicroot_wire.registration import Registration
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer
from civicroot_wire.verdict import Verdict

REALM = "test.example"
NOW = 1_790_000_000  # Unix seconds at which the tests' clocks begin
_NONCE = bytes(range(16))


def signer(number: int) -> Signer:
    """A key that is the same in every run."""
    return Signer(number.to_bytes(32, "big"))


@dataclass
class Log:
    """The city log in memory: entries, and their checkpoints."""

    key: Signer
    origin: str = "log." + REALM
    entries: list[bytes] = field(default_factory=list)

    @property
    def vkey(self) -> note.VerifierKey:
        return note.VerifierKey(self.origin, self.key.public)

    def append(self, entry: bytes) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def head(self, size: int | None = None) -> Checkpoint:
        hashes = [merkle.leaf_hash(item) for item in self.entries[:size]]
        return Checkpoint(self.origin, len(hashes), merkle.root(hashes))

    def note(self, size: int | None = None) -> str:
        return checkpoint.sign(self.head(size), self.vkey, self.key)

    def logged(self, index: int) -> Logged:
        hashes = [merkle.leaf_hash(item) for item in self.entries]
        return Logged(self.entries[index], index, merkle.inclusion_path(merkle.of_list(hashes), index, len(hashes)))


class City:
    """Keys by number: 1 root, 2 log, 3 registrar, 4 backend, 5 gateway, 6 witness, 100… devices."""

    def __init__(self, quorum: int = 0) -> None:
        self.root, self.registrar, self.backend, self.gateway, self.witness = (signer(n) for n in (1, 3, 4, 5, 6))
        self.log = Log(signer(2))
        self.witness_key = note.VerifierKey("witness.example", self.witness.public, note.COSIGNATURE)
        self.policy = self._policy(quorum)
        self._device_numbers = itertools.count(1)
        self.registrations: dict[bytes, bytes] = {}
        self.enrol(self.gateway, "gateway/1", "gateway")
        self.enrol(self.backend, "backend/1", "backend")

    def _policy(self, quorum: int) -> Policy:
        model: dict[int | str, object] = {
            "format": policy.FORMAT,
            "realm": REALM,
            "version": 1,
            "roots": {"threshold": 1, "keys": [base64.encode(self.root.public)]},
            "logs": [{"vkey": str(self.log.vkey), "first": 0}],
            "registrars": [{"name": "registrar", "key": base64.encode(self.registrar.public), "first": 0}],
            "witnesses": [{"vkey": str(self.witness_key), "first": 0}],
            "quorum": quorum,
            "anchors": [],
        }
        return policy.sign(model, [(self.root.public, self.root)])

    def write_policy(self, path: Path) -> None:
        path.write_text(json.dumps(policy.to_document(self.policy)))

    def enrolment(self, key: Signer, subject: str, role: str, registrar: Signer | None = None) -> bytes:
        registrar = registrar or self.registrar
        request = possession.sign(key.kid, subject, role, _NONCE, REALM, key)
        return enrolment.sign(
            Enrolment(subject, key.public, role, request), registrar.kid, "registrar", REALM, registrar
        )

    def enrol(self, key: Signer, subject: str, role: str) -> bytes:
        """Log the key's enrolment; returns (and keeps) its registration."""
        index = self.log.append(self.enrolment(key, subject, role))
        message = registration.encode(Registration(self.log.logged(index), self.log.note()))
        self.registrations[key.kid] = message
        return message

    def device(self) -> "Device":
        """A new enrolled device."""
        number = next(self._device_numbers)
        device = Device(signer(100 + number))
        self.enrol(device.key, f"bin/{number}", "device")
        return device

    def cosigned(self, size: int | None = None, time: int = NOW) -> bytes:
        """The log's checkpoint with the witness's cosignature."""
        text = self.log.note(size)
        body = self.log.head(size).body()
        return (text + cosignature.sign(body, time, self.witness_key, self.witness)).encode()

    def commit(self, message: bytes, rejected: list[tuple[int, str]] | None = None) -> bytes:
        """The backend's verdict that a batch message is committed."""
        found = Verdict(verdict.digest_of(message), index=7, rejected=rejected)
        return verdict.sign(found, self.backend.kid, REALM, self.backend)

    def refuse(self, message: bytes, reason: str) -> bytes:
        """The backend's verdict that a batch message is refused."""
        found = Verdict(verdict.digest_of(message), reason=reason)
        return verdict.sign(found, self.backend.kid, REALM, self.backend)

    def topic(self, leaf: str, device: bytes | None = None) -> str:
        if device is None:
            return topic.of_gateway(self.gateway.kid, leaf)
        return topic.of_device(self.gateway.kid, device, leaf)


@dataclass
class Device:
    """A device's key, and records signed with it."""

    key: Signer

    @property
    def kid(self) -> bytes:
        return self.key.kid

    def record(
        self,
        seq: int,
        skip: int = 0,
        thinned: list[tuple[int, int]] | None = None,
        fill: int = 50,
        realm: str = REALM,
        beacon: bytes | None = None,
    ) -> bytes:
        pack = Pack([Measurement("fill", DecimalFraction(-2, fill), "/")], NOW)
        return record.sign(self.kid, Sequence(seq, skip, beacon, thinned), pack, realm, self.key)


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """libsodium, as the gateway uses it."""
    sodium.verify(public, message, signature)
