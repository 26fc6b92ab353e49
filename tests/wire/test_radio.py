"""Radio answers and link keys against other implementations, published vectors and their promises (SPEC.md §8.1)."""

import hashlib
import hmac
import json

import pytest
from civicroot_wire import acknowledgement, link_key, radio
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.errors import SignatureError, WireError
from civicroot_wire.record import MAX_FRAME_BYTES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cwt import COSE, COSEKey
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import city
from tests.vectors.generate import path_of
from tests.vectors.radio_cases import DEVICE, KEY, PAYLOAD

UINT32 = (1 << 32) - 1
# RFC 5869 appendix A: secret, salt, info, length, output.
HKDF_VECTORS = (
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b83677"
        "93a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
)


@pytest.mark.parametrize(("secret", "salt", "info", "size", "expected"), HKDF_VECTORS)
def test_hkdf_is_that_of_rfc_5869(secret: str, salt: str, info: str, size: int, expected: str) -> None:
    found = link_key.hkdf_sha256(bytes.fromhex(secret), bytes.fromhex(salt), bytes.fromhex(info), size)
    assert found.hex() == expected


@given(st.binary(max_size=150), st.binary(max_size=150))
def test_hmac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert link_key.hmac_sha256(key, message) == hmac.new(key, message, hashlib.sha256).digest()


def test_link_keys_are_those_of_an_independent_implementation() -> None:
    """OpenSSL's X25519 and HKDF from the seeds alone; the Edwards point becomes u = (1 + y) / (1 - y)."""
    p = (1 << 255) - 19
    cases = [case for case in json.loads(path_of("link_key").read_text()) if case["valid"]]
    for case in cases:
        found = set()
        for seed, public in (("device_seed", "gateway"), ("gateway_seed", "device")):
            y = int.from_bytes(bytes.fromhex(case[public]), "little") % (1 << 255)
            u = (1 + y) * pow(1 - y, -1, p) % p
            scalar = hashlib.sha512(bytes.fromhex(case[seed])).digest()[:32]
            peer = X25519PublicKey.from_public_bytes(u.to_bytes(32, "little"))
            found.add(X25519PrivateKey.from_private_bytes(scalar).exchange(peer))
        (shared,) = found
        assert shared.hex() == case["bytes"]
        info = f"civicroot/link/v1/{case['realm']}\0".encode() + bytes.fromhex(case["device"] + case["gateway"])
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(shared)
        assert derived.hex() == case["decoded"]["key"]
    assert len({case["decoded"]["key"] for case in cases}) == len(cases) == 4


def test_a_cose_library_verifies_an_answer() -> None:
    frame = radio.protect(DEVICE.kid, 77, PAYLOAD, city.REALM, KEY)
    key = COSEKey.from_symmetric_key(KEY, alg="HMAC 256/64", kid=DEVICE.kid)
    aad = f"civicroot/radio/v1/{city.REALM}".encode()
    assert COSE.new().decode(frame, key, external_aad=aad) == PAYLOAD


def test_an_answer_is_44_bytes_longer_than_what_it_says_and_a_usual_one_has_room_for_holes() -> None:
    longest = radio.protect(DEVICE.kid, radio.MAX_COUNTER, bytes(radio.MAX_PAYLOAD), city.REALM, KEY)
    assert len(longest) == MAX_FRAME_BYTES and radio.MAX_PAYLOAD == 178
    usual = Acknowledgement((0, 70_000), [], bytes(8), city.NOW)
    counter = city.NOW << 10
    assert len(radio.protect(DEVICE.kid, counter, acknowledgement.encode(usual), city.REALM, KEY)) == 69
    # With numbers of four bytes everywhere, 13 holes fit beside beacon and time.
    holes = [(UINT32 - 1000 + 9 * i, UINT32 - 996 + 9 * i) for i in range(13)]
    full = Acknowledgement((UINT32 - 2000, UINT32), holes, bytes(8), city.NOW)
    assert len(radio.protect(DEVICE.kid, counter, acknowledgement.encode(full), city.REALM, KEY)) <= MAX_FRAME_BYTES


