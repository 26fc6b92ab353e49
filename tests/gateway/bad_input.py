"""Messages that a gateway must refuse, each by its flaw: the issue's list as far as it concerns `up` messages."""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import batch, cose, record, senml
from civicroot_wire.cbor import Tag, encode
from civicroot_wire.cose import sig_structure
from civicroot_wire.ed25519_encoding import L
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence

from .city import NOW, REALM, City, Device, signer

SMALL_ORDER = (1).to_bytes(32, "little")
NON_CANONICAL = ((1 << 255) - 19).to_bytes(32, "little")  # y = p, another spelling of 0


@dataclass(frozen=True)
class BadInput:
    """`make(city, device)` gives the payload; `final`: the device is told to give the number up."""

    name: str
    reason: str
    make: Callable[[City, Device], bytes]
    final: bool = False


def _signed(device: Device, headers: dict[int, object], payload: bytes | None = None, kind: str = record.KIND) -> bytes:
    content = senml.encode_pack(Pack([Measurement("fill", 1, "/")], NOW)) if payload is None else payload
    return cose.sign1(headers, content, cose.aad(kind, REALM), device.key)


def _headers(device: Device, **changes: object) -> dict[int, object]:
    headers: dict[int, object] = {cose.ALG: cose.ED25519, cose.KID: device.kid, cose.SEQUENCE: [3]}
    labels = {"alg": cose.ALG, "sequence": cose.SEQUENCE, "kid": cose.KID}
    return headers | {labels[name]: value for name, value in changes.items()}


def _with_signature(good: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return good[:-64] + change(good[-64:])


def _flipped(_city: City, device: Device) -> bytes:
    return _with_signature(device.record(3), lambda found: bytes([found[0] ^ 1]) + found[1:])


def _malleable(_city: City, device: Device) -> bytes:
    def add_order(found: bytes) -> bytes:
        return found[:32] + (int.from_bytes(found[32:], "little") + L).to_bytes(32, "little")

    return _with_signature(device.record(3), add_order)


def _long_form(_city: City, device: Device) -> bytes:
    good = device.record(3)
    assert good[:3] == bytes([0xD2, 0x84, 0x54])  # tag, array, a protected header of 20 bytes
    return good[:2] + bytes([0x58, 20]) + good[3:]


def _extra_header(_city: City, device: Device) -> bytes:
    return _signed(device, _headers(device) | {99: 1})


def _unprotected(_city: City, device: Device) -> bytes:
    headers, payload = encode(_headers(device)), senml.encode_pack(Pack([Measurement("fill", 1, "/")], NOW))
    signature = device.key(sig_structure(headers, payload, cose.aad(record.KIND, REALM)))
    return encode(Tag(18, [headers, {99: 1}, payload, signature]))


def _other_kind(_city: City, device: Device) -> bytes:
    return batch.sign_header(device.kid, Sequence(3), [b"x"], NOW, NOW, REALM, device.key)


def _float(_city: City, device: Device) -> bytes:
    return _signed(device, _headers(device), bytes.fromhex("81a2006466696c6c02f93800"))


def _big(device: Device, octets: int) -> bytes:
    return _signed(device, _headers(device), bytes(octets))


CASES = (
    BadInput("truncated", "truncated", lambda _city, device: device.record(3)[:-1]),
    BadInput("empty", "truncated", lambda _city, _device: b""),
    BadInput("non-deterministic-length", "not-deterministic", _long_form),
    BadInput(
        "reducible-sequence-header", "not-deterministic", lambda _c, d: _signed(d, _headers(d, sequence=[3, 0])), True
    ),
    BadInput("float", "forbidden-item", _float, True),
    BadInput("unknown-header", "unknown-key", _extra_header, True),
    BadInput("unprotected-header", "unknown-key", _unprotected, True),
    BadInput(
        "unknown-measurement-label",
        "unknown-key",
        lambda _c, d: _signed(d, _headers(d), encode([{0: "fill", 2: 1, 9: 1}])),
        True,
    ),
    BadInput("eddsa-algorithm", "wrong-algorithm", lambda _city, device: _signed(device, _headers(device, alg=-8))),
    BadInput("ecdsa-algorithm", "wrong-algorithm", lambda _city, device: _signed(device, _headers(device, alg=-7))),
    BadInput("flipped-signature", "bad-signature", _flipped),
    BadInput("other-realm", "bad-signature", lambda _city, device: device.record(3, realm="other.example")),
    BadInput("other-kind", "wrong-type", _other_kind),
    BadInput("small-order-r", "weak-r", lambda _c, d: _with_signature(d.record(3), lambda s: SMALL_ORDER + s[32:])),
    BadInput("non-canonical-r", "weak-r", lambda _c, d: _with_signature(d.record(3), lambda s: NON_CANONICAL + s[32:])),
    BadInput("malleable-s", "non-canonical-s", _malleable),
    BadInput("record-of-10-kilobytes", "too-large", lambda _city, device: _big(device, 10_000)),
    BadInput("record-of-600-bytes", "too-large", lambda _city, device: _big(device, 500), True),
    BadInput("other-devices-topic", "wrong-topic", lambda city, _device: city.device().record(3)),
    BadInput("33-records", "out-of-range", lambda _city, device: b"".join(device.record(n) for n in range(3, 36))),
)


def unknown_device() -> Device:
    """A device that nobody enrolled."""
    return Device(signer(999))
