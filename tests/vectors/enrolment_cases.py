"""Family enrolment (SPEC.md §3.3)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import claims, keys, possession
from civicroot_wire.cbor import DecimalFraction, encode

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.envelope import Kind
from tests.vectors.statement_cases import REGISTRAR, claims_of, statement_faults, statement_kind
from tests.wire.runtime.jsonform import typed

DEVICE = city.key("bin/12")
_PLACE = (DecimalFraction(-6, 52_516275), DecimalFraction(-6, 13_377704))


def requested(subject: str = "bin/12", role: str = "device", name: str = "bin/12", realm: str = city.REALM) -> bytes:
    """The possession message of a key."""
    signer = city.key(name)
    return possession.sign(signer.kid, subject, role, city.bytes_of("nonce", 16), realm, signer)


def enrolment_kind(subject: str, role: str, key_name: str, more: dict[int, Any] | None = None) -> Kind:
    """An enrolment by the registrar, to be spoilt."""
    fields = {
        8: {1: keys.cose_key(city.key(key_name).public)},
        -65537: role,
        -65538: requested(subject, role, key_name),
        **(more or {}),
    }
    return statement_kind(REGISTRAR, claims.ENROLMENT_TYP, subject, encode(fields))


def enrolment_cases() -> Iterator[Case]:
    """Each role, every optional claim, flaws of the envelope, of the claims and of the possession."""
    everything = {
        6: city.NOW,
        259: b"civicbin-2",
        264: {1: _PLACE[0], 2: _PLACE[1]},
        65535: {"status_list": {"idx": 9, "uri": city.STATUS_URI}},
        -65542: "Platz vor dem Zoo 🐘",
        -65543: True,
    }
    yield _valid("a device with everything", "bin/12", "device", "bin/12", everything)
    yield _valid("a device with nothing optional", "tree/A.7_x-1", "device", "tree/7", {})
    south = {264: {1: -33, 2: DecimalFraction(-1, -705)}}
    yield _valid("negative and whole degrees", "bin/13", "device", "bin/13", south)
    for role in ("gateway", "backend", "operator", "release", "organisation", "wallet"):
        yield _valid(f"a {role}", f"{role}/1", role, f"{role}/1", {})
    kind = enrolment_kind("bin/12", "device", "bin/12", everything)
    yield from statement_faults(kind, other_typ=claims.REVOCATION_TYP)
    for name, reason, changes in (*_bad_fields(), *_bad_possessions()):
        yield _spoilt(name, reason, kind, changes)
    for label in (8, -65537, -65538):
        yield _spoilt(f"no claim {label}", "missing-key", kind, {label: None})


def _valid(name: str, subject: str, role: str, key_name: str, more: dict[int, Any]) -> Case:
    kind = enrolment_kind(subject, role, key_name, more)
    place = more.get(264)
    status = more.get(65535, {}).get("status_list")
    signer = city.key(key_name)
    decoded = {
        **claims_of(kind),
        "public": signer.public.hex(),
        "enrolled_kid": signer.kid.hex(),
        "role": role,
        "possession": requested(subject, role, key_name).hex(),
        "issued_at": more.get(6),
        "model": more[259].hex() if 259 in more else None,
        "location": [typed(place[1]), typed(place[2])] if place else None,
        "status": [status["idx"], status["uri"]] if status else None,
        "label": more.get(-65542),
        "simulated": more.get(-65543, False),
    }
    return valid(name, kind.signed(), decoded, **kind.inputs)


def _spoilt(name: str, reason: str, kind: Kind, changes: dict[Any, Any]) -> Case:
    fields: dict[Any, Any] = {
        8: {1: keys.cose_key(DEVICE.public)},
        -65537: "device",
        -65538: requested(),
        **changes,
    }
    payload = encode({label: value for label, value in fields.items() if value is not None})
    return invalid(name, reason, kind.signed(payload=payload), **kind.inputs)


def _bad_fields() -> Iterator[tuple[str, str, dict[Any, Any]]]:
    key = keys.cose_key(DEVICE.public)
    yield "unknown claim", "unknown-key", {1: "x"}
    yield "text claim", "unknown-key", {"x": 1}
    yield "no such role", "out-of-range", {-65537: "mayor"}
    yield "role is a number", "wrong-type", {-65537: 1}
    yield "cnf by thumbprint", "unknown-key", {8: {5: bytes(32)}}
    yield "key of another type", "out-of-range", {8: {1: {**key, 1: 2}}}
    yield "key on another curve", "out-of-range", {8: {1: {**key, -1: 4}}}
    yield "key with its secret", "unknown-key", {8: {1: {**key, -4: bytes(32)}}}
    yield "key of 31 bytes", "bad-length", {8: {1: {**key, -2: bytes(31)}}}
    yield "model empty", "out-of-range", {259: b""}
    yield "model of 33 bytes", "out-of-range", {259: bytes(33)}
    yield "model is text", "wrong-type", {259: "civicbin"}
    yield "location without longitude", "missing-key", {264: {1: 52}}
    yield "location with altitude", "unknown-key", {264: {1: 52, 2: 13, 3: 34}}
    yield "location as text", "wrong-type", {264: {1: "52", 2: "13"}}
    yield "status of another mechanism", "unknown-key", {65535: {"identifier_list": {"id": b"x", "uri": "x"}}}
    yield "status without uri", "missing-key", {65535: {"status_list": {"idx": 9}}}
    yield "status idx 2^32", "out-of-range", {65535: {"status_list": {"idx": 1 << 32, "uri": "x"}}}
    yield "label empty", "out-of-range", {-65542: ""}
    yield "label of 97 bytes", "out-of-range", {-65542: "ä" * 48 + "x"}
    yield "simulated false", "out-of-range", {-65543: False}
    yield "simulated 1", "out-of-range", {-65543: 1}
    yield "iat negative", "out-of-range", {6: -1}


def _bad_possessions() -> Iterator[tuple[str, str, dict[Any, Any]]]:
    good = requested()
    yield "possession empty", "out-of-range", {-65538: b""}
    yield "possession over 512 bytes", "out-of-range", {-65538: bytes(513)}
    yield "possession cut", "truncated", {-65538: good[:-1]}
    yield "possession is a record", "missing-key", {-65538: _a_record_shaped()}
    yield "possession by another key", "key-mismatch", {-65538: requested(name="bin/13")}
    yield "possession in another realm", "bad-signature", {-65538: requested(realm=city.OTHER_REALM)}
    yield "possession for another subject", "wrong-role", {-65538: requested(subject="bin/13")}
    yield "possession for another role", "wrong-role", {-65538: requested(role="gateway")}
    yield "possession signature broken", "bad-signature", {-65538: good[:-40] + bytes([good[-40] ^ 1]) + good[-39:]}
    yield "enrolled key is another", "key-mismatch", {8: {1: keys.cose_key(city.key("bin/13").public)}}


def _a_record_shaped() -> bytes:
    """A possession without its nonce, as some other message of the key would be."""
    kind = Kind(DEVICE, {1: -19, 4: DEVICE.kid}, encode({2: "bin/12", -65537: "device"}), possession.KIND)
    return kind.signed()
