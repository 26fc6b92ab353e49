"""The native code is exact on 32-bit words, as devices have, and on 64-bit words, as the Unix port has.

The Unix interpreter can only run the latter; tests/support/viper_model.py executes the same source with either.
"""

import hashlib
import importlib
import random
from collections.abc import Iterator
from types import ModuleType

import nacl.signing
import pytest
from civicroot_device.crypto import ed25519, ed25519_plain, sha512

from tests.support.viper_model import viper_words

MODULES = tuple(
    f"civicroot_device.crypto.{name}" for name in ("sha512_viper", "ed25519_field", "ed25519_viper", "x25519_viper")
)
P = 2**255 - 19


@pytest.fixture(params=[32, 64], scope="module")
def engines(request: pytest.FixtureRequest) -> Iterator[dict[str, ModuleType]]:
    """The native modules, running in the model."""
    with viper_words(request.param, *MODULES):
        yield {name.rpartition(".")[2]: importlib.import_module(name) for name in MODULES}


def test_sha512(engines: dict[str, ModuleType]) -> None:
    chance = random.Random(1)
    for data in (b"", b"\xff" * 300, chance.randbytes(111), chance.randbytes(128)):
        digest = sha512.sha512(data, engine=engines["sha512_viper"])
        assert digest == hashlib.sha512(data).digest()


def test_signature_and_its_verification(engines: dict[str, ModuleType], request: pytest.FixtureRequest) -> None:
    oracle = nacl.signing.SigningKey(bytes(range(32)))
    public, message = bytes(oracle.verify_key), b"on a device"
    engine = engines["ed25519_viper"]
    signature = ed25519.sign(bytes(range(32)), public, message, engine=engine)
    assert signature == oracle.sign(message).signature
    if request.node.callspec.params["engines"] == 32:  # seven seconds; the Unix port itself has the other width
        ed25519.verify(public, message, signature, engine=engine)


def test_field_products_at_the_largest_limbs(engines: dict[str, ModuleType]) -> None:
    """Factors as large as the bound in ed25519_field's docstring allows: sums of two with every limb extreme."""
    field = engines["ed25519_field"]
    program = bytes((field.MULTIPLY, 4, 2, 3))
    chance = random.Random(2)
    for _ in range(12):
        limbs = [[chance.choice((-8192, 8192, 8191)) for _ in range(20)] for _ in range(2)]
        if chance.random() < 0.5:
            limbs = [[8192] * 20, [chance.choice((8192, -8192))] * 20]
        registers = bytearray(5 * field.REGISTER_SIZE)
        for register, values in zip((2, 3), limbs, strict=True):
            data = b"".join(limb.to_bytes(4, "little", signed=True) for limb in values)
            registers[80 * register : 80 * register + 80] = data
        field.run(registers, registers, 0, registers, program, len(program))
        left, right = (sum(limb << 13 * i for i, limb in enumerate(values)) for values in limbs)
        assert read(field, registers, 4) == left * right % P
        result = memoryview(registers)[4 * 80 :].cast("i").tolist()
        assert max(map(abs, result)) <= 4096 + 64


def test_every_comb_digit_selects_its_addend(engines: dict[str, ModuleType]) -> None:
    engine, field = engines["ed25519_viper"], engines["ed25519_field"]
    for digit in range(16):
        registers = bytearray(6 * field.REGISTER_SIZE)
        block = engine.TABLE[768:1536]
        field.select(memoryview(registers)[160:], block, digit, bytearray(field.ENTRY_SCRATCH))
        digits = bytes(4) + bytes(digit >> tooth & 1 for tooth in range(4)) + bytes(24)
        assert [read(field, registers, register) for register in (2, 3, 4)] == list(
            ed25519_plain._entry(1, digits, 0)[:3]
        )


def test_load_and_store_are_inverse(engines: dict[str, ModuleType]) -> None:
    field = engines["ed25519_field"]
    for value in (0, 1, 2**255 - 1, P - 1, *(random.Random(3).getrandbits(255) for _ in range(20))):
        registers = bytearray(3 * field.REGISTER_SIZE)
        field.load(memoryview(registers)[160:], value.to_bytes(32, "little"))
        assert read(field, registers, 2) == value % P


def read(field: ModuleType, registers: bytearray, register: int) -> int:
    stored = bytearray(field.STORED_SIZE)
    carry = field.store(stored, memoryview(registers)[80 * register :])
    return (int.from_bytes(stored, "little") + (carry << field.VALUE_BITS)) % P


def test_a_step_of_the_x25519_ladder_and_its_exchange(engines: dict[str, ModuleType]) -> None:
    """Steps one after another, so that the limbs are as large as they get; a whole ladder takes the model minutes."""
    x25519, field = engines["x25519_viper"], engines["ed25519_field"]
    chance = random.Random(3)
    u = chance.randrange(P)
    x2, z2, x3, z3 = 1, 0, u, 1
    registers = bytearray(x25519._REGISTERS * field.REGISTER_SIZE)
    view = memoryview(registers)
    names = (x25519._X2, x25519._Z2, x25519._X3, x25519._Z3)
    for register, value in zip((x25519._U, x25519._A24, *names), (u, 121665, x2, z2, x3, z3), strict=True):
        field.load(view[register * field.REGISTER_SIZE :], value.to_bytes(32, "little"))
    for _ in range(6):
        bit = chance.randrange(2)
        x25519._exchange(view[names[0] * field.REGISTER_SIZE :], view[names[2] * field.REGISTER_SIZE :], bit)
        x25519._run(registers, x25519._STEP)
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        da, cb = (x3 - z3) * (x2 + z2), (x3 + z3) * (x2 - z2)
        aa, bb = (x2 + z2) ** 2, (x2 - z2) ** 2
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        for register, value in zip(names, (x2, z2, x3, z3), strict=True):
            assert read(field, registers, register) == value