@given(
    st.binary(min_size=32, max_size=32), st.integers(0, radio.MAX_COUNTER), st.integers(0, 3000), st.integers(1, 255)
)
def test_no_flipped_bit_of_an_answer_is_believed(key: bytes, counter: int, place: int, change: int) -> None:
    frame = bytearray(radio.protect(DEVICE.kid, counter, PAYLOAD, city.REALM, key))
    frame[place % len(frame)] ^= change
    with pytest.raises(WireError):
        radio.verify(radio.decode(bytes(frame)), city.REALM, DEVICE.kid, key, None)


@given(st.lists(st.integers(0, 12), max_size=40))
def test_each_counter_is_believed_once_and_never_an_older_one(counters: list[int]) -> None:
    last: int | None = None
    believed = []
    for counter in counters:
        answer = radio.decode(radio.protect(DEVICE.kid, counter, PAYLOAD, city.REALM, KEY))
        try:
            radio.verify(answer, city.REALM, DEVICE.kid, KEY, last)
        except SignatureError as error:
            assert error.reason == "old-counter"
        else:
            last = counter
            believed.append(counter)
    assert believed == sorted(set(believed))


@st.composite
def acknowledgements(draw: st.DrawFn) -> Acknowledgement:
    """Any acknowledgement that a gateway may send, with up to 32 holes and refusals."""
    base = draw(st.sampled_from([0, 1 << 16, UINT32 - 2000]))
    marks = sorted(draw(st.sets(st.integers(0, 2000), min_size=2, max_size=66)))
    first, last = base + marks[0], base + marks[-1]
    inner = [base + mark for mark in marks[1:-1]]
    holes: list[tuple[int, int]] = []
    for low, high in zip(inner[::2], inner[1::2], strict=False):
        if not holes or low > holes[-1][1] + 1:
            holes.append((low, high))
    numbers = st.integers(first, last)
    refused = sorted(draw(st.dictionaries(numbers, st.text("abc-", min_size=1, max_size=32), max_size=32)).items())
    beacon, time = draw(st.none() | st.just(bytes(8))), draw(st.none() | st.just(city.NOW))
    return Acknowledgement((first, last), holes[:32], beacon, time, refused)


@given(acknowledgements(), st.data())
def test_a_cut_answer_says_nothing_false_and_all_that_is_wanted(ack: Acknowledgement, data: st.DataObject) -> None:
    assert ack.durable is not None
    refused = st.sampled_from([seq for seq, _ in ack.refused] or [0])
    wanted = data.draw(st.sets(st.integers(*ack.durable) | refused, max_size=5))
    parts = [acknowledgement.decode(payload) for payload in radio.cut(ack, wanted)]
    assert 1 <= len(parts) <= 1 + 2 * len(wanted)
    for payload in radio.cut(ack, wanted):
        radio.protect(DEVICE.kid, radio.MAX_COUNTER, payload, city.REALM, KEY)  # fits one frame
    for part in parts:
        assert (part.beacon, part.time) == (ack.beacon, ack.time)
        assert set(part.refused) <= set(ack.refused)
        edges = {*(part.durable or ()), *(edge for hole in part.holes for edge in hole)}
        for seq in {*edges, *(edge + 1 for edge in edges), *(edge - 1 for edge in edges), *wanted}:
            assert ack.covers(seq) or not part.covers(seq)
    for seq in wanted:
        assert any(part.covers(seq) for part in parts) == ack.covers(seq)
        assert any(seq in dict(part.refused) for part in parts) == (seq in dict(ack.refused))


def test_time_is_taken_only_from_an_answer_about_a_record_that_was_just_sent() -> None:
    ack = Acknowledgement((5, 9), [(7, 7)], None, city.NOW, [(12, "equivocation")])
    assert [seq for seq in range(15) if radio.names(ack, seq)] == [5, 6, 7, 8, 9, 12]
    assert not radio.names(Acknowledgement(None, None, bytes(8), city.NOW), 0)
