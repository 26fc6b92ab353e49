"""Ed25519 of the device, both engines on MicroPython and the plain one on CPython, against RFC 8032 and libsodium."""

import random
from collections.abc import Iterator
from typing import Any

import nacl.exceptions
import nacl.signing
import pytest
from civicroot_device.crypto import ed25519, ed25519_curve, ed25519_plain
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware import ed25519_points as points
from tests.support.fuzz import FACTOR, fuzz_examples
from tests.support.micropython import MicroPython, MicroPythonError
from tests.support.shared import VectorTally

VECTOR_FAMILIES = ("ed25519",)
ENGINES = ("ed25519_viper", "ed25519_plain")
L = ed25519_curve.L
PLAIN_SHARE = 10  # one example in so many also runs on the plain engine, which is slower
# Bytes, garbage included: an ESP32 without external RAM has about 110 kB of heap. A device signs; it verifies seldom.
HEAP_LIMITS = {"sign": 28 * 1024, "verify": 48 * 1024}

CALL = """
from civicroot_device.crypto import ed25519, {engine} as engine
result = ed25519.{name}(*arguments, engine=engine)
"""

SIGN_HEAP = """
import gc
from civicroot_device.crypto import ed25519
gc.collect()
gc.disable()
before = gc.mem_alloc()
ed25519.{name}(*arguments)
result = gc.mem_alloc() - before
gc.enable()
"""


class Device:
    """The device's three functions on MicroPython with a given engine."""

    def __init__(self, process: MicroPython, engine: str) -> None:
        self._process, self._engine = process, engine

    def call(self, name: str, *arguments: bytes) -> Any:
        return self._process.run(CALL.format(engine=self._engine, name=name), arguments=list(arguments))

    def verdict(self, public: bytes, message: bytes, signature: bytes) -> str | None:
        """The reason of the refusal, None where the signature was accepted."""
        try:
            assert self.call("verify", public, message, signature) is None
        except MicroPythonError as refusal:
            assert refusal.name == "SignatureError" and "ValueError" in refusal.bases, refusal
            assert isinstance(refusal.reason, str)
            return refusal.reason
        return None


@pytest.fixture
def devices(micropython: MicroPython) -> list[Device]:
    return [Device(micropython, engine) for engine in ENGINES]


@pytest.fixture(params=ENGINES)
def device(request: pytest.FixtureRequest, micropython: MicroPython) -> Device:
    return Device(micropython, request.param)


def libsodium_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except nacl.exceptions.CryptoError:
        return False
    return True


def cpython_verdict(public: bytes, message: bytes, signature: bytes) -> str | None:
    try:
        ed25519.verify(public, message, signature, engine=ed25519_plain)
    except ed25519.SignatureError as refusal:
        return refusal.reason
    return None


def test_micropython_takes_the_native_engine(micropython: MicroPython) -> None:
    assert (
        micropython.get("civicroot_device.crypto.ed25519._fastest.__name__") == "civicroot_device.crypto.ed25519_viper"
    )


def test_rfc8032_vectors(devices: list[Device], vectors: VectorTally) -> None:
    for case in vectors.json("ed25519", "rfc8032-7.1.json"):
        seed, public, message, signature = (
            bytes.fromhex(case[name]) for name in ("seed", "public", "message", "signature")
        )
        for device in devices:
            assert device.call("public_key", seed) == public, case["name"]
            assert device.call("sign", seed, public, message) == signature, case["name"]
            assert device.verdict(public, message, signature) is None, case["name"]
        assert ed25519.sign(seed, public, message, engine=ed25519_plain) == signature, case["name"]
        vectors.ran("ed25519")


def test_speccheck_verdicts_are_libsodiums(devices: list[Device], vectors: VectorTally) -> None:
    cases = [
        tuple(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))
        for case in vectors.json("ed25519", "speccheck_cases.json")
    ]
    for public, message, signature in cases:
        verdict = cpython_verdict(public, message, signature)
        assert (verdict is None) == libsodium_accepts(public, message, signature)
        for device in devices:
            assert device.verdict(public, message, signature) == verdict
        vectors.ran("ed25519")
    # Only case 3 (mixed order, yet valid without the cofactor) is accepted: this pins the oracle too.
    accepted = [number for number, case in enumerate(cases) if cpython_verdict(*case) is None]
    assert accepted == [3] or vectors.root is None


def test_random_messages_are_signed_as_libsodium_signs(devices: list[Device]) -> None:
    native, plain = devices
    counter = iter(range(1 << 40))

    @settings(max_examples=fuzz_examples(300), deadline=None, database=None)
    @given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=300))
    def check(seed: bytes, message: bytes) -> None:
        oracle = nacl.signing.SigningKey(seed)
        public, signature = bytes(oracle.verify_key), oracle.sign(message).signature
        for engine in (native, plain) if next(counter) % PLAIN_SHARE == 0 else (native,):
            assert engine.call("public_key", seed) == public
            assert engine.call("sign", seed, public, message) == signature
            assert engine.verdict(public, message, signature) is None

    check()


