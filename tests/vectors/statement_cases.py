"""Families revocation, status_list, configuration, release and statement (SPEC.md §3.4 to §3.7)."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

from civicroot_wire import claims, cose, keys, revocation
from civicroot_wire.cbor import DecimalFraction, encode
from civicroot_wire.sodium import Signer

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.device_kind_cases import BAD_SUBJECTS
from tests.vectors.envelope import Kind, faults
from tests.wire.runtime.jsonform import typed

REGISTRAR = city.key("registrar/1")
OPERATOR = city.key("operator/1")
RELEASER = city.key("release/1")
ORGANISATION = city.key("organisation/zoo")
DEVICE = city.key("bin/12")


def statement_kind(signer: Signer, typ: str, sub: str, payload: bytes) -> Kind:
    """A statement with CWT claims, to be spoilt."""
    headers: dict[int, Any] = {
        cose.ALG: cose.ED25519,
        cose.KID: signer.kid,
        cose.CWT_CLAIMS: {1: city.ISSUER, 2: sub, 3: city.REALM},
        cose.TYP: typ,
    }
    return Kind(signer, headers, payload, "", {"realm": city.REALM, "public_key": signer.public})


def claims_of(kind: Kind) -> dict[str, Any]:
    """What a decoded statement says of itself."""
    about = kind.headers[cose.CWT_CLAIMS]
    return {
        "kid": kind.signer.kid.hex(),
        "typ": kind.headers[cose.TYP],
        "issuer": about[1],
        "subject": about[2],
        "realm": about[3],
    }


def statement_faults(kind: Kind, *, other_typ: str | None, subjects: bool = True) -> Iterator[Case]:
    """Flaws of the envelope and of the claims in it. `other_typ` None: any typ but the reserved is right."""
    yield from faults(kind)
    about = kind.headers[cose.CWT_CLAIMS]

    def case(name: str, reason: str, label: int, value: Any) -> Case:
        return invalid(name, reason, kind.with_header(label, value), **kind.inputs)

    yield case("for another realm", "wrong-realm", 15, {**about, 3: city.OTHER_REALM})
    yield case("realm with a capital", "bad-text", 15, {**about, 3: "City.example"})
    yield case("realm ends with a dot", "bad-text", 15, {**about, 3: "city.example."})
    yield case("realm of 65 characters", "bad-text", 15, {**about, 3: "a" * 65})
    yield case("no aud", "missing-key", 15, {1: about[1], 2: about[2]})
    yield case("no iss", "missing-key", 15, {2: about[2], 3: about[3]})
    yield case("another claim in the header", "unknown-key", 15, {**about, 6: city.NOW})
    yield case("iss empty", "out-of-range", 15, {**about, 1: ""})
    yield case("iss of 129 bytes", "out-of-range", 15, {**about, 1: "i" * 129})
    yield case("aud is a list", "wrong-type", 15, {**about, 3: [city.REALM]})
    yield case("claims are an array", "wrong-type", 15, list(about.values()))
    yield case("typ is a number", "wrong-type", 16, 60)
    yield case("typ empty", "out-of-range", 16, "")
    yield invalid("no claims", "missing-key", kind.without_header(15), **kind.inputs)
    yield invalid("no typ", "missing-key", kind.without_header(16), **kind.inputs)
    yield invalid("a sequence header", "unknown-key", kind.with_header(cose.SEQUENCE, [1]), **kind.inputs)
    if other_typ is not None:
        yield case("typ of another kind", "wrong-kind", 16, other_typ)
        yield case("typ in capitals", "wrong-kind", 16, kind.headers[16].upper())
    for name, sub in BAD_SUBJECTS if subjects else ():
        yield case(name, "bad-text", 15, {**about, 2: sub})


def _field_faults(kind: Kind, flaws: Iterator[tuple[str, str, Any]]) -> Iterator[Case]:
    for name, reason, fields in flaws:
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **kind.inputs)


def revocation_cases() -> Iterator[Case]:
    """Each reason; a rotation with its successor."""
    old, new = keys.thumbprint(DEVICE.public), keys.thumbprint(city.key("bin/12 new").public)
    for name, fields in (
        ("retired", {8: {5: old}, -65540: 0}),
        ("rotated", {6: city.NOW, 8: {5: old}, -65539: 41, -65540: 1, -65541: new}),
        ("compromised, last good seq known", {8: {5: old}, -65539: 0, -65540: 2}),
        ("lost", {6: city.NOW, 8: {5: old}, -65540: 3}),
    ):
        kind = statement_kind(REGISTRAR, claims.REVOCATION_TYP, "bin/12", encode(fields))
        decoded = {
            **claims_of(kind),
            "thumbprint": old.hex(),
            "reason": fields[-65540],
            "last_seq": fields.get(-65539),
            "successor": new.hex() if -65541 in fields else None,
            "issued_at": fields.get(6),
        }
        yield valid(name, kind.signed(), decoded, **kind.inputs)
    good = {8: {5: old}, -65539: 41, -65540: 1, -65541: new}
    kind = statement_kind(REGISTRAR, claims.REVOCATION_TYP, "bin/12", encode(good))
    yield from statement_faults(kind, other_typ=claims.ENROLMENT_TYP)
    yield from _field_faults(kind, _bad_revocations(good))


def _bad_revocations(good: dict[int, Any]) -> Iterator[tuple[str, str, Any]]:
    yield "reason 4", "out-of-range", {**good, -65540: 4}
    yield "no reason", "missing-key", {8: good[8]}
    yield "no cnf", "missing-key", {-65540: revocation.LOST}
    yield "cnf with a COSE_Key", "unknown-key", {**good, 8: {1: keys.cose_key(DEVICE.public)}}
    yield "thumbprint of 8 bytes", "bad-length", {**good, 8: {5: bytes(8)}}
    yield "rotation without successor", "missing-key", {8: good[8], -65539: 41, -65540: 1}
    yield "rotation without last seq", "missing-key", {8: good[8], -65540: 1, -65541: good[-65541]}
    yield "successor of 8 bytes", "bad-length", {**good, -65541: bytes(8)}
    yield "last seq 2^32", "out-of-range", {**good, -65539: 1 << 32}
    yield "unknown claim", "unknown-key", {**good, 1: "x"}


def status_list_cases() -> Iterator[Case]:
    """Lists with nobody, some and everybody revoked; `bits` is the inflated list."""
    for name, bits, more in (
        ("nobody", bytes(2), {}),
        ("keys 0, 9 and 15", bytes([0x01, 0x82]), {4: city.NOW + 86400, 65534: 43200}),
        ("sixteen thousand keys", bytes(1000) + b"\x10" + bytes(999), {}),
    ):
        kind = _status_kind(bits, more)
        decoded = {
            **claims_of(kind),
            "uri": city.STATUS_URI,
            "bits": bits.hex(),
            "revoked": [i for i in range(8 * len(bits)) if bits[i >> 3] >> (i & 7) & 1],
            "issued_at": city.NOW,
            "expires": more.get(4),
            "ttl": more.get(65534),
        }
        yield valid(name, kind.signed(), decoded, **kind.inputs)
    kind = _status_kind(bytes(2), {})
    yield from statement_faults(kind, other_typ=claims.REVOCATION_TYP, subjects=False)
    good = {2: city.STATUS_URI, 6: city.NOW, 65533: {"bits": 1, "lst": deflated(bytes(2))}}
    yield from _field_faults(kind, _bad_status_lists(good))


def deflated(bits: bytes) -> bytes:
    """zlib without compression (stored), so that the bytes do not depend on a zlib's version."""
    assert len(bits) <= 65535, "one stored block"
    size = len(bits).to_bytes(2, "little")
    mirrored = bytes(byte ^ 0xFF for byte in size)
    return b"\x78\x01\x01" + size + mirrored + bits + zlib.adler32(bits).to_bytes(4, "big")


