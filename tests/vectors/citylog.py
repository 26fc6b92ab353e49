"""The city's log in the vectors: entries, checkpoints, witnesses, policy; paths by rfc9162.py."""

from dataclasses import dataclass, field
from typing import Any

from civicroot_wire import base64, beacon, checkpoint, cosignature, note, policy
from civicroot_wire.sodium import Signer

from tests.vectors import city, rfc9162

LOG = city.key("log")
WITNESSES = ("witness-a.example", "witness-b.example", "witness-c.example")
LOGGED_PARTS = (5, 7, 8, 9, 13, 14)  # of a bundle
ROOTS = ("root/1", "root/2", "root/3")


def log_key(name: str = city.ORIGIN, key: Signer = LOG) -> note.VerifierKey:
    """The log's verifier key."""
    return note.VerifierKey(name, key.public)


def witness_key(name: str) -> note.VerifierKey:
    """A witness's verifier key."""
    return note.VerifierKey(name, city.key(name).public, note.COSIGNATURE)


def cosigned(text: str, *names: str, time: int = city.NOW) -> str:
    """The note with a cosignature by each witness; the first at `time`, each next a second later."""
    body = note.parse(text).body
    lines = [cosignature.sign(body, time + late, witness_key(name), city.key(name)) for late, name in enumerate(names)]
    return text + "".join(lines)


def beacon_of(text: str, *names: str) -> bytes:
    """The beacon of a note for the given witnesses."""
    return beacon.of(note.parse(text), [witness_key(name) for name in names])


@dataclass
class Log:
    """A log of `entries` in memory."""

    entries: list[bytes] = field(default_factory=list)
    origin: str = city.ORIGIN

    def append(self, entry: bytes) -> int:
        """Add an entry; returns its index."""
        self.entries.append(entry)
        return len(self.entries) - 1

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` entries."""
        return rfc9162.tree_root(self.entries[:size])

    def path(self, index: int, size: int | None = None) -> list[bytes]:
        """Inclusion path in the first `size` entries."""
        return rfc9162.inclusion(index, self.entries[:size])

    def logged(self, index: int, size: int | None = None) -> list[Any]:
        """The CBOR item `[entry, index, path]`."""
        return [self.entries[index], index, self.path(index, size)]

    def bundled(self, parts: dict[int, Any]) -> dict[int, Any]:
        """A bundle's parts, `[entry, index, path]` as `[entry, index]`, and the hashes that prove all."""
        found = {label: part[:2] if label in LOGGED_PARTS else part for label, part in parts.items()}
        indexes = {part[1] for label, part in found.items() if label in LOGGED_PARTS}
        found.setdefault(12, b"".join(rfc9162.beside(indexes, self.entries)))
        return found

    def head(self, size: int | None = None, key: Signer = LOG) -> str:
        """The log's signed checkpoint."""
        count = len(self.entries) if size is None else size
        found = checkpoint.Checkpoint(self.origin, count, self.root(size))
        return checkpoint.sign(found, log_key(self.origin, key), key)


def model(**changes: Any) -> dict[str, Any]:
    """The trust policy of the vectors' city."""
    registrar = city.key("registrar/1").public
    return {
        "format": policy.FORMAT,
        "realm": city.REALM,
        "version": 1,
        "roots": {"threshold": 2, "keys": [base64.encode(city.key(name).public) for name in ROOTS]},
        "logs": [{"vkey": str(log_key()), "first": 0}],
        "registrars": [{"name": "registrar", "key": base64.encode(registrar), "first": 0}],
        "witnesses": [{"vkey": str(witness_key(name)), "first": 0} for name in WITNESSES],
        "quorum": 2,
        "anchors": [],
        **changes,
    }


def signed_policy(content: dict[str, Any], *roots: str) -> policy.Policy:
    """The policy signed by the given roots, the first two without any."""
    keys = [city.key(name) for name in roots or ROOTS[:2]]
    return policy.sign(content, [(key.public, key) for key in keys])
