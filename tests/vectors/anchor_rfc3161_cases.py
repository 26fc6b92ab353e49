"""Family anchor_rfc3161 (SPEC.md §7.5): evidence of time-stamp authorities, good and bad.

The tokens come from time_stamps/material.json, where OpenSSL and token.py made them once; here they are put into
evidence, and damaged.
"""

import json
from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64
from civicroot_wire.cbor import encode
from civicroot_wire.checkpoint import Checkpoint

from tests.vectors.case import Case
from tests.vectors.time_stamps.make import MATERIAL, TREE

NAME = "time.example"
# Tokens that hold; what the others are refused for. All that is in neither list is about certificates: untrusted.
_GOOD = (
    "RSA",
    "RSA with SHA-512",
    "ECDSA P-256 through an intermediate",
    "ECDSA P-384 with SHA-384",
    "ECDSA P-521 with SHA-512",
    "certificate named by SHA-1",
    "certificate named by SHA-512",
    "milliseconds, accurate to microseconds",
    "accurate to an hour",
    "built by hand",
    "ordering and an extension that is not critical",
    "signer without key usage",
    "extension that is not critical",
    "valid from the time on",
    "issuer by basic constraints that are not critical",
    "names its issuer's key",
)
_BAD_ANCHOR = (
    "critical extension",
    "imprint by SHA-512",
    "imprint of 31 bytes",
    "signed with SHA-1",
    "signature algorithm of another digest",
    "signature algorithm unknown",
    "message digest of something else",
    "content type of something else",
    "names another certificate",
    "names no certificate",
    "signer is named as another",
    "signer is named by another serial number",
    "of another tree",
    "chain in another order",
)
_MALFORMED = {
    "granted with modifications": "malformed",
    "status with text": "malformed",
    "two signers": "malformed",
    "no signer": "truncated",
    "certificate inside the token": "malformed",
    "attribute that is not signed": "malformed",
    "attributes in another order": "not-deterministic",
    "TSTInfo of version 2": "malformed",
    "time without Z": "malformed",
    "time with zone": "malformed",
    "time with a fraction that ends in zero": "malformed",
    "time finer than a nanosecond": "out-of-range",
    "no such time": "malformed",
    "time before 1970": "out-of-range",
    "accuracy of 1000 milliseconds": "out-of-range",
    "accuracy of microseconds before seconds": "malformed",
    "nonce before ordering": "malformed",
    "ordering false written out": "not-deterministic",
    "RSA-PSS": "malformed",
    "other digest algorithm in the list": "malformed",
    "no message digest": "malformed",
    "no content type": "malformed",
    "no name of the certificate": "malformed",
}


def anchor_rfc3161_cases() -> Iterator[Case]:
    """Every token, then damaged evidence."""
    material: dict[str, Any] = json.loads(MATERIAL.read_text())
    for name, made in material["tokens"].items():
        evidence = encode(_parts(made))
        if name in _GOOD:
            yield _case(name, evidence, made["trusted"], time=made["time"])
        else:
            reason = _MALFORMED.get(name) or ("bad-anchor" if name in _BAD_ANCHOR else "untrusted")
            yield _case(name, evidence, made["trusted"], reason=reason)
    good = material["tokens"]["ECDSA P-256 through an intermediate"]
    yield from _trees(good)
    yield from _damaged(*_parts(good), good["trusted"])


def _parts(made: dict[str, Any]) -> tuple[bytes, list[bytes]]:
    return bytes.fromhex(made["response"]), [bytes.fromhex(item) for item in made["chain"]]


def _case(
    name: str, evidence: bytes, trusted: str, tree: Checkpoint = TREE, time: int | None = None, reason: str = ""
) -> Case:
    certificate = base64.encode(bytes.fromhex(trusted))
    case: Case = {
        "name": name,
        "valid": not reason,
        "input": evidence.hex(),
        "tree": {"origin": tree.origin, "size": tree.size, "root": tree.root.hex()},
        "trusted": {"name": NAME, "kind": "rfc3161", "first": 0, "certificate": certificate},
    }
    return {**case, "reason": reason} if reason else {**case, "status": "checked", "time": time}


def _trees(made: dict[str, Any]) -> Iterator[Case]:
    evidence, trusted = encode(_parts(made)), made["trusted"]
    for name, tree in (
        ("tree of another origin", Checkpoint("other.example/log", TREE.size, TREE.root)),
        ("tree of another size", Checkpoint(TREE.origin, TREE.size + 1, TREE.root)),
        ("tree with another root", Checkpoint(TREE.origin, TREE.size, bytes(32))),
    ):
        yield _case(name, evidence, trusted, tree, reason="bad-anchor")
    yield _case("policy's certificate is none", evidence, b"no certificate".hex(), reason="malformed")


def _damaged(response: bytes, chain: list[bytes], trusted: str) -> Iterator[Case]:
    flipped = response[:-1] + bytes([response[-1] ^ 1])
    for name, reason, item in (
        ("signature with a bit flipped", "bad-anchor", [flipped, chain]),
        ("response with bytes after it", "malformed", [response + b"\x00", chain]),
        ("response cut", "truncated", [response[:-1], chain]),
        ("response of one byte", "truncated", [b"\x30", chain]),
        ("response that is no sequence", "malformed", [b"\x04\x01x", chain]),
        ("response of 8193 bytes", "out-of-range", [bytes(8193), chain]),
        ("response empty", "out-of-range", [b"", chain]),
        ("response is text", "wrong-type", ["response", chain]),
        ("refused by the authority", "malformed", [bytes.fromhex("30053003020102"), chain]),
        ("granted without a token", "malformed", [bytes.fromhex("30053003020100"), chain]),
        ("length in a longer form", "not-deterministic", [b"\x30\x83\x00" + response[2:], chain]),
        ("length that is indefinite", "not-deterministic", [b"\x30\x80" + response[4:] + bytes(2), chain]),
        ("no certificate", "out-of-range", [response, []]),
        ("five certificates", "out-of-range", [response, [*chain, *chain, chain[0]]]),
        ("certificate of 4097 bytes", "out-of-range", [response, [chain[0], bytes(4097)]]),
        ("certificate that is none", "malformed", [response, [chain[0], b"\x30\x00"]]),
        ("certificate is text", "wrong-type", [response, [chain[0], "certificate"]]),
        ("certificates are a map", "wrong-type", [response, {}]),
        ("one part", "out-of-range", [response]),
        ("three parts", "out-of-range", [response, chain, 0]),
        ("a map", "wrong-type", {}),
    ):
        yield _case(name, encode(item), trusted, reason=reason)
    good = encode([response, chain])
    yield _case("bytes after the evidence", good + b"\x00", trusted, reason="trailing-bytes")
    yield _case("evidence cut", good[:-1], trusted, reason="truncated")
    yield _case("no evidence", b"", trusted, reason="truncated")