def _bomb() -> bytes:
    """Zeros, one byte more than 8,388,608 keys need, without any zlib, whose bytes would depend on its version."""
    size = (1 << 20) + 1
    # RFC 1951 §3.2.6: the last block, fixed codes; literal 0; length 258 at distance 1, again and again; the end.
    repeats, rest = divmod(size - 1, 258)
    bits = "1" + "10" + "00110000" + ("11000101" + "00000") * repeats + "00110000" * rest + "0000000"
    packed = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return b"\x78\x01" + packed + zlib.adler32(bytes(size)).to_bytes(4, "big")


def _status_kind(bits: bytes, more: dict[int, Any]) -> Kind:
    fields = {2: city.STATUS_URI, 6: city.NOW, 65533: {"bits": 1, "lst": deflated(bits)}, **more}
    return statement_kind(REGISTRAR, claims.STATUS_LIST_TYP, city.STATUS_URI, encode(fields))


def _bad_status_lists(good: dict[int, Any]) -> Iterator[tuple[str, str, Any]]:
    listed = good[65533]
    yield "sub differs from the header's", "out-of-range", {**good, 2: "https://elsewhere.example/status/1"}
    yield "two bits per key", "out-of-range", {**good, 65533: {**listed, "bits": 2}}
    yield "lst empty", "out-of-range", {**good, 65533: {**listed, "lst": b""}}
    yield "lst as text", "wrong-type", {**good, 65533: {**listed, "lst": "x"}}
    yield "lst cut", "malformed", {**good, 65533: {**listed, "lst": listed["lst"][:-1]}}
    yield "lst with a wrong checksum", "malformed", {**good, 65533: {**listed, "lst": listed["lst"][:-1] + b"\xff"}}
    tail = listed["lst"] + listed["lst"][-4:]
    yield "lst with its checksum twice", "malformed", {**good, 65533: {**listed, "lst": tail}}
    mirror = listed["lst"][:5] + bytes([listed["lst"][5] ^ 4]) + listed["lst"][6:]
    yield "lst with a wrong mirror of a block's length", "malformed", {**good, 65533: {**listed, "lst": mirror}}
    yield "lst is raw deflate", "malformed", {**good, 65533: {**listed, "lst": listed["lst"][2:-4]}}
    yield "lst inflates to over a megabyte", "malformed", {**good, 65533: {**listed, "lst": _bomb()}}
    yield "aggregation_uri", "unknown-key", {**good, 65533: {**listed, "aggregation_uri": "x"}}
    yield "no iat", "missing-key", {key: value for key, value in good.items() if key != 6}
    yield "no list", "missing-key", {2: good[2], 6: good[6]}
    yield "unknown claim", "unknown-key", {**good, 7: b"x"}


