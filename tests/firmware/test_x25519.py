"""X25519 on the device: RFC 7748's vectors, OpenSSL's and libsodium's results, on the native and the plain path."""

import json
import random
from collections.abc import Iterator

import pytest
from civicroot_wire import sodium
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl import bindings

from tests.support.micropython import MicroPython, MicroPythonError
from tests.vectors.generate import path_of

ENGINES = ("x25519_viper", "x25519_plain")
SEED = 7748
# RFC 7748 §5.2: scalar, u, output.
VECTORS = (
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
)
AFTER_1 = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
AFTER_1000 = "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"
ITERATE = """
from civicroot_device.crypto import x25519
engine = __import__("civicroot_device.crypto." + name, None, None, ["ladder"])
k = u = bytes([9]) + bytes(31)
for _ in range(count):
    k, u = x25519.x25519(k, u, engine), k
result = k
"""
ONE = """
from civicroot_device.crypto import x25519
engine = __import__("civicroot_device.crypto." + name, None, None, ["ladder"])
result = [getattr(x25519, function)(k, u, engine) for k, u in pairs]
"""


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython() as process:
        yield process


def on_device(device: MicroPython, engine: str, function: str, pairs: list[tuple[bytes, bytes]]) -> list[bytes]:
    found: list[bytes] = device.run(ONE, name=engine, function=function, pairs=pairs)
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_single_vectors_of_rfc_7748(device: MicroPython, engine: str) -> None:
    pairs = [(bytes.fromhex(k), bytes.fromhex(u)) for k, u, _ in VECTORS]
    assert [found.hex() for found in on_device(device, engine, "x25519", pairs)] == [out for _, _, out in VECTORS]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_iteration_of_rfc_7748(device: MicroPython, engine: str) -> None:
    assert device.run(ITERATE, name=engine, count=1).hex() == AFTER_1


def test_a_thousand_iterations_of_rfc_7748(device: MicroPython) -> None:
    assert device.run(ITERATE, name=ENGINES[0], count=1000, deadline=60.0).hex() == AFTER_1000


@pytest.mark.parametrize("engine", ENGINES)
def test_any_scalar_and_any_u_give_what_openssl_gives(device: MicroPython, engine: str) -> None:
    chance = random.Random(SEED)
    p = (1 << 255) - 19
    edges = [2, p - 2, p + 2, (1 << 255) - 1, (1 << 256) - 1, 121665, 486662]
    points = [edge.to_bytes(32, "little") for edge in edges] + [chance.randbytes(32) for _ in range(60)]
    pairs = [(chance.randbytes(32), point) for point in points]
    expected = [X25519PrivateKey.from_private_bytes(k).exchange(X25519PublicKey.from_public_bytes(u)) for k, u in pairs]
    assert on_device(device, engine, "x25519", pairs) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_enrolled_keys_agree_on_what_libsodium_says(device: MicroPython, engine: str) -> None:
    chance = random.Random(SEED)
    keys = [(sodium.Signer(chance.randbytes(32)), sodium.Signer(chance.randbytes(32))) for _ in range(40)]
    found = on_device(device, engine, "shared_secret", [(one.seed, other.public) for one, other in keys])
    for (one, other), shared in zip(keys, found, strict=True):
        scalar = bindings.crypto_sign_ed25519_sk_to_curve25519(other.seed + other.public)
        assert shared == bindings.crypto_scalarmult(scalar, bindings.crypto_sign_ed25519_pk_to_curve25519(one.public))


def test_device_and_gateway_derive_the_link_keys_of_the_vectors(device: MicroPython) -> None:
    for case in json.loads(path_of("link_key").read_text()):
        if case["valid"]:
            seed, public, gateway = (bytes.fromhex(case[name]) for name in ("device_seed", "device", "gateway"))
            found = device.call("civicroot_device.crypto.link_key.derive", seed, public, gateway, case["realm"])
            assert found.hex() == case["decoded"]["key"]


@pytest.mark.parametrize("y", [0, 1, (1 << 255) - 20, (1 << 255) - 19, (1 << 255) - 18, 2, (1 << 255) | 1])
def test_keys_that_everybody_knows_or_that_are_no_points_are_refused(device: MicroPython, y: int) -> None:
    with pytest.raises(MicroPythonError) as caught:
        device.call("civicroot_device.crypto.x25519.shared_secret", bytes(32), y.to_bytes(32, "little"))
    assert caught.value.reason == "weak-key"


def test_zeros_and_wrong_lengths_are_refused(device: MicroPython) -> None:
    """u = 0 is a point of order 2 that no Ed25519 key leads to; the function itself says zero, as RFC 7748 does."""
    assert on_device(device, ENGINES[0], "x25519", [(bytes(32), bytes(32))]) == [bytes(32)]
    with pytest.raises(MicroPythonError, match="32 bytes"):
        device.call("civicroot_device.crypto.x25519.x25519", bytes(31), bytes(32))