def test_any_flipped_bit_is_refused_as_libsodium_refuses(devices: list[Device]) -> None:
    native = devices[0]
    oracle = nacl.signing.SigningKey(bytes(range(32)))
    message = b"a reading of a bin"
    original = bytes(oracle.verify_key) + oracle.sign(message).signature + message
    bits = range(8 * len(original))
    for bit in bits if FACTOR > 1 else random.Random(8032).sample(bits, 150):
        flipped = bytearray(original)
        flipped[bit // 8] ^= 1 << bit % 8
        public, signature, text = bytes(flipped[:32]), bytes(flipped[32:96]), bytes(flipped[96:])
        assert not libsodium_accepts(public, text, signature)
        assert native.verdict(public, text, signature) is not None


def mixed_order_signatures() -> Iterator[tuple[bytes, bytes, bytes]]:
    """Signatures made by an owner of a key who adds points of order 1, 2, 4 or 8 to it and to R.

    All are valid with the cofactor; some by chance also without it.
    """
    message = b"mixed order"
    secret, nonce = 8 * 12345678901234567890 + 1, 9876543210987654321
    for key_torsion in points.TORSION:
        public = points.encode(points.add(points.multiply(secret, points.BASE), key_torsion))
        for nonce_torsion in points.TORSION:
            point = points.encode(points.add(points.multiply(nonce, points.BASE), nonce_torsion))
            challenge = points.challenge(point, public, message)
            yield public, message, point + ((nonce + challenge * secret) % L).to_bytes(32, "little")


def test_mixed_order_points_get_libsodiums_verdict(device: Device) -> None:
    accepted = 0
    for case in mixed_order_signatures():
        verdict = device.verdict(*case)
        assert (verdict is None) == libsodium_accepts(*case)
        assert verdict in (None, "bad-signature")
        accepted += verdict is None
    assert 1 <= accepted < len(points.TORSION) ** 2


def test_small_order_and_non_canonical_points_are_refused(device: Device) -> None:
    oracle = nacl.signing.SigningKey(bytes(32))
    public, message = bytes(oracle.verify_key), b"weak"
    signature = oracle.sign(message).signature
    weak = points.weak_encodings()
    assert len(weak) > 2 * len(points.TORSION)
    for encoding in weak:
        assert device.verdict(encoding, message, signature) == "weak-key"
        assert device.verdict(public, message, encoding + signature[32:]) == "weak-r"
        # S = 0 and R = A: valid under a small-order key for a verifier that does not look.
        assert device.verdict(encoding, message, encoding + bytes(32)) == "weak-key"
        assert not libsodium_accepts(encoding, message, signature)
        assert not libsodium_accepts(public, message, encoding + signature[32:])


def test_key_off_the_curve_is_weak_and_r_off_the_curve_is_a_bad_signature(device: Device) -> None:
    oracle = nacl.signing.SigningKey(bytes(32))
    public, signature = bytes(oracle.verify_key), oracle.sign(b"").signature
    off_curve = points.off_curve_encoding()
    assert device.verdict(off_curve, b"", signature) == "weak-key"
    assert device.verdict(public, b"", off_curve + signature[32:]) == "bad-signature"


@pytest.mark.parametrize("added", [L, 2 * L, 8 * L, 2**256 - L])
def test_scalar_not_below_the_group_order_is_refused(device: Device, added: int) -> None:
    oracle = nacl.signing.SigningKey(bytes(32))
    signature = oracle.sign(b"").signature
    scalar = min(int.from_bytes(signature[32:], "little") + added, 2**256 - 1)
    malleated = signature[:32] + scalar.to_bytes(32, "little")
    assert not libsodium_accepts(bytes(oracle.verify_key), b"", malleated)
    assert device.verdict(bytes(oracle.verify_key), b"", malleated) == "non-canonical-s"


def test_wrong_lengths_are_refused(device: Device) -> None:
    for public_size, signature_size in ((31, 64), (33, 64), (0, 64), (32, 63), (32, 65), (32, 0), (64, 32)):
        assert device.verdict(bytes(public_size), b"", bytes(signature_size)) == "bad-length"
    for arguments in ((bytes(31), bytes(32), b""), (bytes(33), bytes(32), b""), (bytes(32), bytes(31), b"")):
        with pytest.raises(MicroPythonError) as caught:
            device.call("sign", *arguments)
        assert caught.value.name == "ValueError"


@pytest.mark.parametrize("scalar", [0, 1, 2, 7, 8, L - 1, L - 2, L // 2, 2**252, (L + 1) // 2, 2**200 - 1])
def test_multiples_of_the_base_point_at_the_edges(micropython: MicroPython, scalar: int) -> None:
    expected = points.multiply(scalar, points.BASE)
    for engine in ENGINES:
        assert micropython.call(f"civicroot_device.crypto.{engine}.base_multiple", scalar) == expected


def test_signing_and_verifying_stay_within_the_heap_of_a_small_device(
    micropython: MicroPython, record_property: Any
) -> None:
    seed, message = bytes(range(32)), bytes(120)
    oracle = nacl.signing.SigningKey(seed)
    public, signature = bytes(oracle.verify_key), oracle.sign(message).signature
    for name, arguments in (("sign", (seed, public, message)), ("verify", (public, message, signature))):
        used = micropython.run(SIGN_HEAP.format(name=name), arguments=list(arguments))
        record_property(f"{name}_heap_bytes", used)
        assert 0 < used <= HEAP_LIMITS[name]
