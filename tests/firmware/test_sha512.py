"""SHA-512 of the device, both engines on MicroPython and the plain one on CPython, against NIST and hashlib."""

import hashlib
import random
import re

import pytest
from civicroot_device.crypto import sha512_plain
from civicroot_device.crypto.sha512 import sha512

from tests.support.micropython import MicroPython
from tests.support.shared import VectorTally

VECTOR_FAMILIES = ("sha2",)
ENGINES = ("sha512_viper", "sha512_plain")
VECTOR = re.compile(r"^Len = (\d+)\nMsg = ([0-9a-f]+)\nMD = ([0-9a-f]+)$", re.MULTILINE)
SHORT_MESSAGES = 129  # in the NIST file: every whole number of bytes from 0 to one block

DIGEST = """
from civicroot_device.crypto import {engine} as engine
from civicroot_device.crypto.sha512 import sha512
result = sha512(*parts, engine=engine)
"""


def device_digest(micropython: MicroPython, engine: str, *parts: bytes) -> bytes:
    digest = micropython.run(DIGEST.format(engine=engine), parts=list(parts))
    assert isinstance(digest, bytes)
    return digest


def test_micropython_takes_the_native_engine(micropython: MicroPython) -> None:
    assert micropython.get("civicroot_device.crypto.sha512._fastest.__name__") == "civicroot_device.crypto.sha512_viper"


def test_nist_short_messages(micropython: MicroPython, vectors: VectorTally) -> None:
    cases = VECTOR.findall(vectors.text("sha2", "SHA512ShortMsg.rsp"))
    assert len(cases) == SHORT_MESSAGES or vectors.root is None
    for bits, message, digest in cases:
        data = bytes.fromhex(message)[: int(bits) // 8]
        for engine in ENGINES:
            assert device_digest(micropython, engine, data).hex() == digest, engine
        assert sha512(data, engine=sha512_plain).hex() == digest
        vectors.ran("sha2")


@pytest.mark.parametrize("engine", ENGINES)
def test_padding_at_every_length_around_the_block_boundaries(engine: str, micropython: MicroPython) -> None:
    data = random.Random(512).randbytes(400)
    for size in [*range(100, 140), *range(230, 260), 383, 384, 400]:
        assert device_digest(micropython, engine, data[:size]) == hashlib.sha512(data[:size]).digest()


@pytest.mark.parametrize("engine", ENGINES)
def test_parts_hash_as_their_concatenation(engine: str, micropython: MicroPython) -> None:
    chance = random.Random(2)
    for _ in range(100):
        parts = [chance.randbytes(chance.choice((0, 1, 63, 64, 127, 128, 129, 300))) for _ in range(4)]
        assert device_digest(micropython, engine, *parts) == hashlib.sha512(b"".join(parts)).digest()


def test_the_plain_engine_is_the_choice_on_cpython() -> None:
    data = bytes(range(256)) * 5
    assert sha512(data[:77], data[77:]) == hashlib.sha512(data).digest()
