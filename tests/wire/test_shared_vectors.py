"""Public vectors (RFC 8032, RFC 8949 Appendix A, transparency-dev, RFC 8428, NIST) on both runtimes."""

import base64
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from civicroot_wire import cbor, merkle, senml, sodium
from civicroot_wire.errors import MalformedError, MerkleError, SignatureError

from tests.support.micropython import MicroPython, MicroPythonError
from tests.support.shared import VectorTally
from tests.wire.runtime.jsonform import typed

VECTOR_FAMILIES = ("cbor", "ed25519", "merkle", "senml", "sha2")

SENML_LABELS = {
    **{"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6},
    **{"n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8},
}
SPECCHECK_ACCEPTED = {3}  # a key of mixed order under which the equation holds without the cofactor


def test_rfc8032_signatures(vectors: VectorTally, device: MicroPython) -> None:
    for case in vectors.json("ed25519", "rfc8032-7.1.json"):
        seed, public, message, signature = (
            bytes.fromhex(case[name]) for name in ("seed", "public", "message", "signature")
        )
        signer = sodium.Signer(seed)
        assert (signer.public, signer(message)) == (public, signature), case["name"]
        sodium.verify(public, message, signature)
        device.call("civicroot_device.crypto.ed25519.verify", public, message, signature)
        assert device.call("civicroot_device.crypto.ed25519.sign", seed, public, message) == signature
        for broken in (message + b"x", message[:-1] + b"x"):
            with pytest.raises(SignatureError, match="bad-signature"):
                sodium.verify(public, broken, signature)
        vectors.ran("ed25519")


def test_speccheck_verdicts_are_libsodiums_on_both_runtimes(vectors: VectorTally, device: MicroPython) -> None:
    for number, case in enumerate(vectors.json("ed25519", "speccheck_cases.json")):
        parts = [bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature")]
        here = _reason(lambda parts=parts: sodium.verify(*parts))
        there = _reason(lambda parts=parts: device.call("civicroot_device.crypto.ed25519.verify", *parts))
        assert here == there, number
        assert (here is None) == (number in SPECCHECK_ACCEPTED), (number, here)
        vectors.ran("ed25519")


def _reason(action: Any) -> str | int | None:
    try:
        action()
    except (SignatureError, MicroPythonError) as refused:
        return refused.reason
    return None


def test_cbor_appendix_a(vectors: VectorTally, device: MicroPython) -> None:
    inside = 0
    for case in vectors.json("cbor", "appendix_a.json"):
        data = bytes.fromhex(case["hex"])
        allowed = case["roundtrip"] and data[0] not in (0xC2, 0xC3) and _in_profile(cbor2.loads(data))
        there = json.loads(device.call("runtime.device.run", "cbor", _cbor_case(data)))[0]
        if allowed:
            value = cbor.decode(data, 100)
            assert (value, cbor.encode(value)) == (cbor2.loads(data), data)
            assert there == ["accepted", typed(value)]
        else:
            with pytest.raises(MalformedError) as refused:
                cbor.decode(data, 100)
            assert refused.value.reason in ("forbidden-item", "not-deterministic"), case
            assert there == ["refused", refused.value.reason, None]
        inside += allowed
        vectors.ran("cbor")
    assert inside in (0, 37)  # 0: no vectors beside this checkout


def _cbor_case(data: bytes) -> bytes:
    return json.dumps([{"bytes": data.hex(), "limit": 100}]).encode()


def _in_profile(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_in_profile, value))
    if isinstance(value, dict):
        return all(isinstance(key, int | str) and _in_profile(item) for key, item in value.items())
    return value is None or isinstance(value, bool | int | bytes | str)


def test_merkle_inclusion(vectors: VectorTally, device: MicroPython) -> None:
    for case in vectors.json("merkle", "inclusion.json"):
        leaf, root = (base64.b64decode(case[name] or "") for name in ("leafHash", "root"))
        path = [base64.b64decode(item) for item in case["proof"] or []]
        arguments = (leaf, case["leafIdx"], case["treeSize"], path, root)
        here = _merkle_reason(lambda arguments=arguments: merkle.verify_inclusion(*arguments))
        there = _merkle_reason(
            lambda arguments=arguments: device.call("civicroot_wire.merkle.verify_inclusion", *arguments)
        )
        assert here == there, case["file"]
        assert (here is not None) == case["wantErr"], case["file"]
        vectors.ran("merkle")


def _merkle_reason(action: Any) -> str | int | None:
    try:
        action()
    except (MerkleError, MicroPythonError) as refused:
        return refused.reason
    return None


def _labelled(fields: dict[str, Any]) -> dict[Any, Any]:
    """A JSON SenML record with the labels of its CBOR form; extensions keep their names."""
    return {SENML_LABELS.get(name, name): value for name, value in fields.items()}


def _senml_numbers(vectors: VectorTally) -> Iterator[int]:
    folder = vectors.path("senml")
    for path in sorted(folder.glob("ex*.gen.resolved.json")) if folder else ():
        yield int(path.name.removeprefix("ex").partition(".")[0])


def test_senml_examples_resolve(vectors: VectorTally, device: MicroPython) -> None:
    for number in _senml_numbers(vectors):
        wanted = [_labelled(fields) for fields in vectors.json("senml", f"ex{number}.gen.resolved.json")]
        given = [_labelled(fields) for fields in vectors.json("senml", f"ex{number}.json")]
        there = device.call("civicroot_wire.senml.resolve", given, _now(wanted))
        for resolved in (senml.resolve(given, _now(wanted)), there):
            if number == 7:  # the tool that made the resolved form lost the data value, its fourth record
                assert resolved.pop()[senml.DATA] == "aGkgCg"
            _same(resolved, wanted, given)
        vectors.ran("senml")


def test_senml_cbor_examples_resolve_but_are_no_deterministic_cbor(vectors: VectorTally) -> None:
    for number, reason in ((3, "forbidden-item"), (5, "not-deterministic")):  # floats; maps out of order before any
        path = vectors.path("senml", f"ex{number}.gen.cbor")
        if path is None:
            continue
        wanted = [_labelled(fields) for fields in vectors.json("senml", f"ex{number}.gen.resolved.json")]
        given = cbor2.loads(path.read_bytes())
        _same(senml.resolve(given), wanted, given)
        with pytest.raises(MalformedError, match=reason):
            cbor.decode(path.read_bytes(), 1 << 16)
        vectors.ran("senml")


def test_senml_example_13_repeats_relative_times(vectors: VectorTally) -> None:
    given = [_labelled(fields) for fields in vectors.json("senml", "ex13.json")]
    if given:
        times = [fields[senml.TIME] for fields in senml.resolve(given)]
        base = given[0][senml.BASE_TIME]
        assert times == [base, base, base + 0.1, base + 0.1]
        vectors.ran("senml")


def _now(wanted: list[dict[Any, Any]]) -> float:
    """The time at which the relative examples were resolved: they all have it."""
    return float(wanted[0][senml.TIME])


def _same(resolved: list[dict[Any, Any]], wanted: list[dict[Any, Any]], given: list[dict[Any, Any]]) -> None:
    """Equal, but for a base version: RFC 8428 §4.4 keeps it unless it is 10, the tool that resolved dropped it."""
    for fields in resolved:
        assert fields.pop(senml.BASE_VERSION, 10) == given[0].get(senml.BASE_VERSION, 10)
    assert [set(fields) for fields in resolved] == [set(fields) for fields in wanted]
    for found, right in zip(resolved, wanted, strict=True):
        for label, value in right.items():
            if isinstance(value, float):
                assert math.isclose(found[label], value, rel_tol=1e-12, abs_tol=1e-6)
            else:
                assert found[label] == value


@pytest.mark.parametrize(
    ("bits", "call"), [(256, "runtime.device.sha256"), (512, "civicroot_device.crypto.sha512.sha512")]
)
def test_nist_hashes_on_micropython(bits: int, call: str, vectors: VectorTally, device: MicroPython) -> None:
    for size, message, digest in _nist(vectors.path("sha2", f"SHA{bits}ShortMsg.rsp")):
        assert device.call(call, message[: size // 8]) == digest
        vectors.ran("sha2")


def _nist(path: Path | None) -> Iterator[tuple[int, bytes, bytes]]:
    text = path.read_text(encoding="ascii") if path else ""
    for size, message, digest in re.findall(r"Len = (\d+)\s+Msg = ([0-9a-f]+)\s+MD = ([0-9a-f]+)", text):
        yield int(size), bytes.fromhex(message), bytes.fromhex(digest)
