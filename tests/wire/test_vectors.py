"""The committed vectors: what the generator makes, and one verdict and one reading on both runtimes."""

import json
from typing import Any

import pytest
from civicroot_wire import sodium

from tests.support.micropython import MicroPython
from tests.vectors.generate import ANCHOR_FAMILIES, FAMILIES, path_of, render
from tests.wire.runtime.cases import ACCEPTED, REFUSED, RUN, outcomes

CALL_CASES = 50  # a call to MicroPython: its deadline is 20 s and a plain verification takes 30 ms


def expected(case: dict[str, Any]) -> list[Any]:
    if case["valid"]:
        return [ACCEPTED, case.get("decoded")]
    return [REFUSED, case["reason"], case.get("step")]


def load(family: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(path_of(family).read_text(encoding="utf-8"))
    return cases


def compare(cases: list[dict[str, Any]], found: list[Any]) -> None:
    wrong = [
        f"{case['name']}: {got} instead of {expected(case)}"
        for case, got in zip(cases, found, strict=True)
        if got != expected(case)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("family", FAMILIES)
def test_committed_vectors_are_what_the_generator_makes(family: str) -> None:
    assert path_of(family).read_text(encoding="utf-8") == render(family)


def test_no_vector_file_is_forgotten() -> None:
    folder = path_of("cbor").parent
    assert {path.stem for path in folder.glob("*.json")} - set(ANCHOR_FAMILIES) == set(FAMILIES) == set(RUN)


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_on_cpython(family: str) -> None:
    cases = load(family)
    compare(cases, outcomes(family, cases, sodium.verify))


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_on_micropython(family: str, device: MicroPython) -> None:
    every = load(family)
    for start in range(0, len(every), CALL_CASES):
        cases = every[start : start + CALL_CASES]
        text = json.dumps(cases, ensure_ascii=False).encode()  # MicroPython's reader knows no surrogate pairs
        compare(cases, json.loads(device.call("runtime.device.run", family, text)))
