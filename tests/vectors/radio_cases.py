"""Families radio_answer and link_key (SPEC.md §8.1)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import link_key, radio
from civicroot_wire.cbor import encode
from civicroot_wire.sodium import Signer
from nacl import bindings

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid

DEVICE, GATEWAY = city.key("tree/4"), city.key("gateway/1")
KEY = city.bytes_of("link key")
PAYLOAD = encode({1: [0, 41], 2: [[12, 12], [20, 29]], 3: city.bytes_of("beacon", 8), 4: city.NOW})
_COUNTER = city.NOW << 10


def shared_secret(one: Signer, other: Signer) -> bytes:
    """X25519 between two Ed25519 keys, by libsodium."""
    scalar = bindings.crypto_sign_ed25519_sk_to_curve25519(one.seed + one.public)
    found: bytes = bindings.crypto_scalarmult(scalar, bindings.crypto_sign_ed25519_pk_to_curve25519(other.public))
    return found


def link_key_cases() -> Iterator[Case]:
    """What two enrolled keys agree on."""
    for name, device, gateway, realm in (
        ("a tag and its gateway", DEVICE, GATEWAY, city.REALM),
        ("the tag and another gateway", DEVICE, city.key("gateway/2"), city.REALM),
        ("the roles exchanged", GATEWAY, DEVICE, city.REALM),
        ("another realm", DEVICE, GATEWAY, city.OTHER_REALM),
    ):
        keys = {"device": device.public, "gateway": gateway.public}
        seeds = {"device_seed": device.seed, "gateway_seed": gateway.seed}
        shared = shared_secret(device, gateway)
        key = link_key.derive(shared, realm, device.public, gateway.public)
        yield valid(name, shared, {"key": key.hex()}, realm=realm, **keys, **seeds)
    keys = {"device": DEVICE.public, "gateway": GATEWAY.public}
    yield invalid("zeros: a key of small order", "weak-key", bytes(32), realm=city.REALM, **keys)
    yield invalid("a secret of 31 bytes", "bad-length", bytes(31), realm=city.REALM, **keys)
    yield invalid("a realm of no city", "bad-text", KEY, realm="Elsewhere", **keys)


def radio_answer_cases() -> Iterator[Case]:
    """Frames for the device, which heard counter `last` before."""
    for name, counter, payload, last in (
        ("beacon, time and holes", _COUNTER, PAYLOAD, None),
        ("the first counter", 0, PAYLOAD, None),
        ("the next counter", _COUNTER, PAYLOAD, _COUNTER - 1),
        ("a leap to the last counter", radio.MAX_COUNTER, PAYLOAD, 7),
        ("an empty acknowledgement", 9, encode({}), 8),
        ("a refusal", _COUNTER, encode({5: [[12, "equivocation"]]}), 0),
        ("the longest", radio.MAX_COUNTER, _longest(), 0),
    ):
        decoded = {"kid": DEVICE.kid.hex(), "counter": counter, "payload": payload.hex()}
        frame = radio.protect(DEVICE.kid, counter, payload, city.REALM, KEY)
        yield valid(name, frame, decoded, **_inputs(last))
    good = radio.protect(DEVICE.kid, _COUNTER, PAYLOAD, city.REALM, KEY)
    yield from _not_ours(good)
    yield from _misshapen(good)


def _inputs(last: int | None = None) -> dict[str, Any]:
    return {"realm": city.REALM, "kid": DEVICE.kid, "key": KEY, "last": last}


def _longest() -> bytes:
    """An acknowledgement of exactly as many bytes as fit."""
    found = encode({5: [[i, "r" * 32] for i in range(4)] + [[9, "r" * 27]]})
    assert len(found) == radio.MAX_PAYLOAD
    return found


def _not_ours(good: bytes) -> Iterator[Case]:
    """Well-formed frames that this device does not believe."""
    another = radio.protect(GATEWAY.kid, _COUNTER, PAYLOAD, city.REALM, KEY)
    yield invalid("to another device", "key-mismatch", another, **_inputs())
    for name, realm, key in (
        ("under another key", city.REALM, city.bytes_of("another link key")),
        ("of another realm", city.OTHER_REALM, KEY),
    ):
        yield invalid(name, "bad-mac", radio.protect(DEVICE.kid, _COUNTER, PAYLOAD, realm, key), **_inputs())
    for name, at in (("tag altered", -1), ("tag altered at its first byte", -8), ("acknowledgement altered", -11)):
        changed = bytearray(good)
        changed[at] ^= 1
        yield invalid(name, "bad-mac", bytes(changed), **_inputs())
    yield invalid("counter heard before", "old-counter", good, **_inputs(_COUNTER))
    yield invalid("counter long past", "old-counter", good, **_inputs(radio.MAX_COUNTER))
    wrong = radio.protect(DEVICE.kid, _COUNTER, encode({7: 0}), city.REALM, KEY)
    yield invalid("no acknowledgement inside", "unknown-key", wrong, **_inputs())
    yield invalid("nothing inside", "truncated", radio.protect(DEVICE.kid, 1, b"", city.REALM, KEY), **_inputs())


def _misshapen(good: bytes) -> Iterator[Case]:
    """Frames that are no radio answers."""
    headers = {1: radio.HMAC_256_64, 4: DEVICE.kid, -65537: [_COUNTER]}
    for name, reason, data in (
        ("empty", "truncated", b""),
        ("cut", "truncated", good[:-1]),
        ("one byte more", "trailing-bytes", good + b"\x00"),
        ("over 222 bytes", "too-large", good + bytes(222)),
        ("without the tag 17", "wrong-type", good[1:]),
        ("a COSE_Sign1's tag", "wrong-type", b"\xd2" + good[1:]),
        ("the tag in a long form", "not-deterministic", b"\xd8\x11" + good[1:]),
        ("a map", "wrong-type", b"\xd1\xa0"),
        ("three items", "out-of-range", _frame(headers)[:1] + encode([encode(headers), {}, PAYLOAD])),
        ("alg of Ed25519", "wrong-algorithm", _frame({**headers, 1: -19})),
        ("alg of HMAC 256/256", "wrong-algorithm", _frame({**headers, 1: 5})),
        ("kid of 7 bytes", "bad-length", _frame({**headers, 4: DEVICE.kid[1:]})),
        ("without counter", "missing-key", _frame({1: 4, 4: DEVICE.kid})),
        ("another header", "unknown-key", _frame({**headers, 16: "x"})),
        ("two counters", "out-of-range", _frame({**headers, -65537: [1, 2]})),
        ("counter of 2^53", "out-of-range", _frame({**headers, -65537: [1 << 53]})),
        ("counter negative", "out-of-range", _frame({**headers, -65537: [-1]})),
        ("counter without its array", "wrong-type", _frame({**headers, -65537: 1})),
        ("an unprotected header", "unknown-key", _frame(headers, unprotected={4: DEVICE.kid})),
        ("tag of 7 bytes", "bad-length", _frame(headers, tag=bytes(7))),
        ("tag of 32 bytes", "bad-length", _frame(headers, tag=bytes(32))),
        ("payload null", "wrong-type", _frame(headers, payload=None)),
    ):
        yield invalid(name, reason, data, **_inputs())


def _frame(headers: Any, unprotected: Any = None, payload: Any = PAYLOAD, tag: bytes = bytes(8)) -> bytes:
    return b"\xd1" + encode([encode(headers), unprotected or {}, payload, tag])
