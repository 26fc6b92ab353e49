"""Whatever bytes come: a named refusal, and the same on both runtimes; nothing else is ever raised."""

import json
from typing import Any

import pytest
from civicroot_wire import sodium
from civicroot_wire.errors import WireError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython
from tests.vectors.generate import FAMILIES, path_of
from tests.wire import strategies
from tests.wire.runtime.cases import RUN, outcomes

SPOILT = [family for family in FAMILIES if family != "ed25519" and not family.startswith("merkle_")]
JSON_READERS_DIFFER = "policy_file"  # MicroPython's takes what is no JSON; devices read no policy
AT_ONCE = 20  # inputs in one call to MicroPython


def inputs(family: str) -> list[tuple[dict[str, Any], bytes]]:
    """The cases of a family with what they feed, as bytes."""
    cases = json.loads(path_of(family).read_text(encoding="utf-8"))
    return [(case, bytes.fromhex(case["bytes"]) if "bytes" in case else case["text"].encode()) for case in cases]


def refilled(case: dict[str, Any], data: bytes) -> dict[str, Any] | None:
    """The case with another input; None where a text cannot hold it."""
    rest = {name: value for name, value in case.items() if name not in ("bytes", "text", "decoded")}
    if "text" in case and "bytes" not in case:
        try:
            return {**rest, "text": data.decode()}
        except UnicodeDecodeError:
            return None
    return {**rest, "bytes": data.hex()}


@pytest.mark.parametrize("family", [family for family in SPOILT if family != JSON_READERS_DIFFER])
def test_spoilt_bytes_are_refused_by_name_or_read_alike_on_both_runtimes(family: str, device: MicroPython) -> None:
    known = inputs(family)
    first = {data: case for case, data in reversed(known)}
    valid = next(case for case, _ in known if case["valid"])

    @settings(max_examples=fuzz_examples(20), deadline=None)
    @given(st.lists(strategies.spoilt([data for _, data in known]) | st.binary(max_size=64), max_size=AT_ONCE))
    def compare(spoilt: list[bytes]) -> None:
        filled = [refilled(first.get(data, valid), data) for data in spoilt]
        cases = [case for case in filled if case is not None]
        here = outcomes(family, cases, sodium.verify)  # raises what is not a named refusal
        text = json.dumps(cases, ensure_ascii=False).encode()
        assert json.loads(device.call("runtime.device.run", family, text)) == here

    compare()


def _accepts(public: bytes, message: bytes, signature: bytes) -> None:
    """Takes every signature, so that what lies behind the check is reached."""


@pytest.mark.parametrize("family", SPOILT)
def test_nothing_but_a_wire_error_even_behind_the_signature_check(family: str) -> None:
    known = inputs(family)
    valid = [(case, data) for case, data in known if case["valid"]]

    @settings(max_examples=fuzz_examples(300), deadline=None)
    @given(st.sampled_from(valid), st.data())
    def run(chosen: tuple[dict[str, Any], bytes], data: st.DataObject) -> None:
        case = refilled(chosen[0], data.draw(strategies.spoilt([chosen[1]])))
        if case is not None:
            try:
                RUN[family](case, _accepts)
            except WireError as refused:
                assert refused.reason

    run()
