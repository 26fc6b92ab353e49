"""COSE_Sign1 with any flaw: the cases that every signed kind has in common (SPEC.md §2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from civicroot_wire import cose
from civicroot_wire.cbor import encode
from civicroot_wire.ed25519_encoding import L
from civicroot_wire.sodium import Signer

from tests.vectors import city
from tests.vectors.case import Case, invalid

Sign = Callable[[bytes], bytes]
IDENTITY = b"\x01" + bytes(31)  # the neutral point: of order 1


@dataclass(frozen=True)
class Kind:
    """A message to be spoilt: its signer, protected map, payload, and `aad` kind ("" for kinds with claims)."""

    signer: Signer
    headers: dict[int, Any]
    payload: bytes
    aad: str
    inputs: dict[str, Any] = field(default_factory=dict)

    def external(self, realm: str = city.REALM) -> bytes:
        """The external additional data in `realm`."""
        return cose.aad(self.aad, realm) if self.aad else b""

    def signed(self, **changes: Any) -> bytes:
        """The message, properly signed, with parts replaced: headers, protected, payload, external, signer."""
        protected = changes.get("protected", encode(changes.get("headers", self.headers)))
        payload = changes.get("payload", self.payload)
        signature = changes.get("signer", self.signer)(
            cose.sig_structure(protected, payload, changes.get("external", self.external()))
        )
        return wrapped(protected, payload, signature)

    def with_header(self, label: int, value: Any) -> bytes:
        """Properly signed with one more or another protected label."""
        return self.signed(headers={**self.headers, label: value})

    def without_header(self, label: int) -> bytes:
        """Properly signed without a protected label."""
        return self.signed(headers={key: value for key, value in self.headers.items() if key != label})


def wrapped(
    protected: bytes, payload: bytes, signature: bytes, unprotected: bytes = b"\xa0", head: bytes = b"\xd2\x84"
) -> bytes:
    """A COSE_Sign1 put together by hand; `unprotected` and `head` are raw."""
    return head + encode(protected) + unprotected + encode(payload) + encode(signature)


def faults(kind: Kind) -> Iterator[Case]:
    """Every flaw of the envelope, each in a message that is right in everything else."""
    for name, reason, data in (
        *_cut(kind),
        *_headers(kind),
        *_structure(kind),
        *_encoding(kind),
        *_signature(kind),
    ):
        yield invalid(name, reason, data, **kind.inputs)
    other = city.key("somebody else")
    inputs = {**kind.inputs, "public_key": other.public}
    yield invalid("verified with another key", "key-mismatch", kind.signed(), **inputs)


_Flaws = Iterator[tuple[str, str, bytes]]


def _cut(kind: Kind) -> _Flaws:
    good = kind.signed()
    yield "empty input", "truncated", b""
    yield "only the tag", "truncated", good[:1]
    yield "cut in the middle", "truncated", good[: len(good) // 2]
    yield "cut by one byte", "truncated", good[:-1]
    yield "one byte more", "trailing-bytes", good + b"\x00"


def _headers(kind: Kind) -> _Flaws:
    yield "alg -8 (EdDSA)", "wrong-algorithm", kind.with_header(cose.ALG, -8)
    yield "alg -7 (ES256)", "wrong-algorithm", kind.with_header(cose.ALG, -7)
    yield "alg as text", "wrong-algorithm", kind.with_header(cose.ALG, "Ed25519")
    yield "no alg", "wrong-algorithm", kind.without_header(cose.ALG)
    yield "no kid", "missing-key", kind.without_header(cose.KID)
    yield "kid of 7 bytes", "bad-length", kind.with_header(cose.KID, kind.signer.kid[:7])
    yield "kid of 9 bytes", "bad-length", kind.with_header(cose.KID, kind.signer.kid + b"\x00")
    yield "kid as text", "wrong-type", kind.with_header(cose.KID, kind.signer.kid.hex())
    yield "kid of another key", "key-mismatch", kind.with_header(cose.KID, city.key("somebody else").kid)
    yield "unknown protected label", "unknown-key", kind.with_header(99, 0)
    yield "crit header", "unknown-key", kind.with_header(2, [cose.ALG])
    yield "text label", "unknown-key", kind.signed(headers={**kind.headers, "x": 1})


def _structure(kind: Kind) -> _Flaws:
    protected, payload = encode(kind.headers), kind.payload
    signature = kind.signer(cose.sig_structure(protected, payload, kind.external()))
    parts = encode(protected) + b"\xa0" + encode(payload)
    yield "no tag", "wrong-type", kind.signed()[1:]
    yield "tag 98", "wrong-type", b"\xd8\x62" + kind.signed()[1:]
    yield "tag 17 (COSE_Mac0)", "forbidden-item", b"\xd1" + kind.signed()[1:]
    yield "three elements", "out-of-range", b"\xd2\x83" + parts
    yield "five elements", "out-of-range", b"\xd2\x85" + parts + encode(signature) + b"\xf6"
    yield "kid in the unprotected header", "unknown-key", wrapped(protected, payload, signature, encode({4: b"kid"}))
    yield "unprotected header is null", "wrong-type", wrapped(protected, payload, signature, b"\xf6")
    detached = b"\xd2\x84" + encode(protected) + b"\xa0\xf6" + encode(signature)
    yield "detached payload", "wrong-type", detached
    plain = b"\xd2\x84" + protected + b"\xa0" + encode(payload) + encode(signature)
    yield "protected header not wrapped", "wrong-type", plain
    yield "protected header is an array", "wrong-type", kind.signed(protected=b"\x81\x01")
    yield "protected header goes on", "trailing-bytes", kind.signed(protected=protected + b"\x00")
    yield "payload goes on", "trailing-bytes", kind.signed(payload=payload + b"\x00")
    yield "payload empty", "truncated", kind.signed(payload=b"")


def _encoding(kind: Kind) -> _Flaws:
    good = kind.signed()
    pairs = sorted((encode(label), encode(value)) for label, value in kind.headers.items())
    joined = [label + value for label, value in pairs]
    head = bytes([0xA0 | len(pairs)])
    yield "array head in long form", "not-deterministic", b"\xd2\x98\x04" + good[2:]
    yield "indefinite array", "not-deterministic", b"\xd2\x9f" + good[2:] + b"\xff"
    yield "tag in long form", "not-deterministic", b"\xd8\x12" + good[1:]
    swapped = head + b"".join([joined[1], joined[0], *joined[2:]])
    yield "protected labels out of order", "not-deterministic", kind.signed(protected=swapped)
    doubled = bytes([0xA0 | len(pairs) + 1]) + b"".join([joined[0], *joined])
    yield "protected label twice", "not-deterministic", kind.signed(protected=doubled)
    long_alg = head + b"\x01\x39\x00\x12" + b"".join(joined[1:])
    yield "alg in long form", "not-deterministic", kind.signed(protected=long_alg)
    endless = b"\xbf" + b"".join(joined) + b"\xff"
    yield "protected map indefinite", "not-deterministic", kind.signed(protected=endless)
    yield "float in a header", "forbidden-item", kind.signed(protected=_with_float(pairs))
    yield "undefined as payload item", "forbidden-item", kind.signed(payload=b"\x81\xf7")
    yield "payload nested nine deep", "too-deep", kind.signed(payload=b"\x81" * 8 + b"\x00")


def _with_float(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """One more label, with a float, put where it belongs: 63 sorts after the other short labels."""
    merged = sorted([*pairs, (encode(63), b"\xf9\x3c\x00")])
    return bytes([0xA0 | len(merged)]) + b"".join(label + value for label, value in merged)


def _signature(kind: Kind) -> _Flaws:
    protected, payload = encode(kind.headers), kind.payload
    good = kind.signer(cose.sig_structure(protected, payload, kind.external()))

    def with_signature(signature: bytes) -> bytes:
        return wrapped(protected, payload, signature)

    high = int.from_bytes(good[32:], "little") + L
    yield "signature of 63 bytes", "bad-length", with_signature(good[:63])
    yield "signature of 65 bytes", "bad-length", with_signature(good + b"\x00")
    yield "signature bit flipped in S", "bad-signature", with_signature(good[:32] + bytes([good[32] ^ 1]) + good[33:])
    yield "signature by another key", "bad-signature", kind.signed(signer=city.key("somebody else"))
    yield "S plus L", "non-canonical-s", with_signature(good[:32] + high.to_bytes(32, "little"))
    yield "R of small order", "weak-r", with_signature(IDENTITY + good[32:])
    yield "R not canonical", "weak-r", with_signature(b"\xee" + b"\xff" * 30 + b"\x7f" + good[32:])
    if kind.aad:
        other = "batch" if kind.aad == "record" else "record"
        yield "signed for another realm", "bad-signature", kind.signed(external=kind.external(city.OTHER_REALM))
        yield "signed as another kind", "bad-signature", kind.signed(external=cose.aad(other, city.REALM))
        yield "signed without external aad", "bad-signature", kind.signed(external=b"")
    else:
        yield "signed with external aad", "bad-signature", kind.signed(external=cose.aad("record", city.REALM))
