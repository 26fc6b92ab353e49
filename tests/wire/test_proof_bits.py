"""Nothing in a proof is unchecked: every bit of it, flipped, fails at a named step."""

import json
from collections import Counter

import pytest
from civicroot_wire import anchors, policy, sodium, verifier
from civicroot_wire import proof as proofs
from civicroot_wire.cbor import encode
from civicroot_wire.errors import ProofError

from tests.support.micropython import MicroPython
from tests.vectors.generate import path_of
from tests.wire.runtime.cases import ACCEPTED, REFUSED, outcome
from tests.wire.runtime.inflating import inflate

CASES = {case["name"]: case for case in json.loads(path_of("proof").read_text(encoding="utf-8"))}
WHOLE = CASES["everything there"]
ANCHORED = CASES["anchored earlier"]
# What a flipped bit can break. Later steps look at nothing that an earlier one has not fixed: every entry is in the
# tree that the checkpoint names, the header fixes the record, and so on; "realm" is what the policy says.
BROKEN_STEPS = {"format", "realm", "checkpoint", "header-log", "record-batch", "beacon"}


def test_every_flipped_bit_fails_at_a_named_step() -> None:
    trusted = policy.verify(policy.from_document(WHOLE["policy"]), sodium.verify)
    proof = bytearray.fromhex(WHOLE["bytes"])
    verifier.verify(bytes(proof), trusted, sodium.verify, inflate)
    steps: Counter[str] = Counter()
    for bit in range(8 * len(proof)):
        proof[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises(ProofError) as failed:
            verifier.verify(bytes(proof), trusted, sodium.verify, inflate)
        proof[bit >> 3] ^= 1 << (bit & 7)
        steps[failed.value.step] += 1
    assert set(steps) == BROKEN_STEPS
    assert steps.total() == 8 * len(proof)


def test_every_flipped_bit_of_an_anchor_fails() -> None:
    """Of the part that an anchor adds; the rest is the bundle above."""
    whole = bytes.fromhex(ANCHORED["bytes"])
    part = encode(anchors.to_item(proofs.decode(whole).anchors))
    start = whole.index(part)
    assert outcome("proof", ANCHORED, sodium.verify)[0] == ACCEPTED
    steps: Counter[str] = Counter()
    for bit in range(8 * start, 8 * (start + len(part))):
        flipped = bytearray(whole)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        verdict, _, step = outcome("proof", {**ANCHORED, "bytes": flipped.hex()}, sodium.verify)
        assert verdict == REFUSED, bit
        steps[step] += 1
    assert set(steps) == {"format", "anchors"}


def test_every_cut_fails_at_the_first_step() -> None:
    trusted = policy.from_document(WHOLE["policy"])
    proof = bytes.fromhex(WHOLE["bytes"])
    for size in range(len(proof)):
        with pytest.raises(ProofError) as failed:
            verifier.verify(proof[:size], trusted, sodium.verify, inflate)
        assert (failed.value.step, failed.value.reason) == ("format", "truncated")


def test_flipped_bits_fail_alike_on_micropython(device: MicroPython) -> None:
    """One bit of every seventeenth byte, each of the eight in turn."""
    cases = []
    for at in range(0, len(WHOLE["bytes"]) // 2, 17):
        proof = bytearray.fromhex(WHOLE["bytes"])
        proof[at] ^= 1 << (at % 8)
        cases.append({**WHOLE, "bytes": proof.hex()})
    found = []
    for start in range(0, len(cases), 25):
        part = json.dumps(cases[start : start + 25]).encode()
        found += json.loads(device.call("runtime.device.run", "proof", part))
    here = [outcome("proof", case, sodium.verify) for case in cases]
    assert found == here
    assert {verdict for verdict, *_ in found} == {REFUSED}