def configuration_cases() -> Iterator[Case]:
    """What an operator wants of a device."""
    settings = {"interval": 900, "fill.offset": DecimalFraction(-2, -5), "led": False, "label": "Platz"}
    for name, version, values in (("empty", 0, {}), ("every kind of value", 7, settings)):
        kind = statement_kind(OPERATOR, claims.CONFIGURATION_TYP, "bin/12", encode({1: version, 2: values}))
        decoded = {**claims_of(kind), "version": version, "settings": typed(values)}
        yield valid(name, kind.signed(), decoded, **kind.inputs)
    yield from statement_faults(kind, other_typ=claims.RELEASE_TYP)
    yield from _field_faults(kind, _bad_configurations())


def _bad_configurations() -> Iterator[tuple[str, str, Any]]:
    yield "no version", "missing-key", {2: {}}
    yield "version 2^32", "out-of-range", {1: 1 << 32, 2: {}}
    yield "unknown field", "unknown-key", {1: 1, 2: {}, 3: 0}
    yield "settings are an array", "wrong-type", {1: 1, 2: []}
    yield "setting is null", "wrong-type", {1: 1, 2: {"a": None}}
    yield "setting is bytes", "wrong-type", {1: 1, 2: {"a": b"x"}}
    yield "setting's name is a number", "wrong-type", {1: 1, 2: {1: 1}}
    yield "setting's name with a space", "bad-text", {1: 1, 2: {"a b": 1}}
    yield "65 settings", "out-of-range", {1: 1, 2: {f"s{i}": i for i in range(65)}}


def release_cases() -> Iterator[Case]:
    """An update manifest."""
    digest = city.bytes_of("main.py")
    good: dict[int, Any] = {1: [1, 2, 3], 2: "esp32", 3: [1, 0, 0], 4: [["main.py", 1234, digest]]}
    kind = statement_kind(RELEASER, claims.RELEASE_TYP, "release/esp32-1.2.3", encode(good))
    decoded = {
        **claims_of(kind),
        "version": good[1],
        "target": "esp32",
        "minimum": good[3],
        "files": [["main.py", 1234, digest.hex()]],
    }
    yield valid("one file", kind.signed(), decoded, **kind.inputs)
    yield from statement_faults(kind, other_typ=claims.CONFIGURATION_TYP)
    yield from _field_faults(kind, _bad_releases(good, digest))


