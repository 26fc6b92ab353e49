"""The city that the vectors describe: fixed keys, names and times, the same in every run."""

import hashlib

from civicroot_wire.sodium import Signer

REALM = "vectors.civicroot.example"
OTHER_REALM = "elsewhere.civicroot.example"
NOW = 1_790_000_000  # 2026-09-21: every time in the vectors lies near it
ISSUER = "https://registrar.vectors.civicroot.example"
ORIGIN = "log.vectors.civicroot.example"
STATUS_URI = "https://vectors.civicroot.example/status/1"


def bytes_of(label: str, size: int = 32) -> bytes:
    """Bytes that look random and never change."""
    found = b""
    while len(found) < size:
        found += hashlib.sha256(f"civicroot vectors {label} {len(found)}".encode()).digest()
    return found[:size]


def key(name: str) -> Signer:
    """The private key of that name."""
    return Signer(bytes_of("key " + name))
