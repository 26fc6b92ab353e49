"""Ed25519 of the device on 10,000 random messages and all public vectors, each engine, as source and as compiled .mpy.

A MicroPython process signs a file of cases (device_side/ed25519_many.py), so that a signature costs its own time only.
Compiled means: mpy-cross makes .mpy for this machine, and the process finds nothing else on its path.
"""

import json
import os
import random
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nacl.exceptions
import nacl.signing
import pytest

from tests.firmware.test_compiles import MPY_CROSS
from tests.support.fuzz import FACTOR
from tests.support.micropython import ROOT, micropython_binary, micropython_environment
from tests.support.shared import VectorTally

VECTOR_FAMILIES = ("ed25519",)
SEED = int(os.environ.get("CIVICROOT_FAULT_SEED") or time.time_ns() % 10**9)
ENGINES = ("ed25519_viper", "ed25519_plain")
MESSAGES = 10_000
LONGEST = 512  # bytes of a message: five blocks of SHA-512
KEYS = 100  # of the messages: each key signs some, and its public key is derived anew
VERIFIED = 25  # a verification takes as long as eight signatures
LIMIT_S = 240  # for 10,000 signatures on a machine that others use
SIGN, KEY, VERIFY = 0, 1, 2
REASON_BYTES = 16
SCRIPT = ROOT / "tests" / "firmware" / "device_side" / "ed25519_many.py"
SOURCES = (ROOT / "wire" / "src" / "civicroot_wire", ROOT / "firmware" / "lib" / "civicroot_device" / "crypto")


class Case(NamedTuple):
    """What a device is asked, and what libsodium says."""

    kind: int
    seed: bytes
    public: bytes
    message: bytes
    signature: bytes
    answer: bytes

    def encoded(self) -> bytes:
        head = bytes([self.kind]) + self.seed + self.public + self.signature
        return head + len(self.message).to_bytes(2, "big") + self.message


class Form(NamedTuple):
    """The code as source or compiled: module path, and how the names of its files end."""

    path: str
    ending: str

    def answers(self, engine: str, cases: list[Case], folder: Path) -> list[bytes]:
        source, target = folder / f"cases-{engine}", folder / f"answers-{engine}"
        source.write_bytes(b"".join(case.encoded() for case in cases))
        done = subprocess.run(
            [micropython_binary(), SCRIPT, engine, source, target],
            env={**micropython_environment(), "MICROPYPATH": self.path},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self._came_from(json.loads(done.stdout), engine)
        data, at, found = target.read_bytes(), 0, []
        for case in cases:
            found.append(data[at : at + len(case.answer)])
            at += len(case.answer)
        assert at == len(data)
        return found

    def _came_from(self, said: dict[str, Any], engine: str) -> None:
        """Every module of ours is of this form, the engine and the fastest one among them."""
        ours = [Path(file) for file in said["files"] if "civicroot_" in file]
        assert {file.stem for file in ours} >= {"ed25519", "ed25519_viper", "ed25519_table", "sha512_viper", engine}
        assert {file.suffix for file in ours} == {self.ending}
        assert {str(file.parents[1 + (file.parent.name == "crypto")]) for file in ours} <= set(self.path.split(":"))
        assert said["fastest"] == "civicroot_device.crypto.ed25519_viper"


@pytest.fixture(scope="module", params=("source", "mpy"))
def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Form:
    if request.param == "source":
        return Form(micropython_environment()["MICROPYPATH"], ".py")
    folder = tmp_path_factory.mktemp("mpy")
    compile_into(folder)
    assert not list(folder.rglob("*.py"))
    return Form(f"{folder}:.frozen", ".mpy")


def compile_into(folder: Path) -> None:
    """The packages that sign, compiled for the Unix port on this machine."""
    for top in SOURCES:
        base = top.parent.parent if top.name == "crypto" else top.parent
        for source in [*top.glob("*.py"), *([top.parent / "__init__.py"] if top.name == "crypto" else [])]:
            if source.name == "sodium.py":
                continue  # CPython's: it binds libsodium
            output = folder / source.relative_to(base).with_suffix(".mpy")
            output.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([MPY_CROSS, "-march=x64", "-o", output, source], check=True, timeout=60)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The random messages as libsodium signs them; some keys; some signatures to verify, good ones and bent ones."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    keys = [nacl.signing.SigningKey(chance.randbytes(32)) for _ in range(KEYS)]
    found = [signed(key, chance.randbytes(chance.randint(0, LONGEST))) for key in chance.choices(keys, k=MESSAGES)]
    found += [Case(KEY, bytes(key), bytes(32), b"", bytes(64), bytes(key.verify_key)) for key in keys]
    for case in chance.sample(found[:MESSAGES], VERIFIED * FACTOR):
        found.append(verified(case.public, case.message, case.answer))
        bent = bytearray(case.answer)
        bent[chance.randrange(64)] ^= 1 << chance.randrange(8)
        found.append(verified(case.public, case.message, bytes(bent)))
    return found


def signed(key: nacl.signing.SigningKey, message: bytes) -> Case:
    return Case(SIGN, bytes(key), bytes(key.verify_key), message, bytes(64), key.sign(message).signature)


def verified(public: bytes, message: bytes, signature: bytes) -> Case:
    """`answer` is empty spaces where libsodium accepts; else it is not compared, but must not be spaces."""
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except nacl.exceptions.CryptoError:
        return Case(VERIFY, bytes(32), public, message, signature, b"x" * REASON_BYTES)
    return Case(VERIFY, bytes(32), public, message, signature, b" " * REASON_BYTES)


def wrong(cases: list[Case], answers: Iterable[bytes]) -> list[tuple[int, bytes, bytes]]:
    """Kind, seed and message of what differs from libsodium; a refusal is one whatever its reason."""
    return [
        (case.kind, case.seed, case.message)
        for case, answer in zip(cases, answers, strict=True)
        if (answer.isspace() != case.answer.isspace() if case.kind == VERIFY else answer != case.answer)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_ten_thousand_random_messages_are_signed_as_libsodium_signs(
    engine: str, form: Form, cases: list[Case], tmp_path: Path
) -> None:
    assert sum(case.kind == SIGN for case in cases) == MESSAGES
    assert {len(case.message) for case in cases} >= {0, 1, 111, 112, 127, 128, LONGEST}
    answers = form.answers(engine, cases, tmp_path)
    assert not wrong(cases, answers), f"CIVICROOT_FAULT_SEED={SEED}"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_public_vector_in_this_form(engine: str, form: Form, vectors: VectorTally, tmp_path: Path) -> None:
    found = []
    for case in vectors.json("ed25519", "rfc8032-7.1.json"):
        seed, public, message, signature = (
            bytes.fromhex(case[name]) for name in ("seed", "public", "message", "signature")
        )
        found += [Case(SIGN, seed, public, message, bytes(64), signature)]
        found += [Case(KEY, seed, bytes(32), b"", bytes(64), public), verified(public, message, signature)]
    signs = len(found) // 3
    for case in vectors.json("ed25519", "speccheck_cases.json"):
        found.append(verified(*(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))))
    assert not wrong(found, form.answers(engine, found, tmp_path))
    vectors.ran("ed25519", signs + len(found) - 3 * signs)


def test_a_wrong_answer_would_be_noticed(cases: list[Case]) -> None:
    answers = [case.answer for case in cases]
    for at in (0, MESSAGES, len(cases) - 1):
        bent = list(answers)
        bent[at] = bytes(len(bent[at])) if cases[at].answer.isspace() else b" " * len(bent[at])
        assert len(wrong(cases, bent)) == 1