def _bad_releases(good: dict[int, Any], digest: bytes) -> Iterator[tuple[str, str, Any]]:
    yield "version of two numbers", "out-of-range", {**good, 1: [1, 2]}
    yield "version is text", "wrong-type", {**good, 1: "1.2.3"}
    yield "version 65536", "out-of-range", {**good, 1: [65536, 0, 0]}
    yield "no minimum", "missing-key", {1: good[1], 2: good[2], 4: good[4]}
    yield "no file", "out-of-range", {**good, 4: []}
    yield "file without digest", "out-of-range", {**good, 4: [["main.py", 1]]}
    yield "digest of 20 bytes", "bad-length", {**good, 4: [["main.py", 1, digest[:20]]]}
    yield "file over a megabyte", "out-of-range", {**good, 4: [["main.py", (1 << 20) + 1, digest]]}
    yield "unknown field", "unknown-key", {**good, 5: 0}


def statement_cases() -> Iterator[Case]:
    """Payload in place, and hash envelopes."""
    text = b"Der Zoo leert seine Tonnen selbst."
    digest = hashlib.sha256(text).digest()
    typ = "application/example+json"
    for name, payload, extra in (
        ("payload in place", text, {3: "text/plain; charset=utf-8"}),
        ("empty payload", b"", {}),
        ("content type as a number", text, {3: 0}),
        ("hash envelope", digest, {258: -16, 259: "text/plain", 260: "https://zoo.example/1"}),
        ("hash envelope without more", digest, {258: -16}),
    ):
        kind = _statement_kind(typ, payload, extra)
        decoded = {**claims_of(kind), "payload": payload.hex(), "detached": 258 in extra}
        yield valid(name, kind.signed(), decoded, **kind.inputs)
    for name, realm in (("realm of one character", "a"), ("realm of 64 characters", "0." + "a-" * 30 + "a9")):
        kind = statement_kind(ORGANISATION, typ, "organisation/zoo", text)
        about = {**kind.headers[cose.CWT_CLAIMS], 3: realm}
        decoded = {**claims_of(kind), "realm": realm, "payload": text.hex(), "detached": False}
        yield valid(name, kind.with_header(cose.CWT_CLAIMS, about), decoded, **{**kind.inputs, "realm": realm})
    kind = statement_kind(ORGANISATION, "t" * 128, "s" * 128, text)
    about = {**kind.headers[cose.CWT_CLAIMS], 1: "ä" * 64}
    decoded = {**claims_of(kind), "issuer": "ä" * 64, "payload": text.hex(), "detached": False}
    yield valid("iss, sub and typ of 128 bytes", kind.with_header(cose.CWT_CLAIMS, about), decoded, **kind.inputs)
    kind = _statement_kind(typ, encode({1: "x"}), {3: "application/cbor"})
    opaque = ("payload goes on", "payload empty", "undefined as payload item", "payload nested nine deep")
    for case in statement_faults(kind, other_typ=None, subjects=False):
        if case["name"] not in opaque:  # the payload is anything
            yield case
    for name, reason, changed in _bad_statements(typ, text, digest):
        yield invalid(name, reason, changed.signed(), **changed.inputs)


def _statement_kind(typ: str, payload: bytes, extra: dict[int, Any]) -> Kind:
    kind = statement_kind(ORGANISATION, typ, "organisation/zoo", payload)
    return Kind(kind.signer, {**kind.headers, **extra}, payload, "", kind.inputs)


def _bad_statements(typ: str, text: bytes, digest: bytes) -> Iterator[tuple[str, str, Kind]]:
    for reserved in claims.RESERVED_TYPS:
        yield f"reserved typ {reserved}", "wrong-kind", _statement_kind(reserved, text, {})
    yield "digest of 31 bytes", "bad-length", _statement_kind(typ, digest[:31], {258: -16})
    yield "hash envelope of SHA-512", "wrong-algorithm", _statement_kind(typ, digest, {258: -44})
    yield "hash envelope with content type", "unknown-key", _statement_kind(typ, digest, {3: "x", 258: -16})
    yield "preimage type without hash", "missing-key", _statement_kind(typ, text, {259: "text/plain"})
    yield "location without hash", "missing-key", _statement_kind(typ, text, {260: "https://zoo.example/1"})
    yield "content type is bytes", "wrong-type", _statement_kind(typ, text, {3: b"x"})
    yield "content type 65536", "out-of-range", _statement_kind(typ, text, {3: 65536})
    yield "location is a number", "wrong-type", _statement_kind(typ, digest, {258: -16, 260: 1})
    yield "payload over 32 KiB", "out-of-range", _statement_kind(typ, bytes(32 * 1024 + 1), {})
